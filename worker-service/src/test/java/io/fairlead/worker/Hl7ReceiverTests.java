package io.fairlead.worker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.model.v25.message.ACK;
import ca.uhn.hl7v2.parser.CanonicalModelClassFactory;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import io.fairlead.starter.FairleadException;
import io.fairlead.wire.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

class Hl7ReceiverTests {
    private static final String ADMIT = "MSH|^~\\&|ADT1|GOOD HEALTH HOSPITAL|GHH LAB|GHH|198808181126|SECURITY|"
            + "ADT^A01^ADT_A01|MSG00001|P|2.5\r"
            + "EVN|A01|200708181123\r"
            + "PID|1||PATID1234^5^M11^ADT1^MR^GOOD HEALTH HOSPITAL||EVERYMAN^ADAM^A^III||19610615|M\r"
            + "PV1|1|I|2000^2012^01||||004777^ATTEND^AARON^A\r";

    /// Of no database: what is only answered needs none.
    private static final JdbcClient JDBC = JdbcClient.create(new SimpleDriverDataSource());

    private final Hl7Receiver receiver = new Hl7Receiver(JDBC);

    @Test
    void acknowledgesWhatItReads() throws HL7Exception {
        ACK ack = send(ADMIT);

        assertThat(ack.getMSA().getAcknowledgmentCode().getValue()).isEqualTo("AA");
        assertThat(ack.getMSA().getMessageControlID().getValue()).isEqualTo("MSG00001");
        assertThat(ack.getMSH().getMessageType().encode()).isEqualTo("ACK^A01^ACK");
        assertThat(ack.getMSH().getSendingApplication().encode()).isEqualTo("GHH LAB");
        assertThat(ack.getMSH().getReceivingApplication().encode()).isEqualTo("ADT1");
        assertThat(ack.getMSH().getReceivingFacility().encode()).isEqualTo("GOOD HEALTH HOSPITAL");
        assertThat(ack.getMSH().getMessageControlID().getValue()).matches("[0-9a-f]{16}");
        assertThat(ack.encode()).doesNotContain("ERR|");
    }

    @Test
    void acknowledgesOtherVersionsAndEventsItDoesNotKnow() throws HL7Exception {
        ACK older = send(ADMIT.replace("|2.5\r", "|2.3\r"));
        ACK unknown = send(ADMIT.replace("ADT^A01^ADT_A01", "ZZZ^Z99"));

        assertThat(older.getMSA().getAcknowledgmentCode().getValue()).isEqualTo("AA");
        assertThat(older.getMSH().getVersionID().encode()).isEqualTo("2.3");
        assertThat(unknown.getMSA().getAcknowledgmentCode().getValue()).isEqualTo("AA");
    }

    /// The race took some dozens of receivers to show itself.
    @Test
    void manyHandlersMeetTheFirstMessageOfAKindAtOnce() throws Exception {
        for (int round = 0; round < 50; round++) {
            Hl7Receiver fresh = new Hl7Receiver(JDBC);
            CyclicBarrier together = new CyclicBarrier(8);
            try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                List<Future<String>> replies = IntStream.range(0, 8)
                        .mapToObj(i -> threads.submit(() -> {
                            together.await();
                            return new String(fresh.receive(ADMIT.getBytes(ISO_8859_1)), ISO_8859_1);
                        }))
                        .toList();
                for (Future<String> reply : replies) {
                    assertThat(reply.get()).contains("MSA|AA|MSG00001");
                }
            }
        }
    }

    @Test
    void rejectsMessagesOfNoKind() throws HL7Exception {
        ACK ack = send("MSH|^~\\&|ADT1|HOSPITAL|LAB|GHH|198808181126|||MSG00002|P|2.5\rPID|1\r");

        assertThat(ack.getMSA().getAcknowledgmentCode().getValue()).isEqualTo("AR");
        assertThat(ack.getMSA().getMessageControlID().getValue()).isEqualTo("MSG00002");
        assertThat(ack.getMSH().getReceivingApplication().encode()).isEqualTo("ADT1");
        assertThat(ack.getERR().getHL7ErrorCode().encode()).startsWith("200^");
        assertThat(ack.getERR().getSeverity().getValue()).isEqualTo("E");
    }

    @Test
    void saysWhatIsWrongInMessagesThatItCannotRead() throws HL7Exception {
        ACK ack = send("MSH#^~\\&#LAB#GHH#ADT1##20261122##ORU^R01#MSG00003#P#2.5\rOBR#1\rOBX#1#XX#1554-5##182\r");

        assertThat(ack.getMSA().getAcknowledgmentCode().getValue()).isEqualTo("AE");
        assertThat(ack.getMSA().getMessageControlID().getValue()).isEqualTo("MSG00003");
        assertThat(ack.getMSH().getFieldSeparator().getValue()).isEqualTo("#");
        assertThat(ack.getERR().getHL7ErrorCode().encode()).startsWith("102^");
    }

    @Test
    void failsCallsThatAreNoHl7() {
        for (String payload : List.of("", "hello", "MSH", "PID|1\rMSH|^~\\&|")) {
            assertThatThrownBy(() -> receiver.receive(payload.getBytes(UTF_8)))
                    .as("'%s'", payload)
                    .isInstanceOfSatisfying(
                            FairleadException.class, e -> assertThat(e.status()).isEqualTo(Status.INVALID_ARGUMENT));
        }
    }

    @Test
    void repeatsNamesByteByByte() {
        String request = ADMIT.replace("ADT1|GOOD", "Zoë|GOOD");

        assertThat(new String(receiver.receive(request.getBytes(UTF_8)), UTF_8)).contains("|Zoë|");
        assertThat(new String(receiver.receive(request.getBytes(ISO_8859_1)), ISO_8859_1))
                .contains("|Zoë|");
    }

    @Test
    void readsManyMessagesAtATime() {
        List<String> wrong = IntStream.range(0, 2000)
                .parallel()
                .mapToObj(i -> {
                    String id = "ID" + i;
                    byte[] request = ADMIT.replace("MSG00001", id).getBytes(ISO_8859_1);
                    String ack = new String(receiver.receive(request), ISO_8859_1);
                    return ack.contains("MSA|AA|" + id + "\r") ? "" : ack;
                })
                .filter(ack -> !ack.isEmpty())
                .toList();

        assertThat(wrong).isEmpty();
    }

    @Test
    void writesNoFileForItsIds() {
        receiver.receive(ADMIT.getBytes(ISO_8859_1));

        assertThat(Files.exists(Path.of("id_file"))).isFalse();
    }

    private ACK send(String message) throws HL7Exception {
        byte[] reply = receiver.receive(message.getBytes(ISO_8859_1));
        DefaultHapiContext hapi = new DefaultHapiContext(new CanonicalModelClassFactory("2.5"));
        hapi.setValidationContext(ValidationContextFactory.noValidation());
        return (ACK) hapi.getPipeParser().parse(new String(reply, ISO_8859_1));
    }
}
