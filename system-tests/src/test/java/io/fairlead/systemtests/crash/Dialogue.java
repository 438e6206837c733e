package io.fairlead.systemtests.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fairlead.systemtests.ClientFraming;
import java.util.Arrays;

/// How a foreign client says a message and reads its acknowledgement.
interface Dialogue {
    ClientFraming framing();

    int port();

    /// @param repeat whether it may have been sent before
    byte[] message(Sent sent, boolean repeat);

    Answer answer(Sent sent, byte[] reply);

    /// What a reply says.
    ///
    /// @param text for people
    record Answer(Meaning meaning, String text) {}

    /// What a reply means.
    enum Meaning {
        /// The message is kept.
        ACKNOWLEDGED,
        /// It is not, or perhaps not.
        REFUSED,
        /// The reply is to another message.
        WRONG
    }

    /// HL7 over MLLP in original mode: `AA` is the acknowledgement. MSH-10 is the id, PID-3 the ordering key.
    record Hl7() implements Dialogue {
        @Override
        public ClientFraming framing() {
            return ClientFraming.MLLP;
        }

        @Override
        public int port() {
            return CrashPorts.MLLP;
        }

        @Override
        public byte[] message(Sent sent, boolean repeat) {
            return ("MSH|^~\\&|WARD|NORTH|EHR|HOSPITAL|20260102030405||ADT^A08|" + sent.id() + "|P|2.5\r"
                            + "EVN||20260102030405\rPID|1||" + sent.orderingKey() + "||DOE^JANE\r")
                    .getBytes(US_ASCII);
        }

        @Override
        public Answer answer(Sent sent, byte[] reply) {
            String text = new String(reply, US_ASCII);
            String[] msa = Arrays.stream(text.split("\r"))
                    .filter(segment -> segment.startsWith("MSA|"))
                    .findFirst()
                    .orElse("MSA||")
                    .split("\\|", -1);
            if (!msa[2].equals(sent.id())) {
                return new Answer(Meaning.WRONG, text);
            }
            return new Answer(msa[1].equals("AA") ? Meaning.ACKNOWLEDGED : Meaning.REFUSED, text);
        }
    }

    /// ISO 8583 advices: 0220, when repeated 0221, is answered by 0230 with response code 00.
    record Advices() implements Dialogue {
        @Override
        public ClientFraming framing() {
            return ClientFraming.LENGTH2;
        }

        @Override
        public int port() {
            return CrashPorts.ISO8583;
        }

        @Override
        public byte[] message(Sent sent, boolean repeat) {
            return AdviceMessage.advice(sent, repeat);
        }

        @Override
        public Answer answer(Sent sent, byte[] reply) {
            AdviceMessage response = AdviceMessage.parse(reply);
            if (!response.id().equals(sent.id()) || response.type() != AdviceMessage.RESPONSE) {
                return new Answer(Meaning.WRONG, response.toString());
            }
            return new Answer(
                    response.code().equals("00") ? Meaning.ACKNOWLEDGED : Meaning.REFUSED, response.toString());
        }
    }
}
