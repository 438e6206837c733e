package io.fairlead.gateway.dialect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.model.v25.message.ACK;
import ca.uhn.hl7v2.parser.CanonicalModelClassFactory;
import ca.uhn.hl7v2.parser.GenericModelClassFactory;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.util.idgenerator.InMemoryIDGenerator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Acknowledgments as an independent reader, HAPI HL7, sees them.
class Hl7DialectTests {

    private static final String ADMIT = """
            MSH|^~\\&|HIS|RIH|EKG|EKG^1.2.3^ISO|202601011200||ADT^A01^ADT_A01|MSG00001|P|2.5|||||USA|UNICODE UTF-8
            EVN|A01|202601011200
            PID|||555-44-4444^^^RIH^SS||EVERYWOMAN^EVE^E^^^^L|JONES|19620320|F|||153 FERNWOOD DR.^^STATESVILLE^OH^35292
            PV1||I|W^389^1^UABH^^^^3||||12345^MORGAN^REX^J^^^MD^0010^UAMC^L
            """.replace("\n", "\r");

    private final Clock clock = Clock.fixed(Instant.parse("2026-03-01T10:20:30.5Z"), ZoneOffset.ofHours(2));
    private final Hl7Dialect dialect = new Hl7Dialect(clock, () -> 35L * 36 + 7);

    @Test
    void refusesWithAnAcknowledgmentThatNamesTheRequestAndTheReason() throws Exception {
        String answer = refuse(ADMIT, refusal(Refusal.Kind.NOT_ACCEPTED, "no worker offers hl7/receive"));
        try (HapiContext context = new DefaultHapiContext(new CanonicalModelClassFactory("2.5"))) {
            ACK ack = (ACK) context.getPipeParser().parse(answer);
            assertThat(ack.getMSH().getSendingApplication().getNamespaceID().getValue())
                    .isEqualTo("EKG");
            assertThat(ack.getMSH().getSendingFacility().encode()).isEqualTo("EKG^1.2.3^ISO");
            assertThat(ack.getMSH().getReceivingApplication().encode()).isEqualTo("HIS");
            assertThat(ack.getMSH().getReceivingFacility().encode()).isEqualTo("RIH");
            assertThat(ack.getMSH().getDateTimeOfMessage().getTime().getValue()).isEqualTo("20260301122030+0200");
            assertThat(ack.getMSH().getDateTimeOfMessage().getTime().getValueAsDate())
                    .isEqualTo("2026-03-01T10:20:30Z");
            assertThat(ack.getMSH().getMessageType().encode()).isEqualTo("ACK^A01^ACK");
            assertThat(ack.getMSH().getMessageControlID().getValue()).isEqualTo("FZ7");
            assertThat(ack.getMSH().getProcessingID().encode()).isEqualTo("P");
            assertThat(ack.getMSH().getVersionID().encode()).isEqualTo("2.5");
            assertThat(ack.getMSH().getCharacterSet(0).getValue()).isEqualTo("UNICODE UTF-8");
            assertThat(ack.getMSA().getAcknowledgmentCode().getValue()).isEqualTo("AR");
            assertThat(ack.getMSA().getMessageControlID().getValue()).isEqualTo("MSG00001");
            assertThat(ack.getERR().getHL7ErrorCode().encode()).isEqualTo("207^Application internal error^HL70357");
            assertThat(ack.getERR().getSeverity().getValue()).isEqualTo("E");
            assertThat(ack.getERR().getApplicationErrorCode().getIdentifier().getValue())
                    .isEqualTo("UNAVAILABLE");
            assertThat(ack.getERR().getDiagnosticInformation().getValue())
                    .isEqualTo("UNAVAILABLE: hl7/receive: no worker offers hl7/receive");
            assertThat(ack.getERR().getUserMessage().getValue()).isEqualTo("no worker offers hl7/receive");
        }
    }

    @ParameterizedTest
    @CsvSource({"NOT_ACCEPTED, AR", "FAILED, AE", "TIMED_OUT, AE", "UNKNOWN, AE"})
    void onlyWhatHasCertainlyNotRunIsRejected(Refusal.Kind kind, String code) throws Exception {
        assertThat(get(refuse(ADMIT, refusal(kind, "why")), "/MSA-1")).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({
        "2.1, ADT^A01, ACK^A01",
        "2.3, ADT^A01, ACK^A01",
        "2.3.1, ADT^A01, ACK^A01^ACK",
        "2.4, ORU^R01^ORU_R01, ACK^R01^ACK",
        "2.4, MCF, ACK",
    })
    void anOldVersionGetsTheReasonInItsAcknowledgment(String version, String type, String ackType) throws Exception {
        String request = ADMIT.replace("|2.5|", "|" + version + "|").replace("ADT^A01^ADT_A01", type);
        String answer = refuse(request, refusal(Refusal.Kind.FAILED, "a|b"));
        assertThat(new Hl7Fields(answer).of("MSH", 9)).isEqualTo(ackType);
        assertThat(new Hl7Fields(answer).of("MSH", 12)).isEqualTo(version);
        assertThat(get(answer, "/MSA-3")).isEqualTo("a|b");
        assertThat(get(answer, "/ERR-1-4-1")).isEqualTo("207");
    }

    @Test
    void escapesWhatWouldBreakTheMessageAndKeepsToAscii() throws Exception {
        String reason = "a|b^c~d\\e&f\rMSA|AA|MSG00001\n\u000b\u001cg \u00e9\u4e16";
        String answer = refuse(ADMIT, refusal(Refusal.Kind.FAILED, reason));
        assertThat(List.of(answer.split("\r", -1))).hasSize(4).last().isEqualTo("");
        assertThat(get(answer, "/ERR-8")).isEqualTo("a|b^c~d\\e&f MSA|AA|MSG00001   g ??");
        assertThat(get(answer, "/MSA-1")).isEqualTo("AE");
    }

    @Test
    void aLongReasonIsCutToTheFieldsLength() throws Exception {
        String answer = refuse(ADMIT, refusal(Refusal.Kind.FAILED, "|".repeat(1_000)));
        assertThat(new Hl7Fields(answer).of("ERR", 8)).isEqualTo("\\F\\".repeat(83));
        String old = refuse(ADMIT.replace("|2.5|", "|2.3|"), refusal(Refusal.Kind.FAILED, "x".repeat(1_000)));
        assertThat(new Hl7Fields(old).of("MSA", 3)).hasSize(80);
    }

    @Test
    void keepsTheRequestsOwnDelimiters() throws Exception {
        String request = ADMIT.replace('|', '*').replace('^', '%').replace('&', '$');
        String answer = refuse(request, refusal(Refusal.Kind.NOT_ACCEPTED, "a*b%c|d"));
        assertThat(answer).startsWith("MSH*%~\\$*EKG*EKG%1.2.3%ISO*HIS*RIH*");
        assertThat(get(answer, "/ERR-8")).isEqualTo("a*b%c|d");
        assertThat(get(answer, "/MSA-2")).isEqualTo("MSG00001");
    }

    @Test
    void keepsTheBytesOfNamesThatAreNotAscii() {
        byte[] request = ADMIT.replace("|HIS|", "|K\u00f6ln|").getBytes(UTF_8);
        ByteBuf answer = Objects.requireNonNull(
                dialect.refuse(Unpooled.wrappedBuffer(request), refusal(Refusal.Kind.FAILED, "x"), allocator()));
        assertThat(answer.toString(UTF_8)).contains("|K\u00f6ln|");
        answer.release();
    }

    @Test
    void aMessageWithoutHeaderHasNoAnswerAndNoKey() {
        for (String message : new String[] {"", "M", "MSH", "MSHA", "MSH\r", "MSH|", "MSH||", "PID|1", "BHS|^~\\&|"}) {
            assertThat(tryRefuse(message, refusal(Refusal.Kind.FAILED, "x")))
                    .as(message)
                    .isNull();
            assertThat(dialect.requestKey(buffer(message))).isNull();
            assertThat(dialect.replyKey(buffer(message))).isNull();
        }
    }

    @Test
    void theKeyIsTheControlIdOfTheRequestAndOfTheReplyThatNamesIt() throws Exception {
        assertThat(dialect.requestKey(buffer(ADMIT))).isEqualTo("MSG00001");
        assertThat(dialect.replyKey(buffer(ADMIT))).as("a request is no reply").isNull();
        try (HapiContext context = new DefaultHapiContext(new CanonicalModelClassFactory("2.5"))) {
            context.getParserConfiguration().setIdGenerator(new InMemoryIDGenerator()); // the default one writes a file
            String reply = context.getPipeParser().parse(ADMIT).generateACK().encode();
            assertThat(dialect.replyKey(buffer(reply))).isEqualTo("MSG00001");
            assertThat(dialect.replyKey(buffer(reply.replace('\r', '\n')))).isEqualTo("MSG00001");
        }
        String refusal = refuse(ADMIT, refusal(Refusal.Kind.NOT_ACCEPTED, "x"));
        assertThat(dialect.replyKey(buffer(refusal))).isEqualTo("MSG00001");
        assertThat(dialect.replyKey(buffer("MSH|^~\\&|\rMSAX|AA|1\rMSA|AA|"))).isNull();
        assertThat(dialect.requestKey(buffer(ADMIT.replace("|MSG00001|", "||"))))
                .isNull();
    }

    @Test
    void anyBytesAreReadWithoutError() {
        String answer = refuse(ADMIT, refusal(Refusal.Kind.FAILED, "x"));
        for (String whole : new String[] {ADMIT, answer}) {
            for (int end = 0; end < whole.length(); end++) {
                readAll(whole.substring(0, end).getBytes(ISO_8859_1));
            }
        }
        Random random = new Random(3);
        byte[] likely = "MSH|^~\\&|MSA\r\n".getBytes(ISO_8859_1);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(60)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = likely[random.nextInt(likely.length)];
            }
            System.arraycopy(likely, 0, bytes, 0, Math.min(bytes.length, random.nextInt(10)));
            readAll(bytes);
        }
    }

    @ParameterizedTest
    @CsvSource({
        ", , AA, AR, AE",
        "AL, NE, CA, CR, CE",
        "AL, AL, CA, CR, CE",
        "SU, AL, CA, , ",
        "ER, NE, , CR, CE",
        "NE, NE, , , ",
        "NE, AL, , , ",
        ", AL, CA, CR, CE",
        "XX, , CA, CR, CE",
    })
    void aDurableMessageIsAcknowledgedAsItAsks(
            @Nullable String accept,
            @Nullable String application,
            @Nullable String kept,
            @Nullable String notKept,
            @Nullable String perhapsKept)
            throws Exception {
        String message = ADMIT.replace("|||||USA|", "|||" + text(accept) + "|" + text(application) + "|USA|");
        assertThat(dialect.acknowledges(buffer(message))).isTrue();
        assertThat(code(dialect.acknowledge(buffer(message), "00ff-1", allocator())))
                .isEqualTo(kept);
        assertThat(code(dialect.refuseMessage(
                        buffer(message), refusal(Refusal.Kind.NOT_ACCEPTED, "disk full"), allocator())))
                .isEqualTo(notKept);
        assertThat(code(dialect.refuseMessage(
                        buffer(message), refusal(Refusal.Kind.UNKNOWN, "disk gone"), allocator())))
                .isEqualTo(perhapsKept);
        assertThat(get(refuse(message, refusal(Refusal.Kind.NOT_ACCEPTED, "x")), "/MSA-1"))
                .as("a call's refusal")
                .isEqualTo("AR");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.2", "2.3.1", "2.5", "2.8"})
    void anAcknowledgementNamesTheMessageAndHasNoError(String version) throws Exception {
        String message = ADMIT.replace("|2.5|", "|" + version + "|");
        String answer = String.valueOf(taken(dialect.acknowledge(buffer(message), "00ff-1", allocator())));
        assertThat(get(answer, "/MSA-1")).isEqualTo("AA");
        assertThat(get(answer, "/MSA-2")).isEqualTo("MSG00001");
        assertThat(get(answer, "/MSH-5")).isEqualTo("HIS");
        assertThat(List.of(answer.split("\r", -1))).hasSize(3).last().isEqualTo("");
        assertThat(dialect.replyKey(buffer(answer))).isEqualTo("MSG00001");
    }

    @Test
    void whatHasNoHeaderIsNotKept() {
        assertThat(dialect.acknowledges(buffer("PID|1"))).isFalse();
        assertThat(dialect.acknowledge(buffer("PID|1"), "00ff-1", allocator()))
                .isEqualTo(Acknowledgement.Silent.IMPOSSIBLE);
        assertThat(dialect.refuseMessage(buffer("PID|1"), refusal(Refusal.Kind.UNKNOWN, "x"), allocator()))
                .isEqualTo(Acknowledgement.Silent.IMPOSSIBLE);
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    /// MSA-1, or null if no answer is wanted.
    private static @Nullable String code(Acknowledgement acknowledgement) throws Exception {
        String answer = taken(acknowledgement);
        return answer == null ? null : get(answer, "/MSA-1");
    }

    private static @Nullable String taken(Acknowledgement acknowledgement) {
        return switch (acknowledgement) {
            case Acknowledgement.Answer(ByteBuf buf) -> {
                String text = buf.toString(ISO_8859_1);
                buf.release();
                yield text;
            }
            case Acknowledgement.Silent silent -> {
                assertThat(silent).isEqualTo(Acknowledgement.Silent.NOT_WANTED);
                yield null;
            }
        };
    }

    private void readAll(byte[] bytes) {
        ByteBuf message = Unpooled.wrappedBuffer(bytes);
        ByteBuf answer = dialect.refuse(message, refusal(Refusal.Kind.FAILED, "x"), allocator());
        if (answer != null) {
            answer.release();
        }
        dialect.requestKey(message);
        dialect.replyKey(message);
        assertThat(message.readerIndex()).isZero();
        assertThat(message.writerIndex()).isEqualTo(bytes.length);
    }

    private String refuse(String request, Refusal refusal) {
        return Objects.requireNonNull(tryRefuse(request, refusal), "no answer");
    }

    private @Nullable String tryRefuse(String request, Refusal refusal) {
        ByteBuf answer = dialect.refuse(buffer(request), refusal, allocator());
        if (answer == null) {
            return null;
        }
        String text = answer.toString(ISO_8859_1);
        answer.release();
        return text;
    }

    /// A value as HAPI reads it, whatever the version.
    private static String get(String message, String path) throws HL7Exception, IOException {
        try (HapiContext context = new DefaultHapiContext(new GenericModelClassFactory())) {
            return new Terser(context.getGenericParser().parse(message)).get(path);
        }
    }

    private static Refusal refusal(Refusal.Kind kind, String reason) {
        return new Refusal(kind, "UNAVAILABLE", reason, "hl7/receive");
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }

    private static UnpooledByteBufAllocator allocator() {
        return new UnpooledByteBufAllocator(false);
    }

    /// Fields as they are written, escapes and all.
    private record Hl7Fields(String message) {

        String of(String segment, int number) {
            for (String line : message.split("\r", -1)) {
                if (line.startsWith(segment + "|")) {
                    return line.split("\\|", -1)[segment.equals("MSH") ? number - 1 : number];
                }
            }
            throw new AssertionError("no " + segment + " in " + message);
        }
    }
}
