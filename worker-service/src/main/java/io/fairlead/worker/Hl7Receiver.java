package io.fairlead.worker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import ca.uhn.hl7v2.AcknowledgmentCode;
import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.ErrorCode;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.v25.message.ACK;
import ca.uhn.hl7v2.parser.CanonicalModelClassFactory;
import ca.uhn.hl7v2.parser.PipeParser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import io.fairlead.starter.Call;
import io.fairlead.starter.CallContext;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;
import io.fairlead.wire.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Takes HL7 version 2 messages and acknowledges them: AA, AE for one that has an error, AR for one whose kind
/// is not supported. Messages of all versions are read as 2.5.
@FairleadService("hl7")
class Hl7Receiver {
    private static final Logger log = LoggerFactory.getLogger(Hl7Receiver.class);

    private final DefaultHapiContext hapi;

    /// Those that no handler uses, at most one for each handler at a time. A parser learns the structure of a
    /// kind of message when it meets the first, in a map that is not for several threads.
    private final Queue<PipeParser> idle = new ConcurrentLinkedQueue<>();

    private final JdbcClient jdbc;

    Hl7Receiver(JdbcClient jdbc) {
        this.jdbc = jdbc;
        hapi = new DefaultHapiContext(new CanonicalModelClassFactory("2.5"));
        hapi.setValidationContext(ValidationContextFactory.noValidation());
        // HAPI's own counts in a file of the working directory.
        hapi.getParserConfiguration()
                .setIdGenerator(() ->
                        HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
    }

    /// Latin-1 in and out keeps every byte as it came, whatever MSH-18 says: HL7's delimiters are ASCII.
    @Call(idempotent = true)
    byte[] receive(byte[] payload) {
        PipeParser free = idle.poll();
        PipeParser parser = free != null ? free : new PipeParser(hapi);
        try {
            return acknowledge(new String(payload, ISO_8859_1), parser).getBytes(ISO_8859_1);
        } finally {
            idle.add(parser);
        }
    }

    /// Keeps a message whole, for store-and-forward: the gateway has acknowledged it already.
    @Receive
    void store(byte[] payload, CallContext context) {
        jdbc.sql("insert into hl7_message (message_id, body) values (?, ?)")
                .params(context.messageId().orElse(""), new String(payload, ISO_8859_1))
                .update();
    }

    private static String acknowledge(String text, PipeParser parser) {
        try {
            Message message = parser.parse(text);
            log.debug("Received {}", message.getName());
            return message.generateACK().encode();
        } catch (HL7Exception e) {
            return reject(text, parser, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String reject(String text, PipeParser parser, HL7Exception reason) {
        try {
            // Only the header is needed to answer, so only the header has to be right.
            String header = text.split("[\r\n]", 2)[0];
            ACK request = new ACK(parser.getFactory());
            request.setParser(parser);
            request.getMSH().getFieldSeparator().setValue(header.substring(3, 4));
            request.getMSH().getEncodingCharacters().setValue(header.substring(4, header.indexOf(header.charAt(3), 4)));
            request.getMSH().parse(header);
            return request.generateACK(code(reason.getError()), reason).encode();
        } catch (HL7Exception | IOException | RuntimeException e) {
            throw new FairleadException(Status.INVALID_ARGUMENT, "payload: is no HL7 message with a readable MSH", e);
        }
    }

    private static AcknowledgmentCode code(ErrorCode error) {
        return switch (error) {
            case UNSUPPORTED_MESSAGE_TYPE, UNSUPPORTED_EVENT_CODE, UNSUPPORTED_PROCESSING_ID, UNSUPPORTED_VERSION_ID ->
                AcknowledgmentCode.AR;
            default -> AcknowledgmentCode.AE;
        };
    }
}
