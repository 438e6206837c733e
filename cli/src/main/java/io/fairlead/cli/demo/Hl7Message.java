package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An HL7 version 2 message as a ward's system sends it; the acknowledgment must name its control id (MSH-10) in MSA-2.
final class Hl7Message implements Exchange {
    /// An admission, a laboratory result and an order; `{n}` is the message's number,
    /// `{id}` its control id.
    private static final List<String> SAMPLES = List.of("""
            MSH|^~\\&|ADT|WARD|FAIRLEAD|HOSPITAL|20260704101500||ADT^A01^ADT_A01|{id}|P|2.5
            EVN|A01|20260704101500
            PID|1||{n}^^^HOSPITAL^MR||DOE^JANE||19700101|F|||1 MAIN ST^^TOWN^^12345
            PV1|1|I|WARD^101^1|||||||MED
            """, """
            MSH|^~\\&|LIS|LAB|FAIRLEAD|HOSPITAL|20260704101500||ORU^R01^ORU_R01|{id}|P|2.5
            PID|1||{n}^^^HOSPITAL^MR||ROE^RICHARD||19800202|M
            OBR|1|O{n}|F{n}|2345-7^GLUCOSE^LN|||20260704100000
            OBX|1|NM|2345-7^GLUCOSE^LN||5.4|mmol/L|3.9-5.8|N|||F
            """, """
            MSH|^~\\&|ORD|WARD|FAIRLEAD|HOSPITAL|20260704101500||ORM^O01^ORM_O01|{id}|P|2.5
            PID|1||{n}^^^HOSPITAL^MR||MOE^MAX||19900303|M
            ORC|NW|O{n}
            OBR|1|O{n}||24323-8^METABOLIC PANEL^LN
            """);

    private final String controlId;
    private final byte[] request;

    Hl7Message(Run run, long number) {
        // Of at most 20 characters, the standard's limit, up to 13 digits.
        this.controlId = run.id() + "-" + number;
        String sample = SAMPLES.get((int) (number % SAMPLES.size()));
        this.request = sample.replace("{n}", Long.toString(number))
                .replace("{id}", controlId)
                .replace('\n', '\r')
                .getBytes(ISO_8859_1);
    }

    @Override
    public byte[] request() {
        return request;
    }

    @Override
    public Outcome judge(byte[] reply) {
        for (String segment : new String(reply, ISO_8859_1).split("\r", -1)) {
            String[] fields = segment.split("\\|", -1);
            if (fields[0].equals("MSA") && fields.length > 2) {
                if (!fields[2].equals(controlId)) {
                    return Outcome.WRONG;
                }
                return fields[1].equals("AA") ? Outcome.RIGHT : Outcome.FAILED;
            }
        }
        return Outcome.WRONG;
    }

    @Override
    public byte @Nullable [] repeat() {
        return null;
    }

    @Override
    public byte[] afterReconnect() {
        return request();
    }
}
