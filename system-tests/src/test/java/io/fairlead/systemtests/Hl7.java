package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.US_ASCII;

/// Admissions and their acknowledgments, as text.
final class Hl7 {
    private Hl7() {}

    static byte[] admission(String controlId) {
        return String.join(
                        "\r",
                        "MSH|^~\\&|WARD|NORTH|EHR|HOSPITAL|20260102030405||ADT^A01^ADT_A01|" + controlId + "|P|2.5",
                        "EVN||20260102030405",
                        "PID|1||4711^^^HOSPITAL^MR||DOE^JANE||19700101|F",
                        "PV1|1|I",
                        "")
                .getBytes(US_ASCII);
    }

    /// @param text the whole acknowledgment
    /// @param code AA, AE or AR
    /// @param controlId of the message that it acknowledges
    record Ack(String text, String code, String controlId) {}

    static Ack ack(byte[] message) {
        String text = new String(message, US_ASCII);
        String[] msa = text.lines()
                .filter(segment -> segment.startsWith("MSA|"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no MSA in " + text))
                .split("\\|", -1);
        return new Ack(text, msa[1], msa[2]);
    }
}
