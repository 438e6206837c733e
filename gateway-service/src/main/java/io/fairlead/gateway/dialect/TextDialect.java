package io.fairlead.gateway.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/// `text`: lines made from templates, in UTF-8: a refusal fills in `{code}`, `{reason}` and `{service}`, the
/// acknowledgement of a durable message `{id}`. What is filled in has no control characters and at most
/// [#MAX_VALUE_CHARS] characters, so it cannot break a framing of lines.
final class TextDialect implements Dialect {

    static final String DEFAULT_TEMPLATE = "ERR {code} {reason}";
    static final String DEFAULT_ACK_TEMPLATE = "OK {id}";

    private static final int MAX_VALUE_CHARS = 500;

    private final TextTemplate refusal;
    private final TextTemplate acknowledgement;

    /// @throws IllegalArgumentException if a template is empty or has an unknown placeholder
    TextDialect(String template, String ackTemplate) {
        refusal = TextTemplate.of("template", template, DEFAULT_TEMPLATE, "code", "reason", "service");
        acknowledgement = TextTemplate.of("ack-template", ackTemplate, DEFAULT_ACK_TEMPLATE, "id");
    }

    @Override
    public String name() {
        return "text";
    }

    @Override
    public ByteBuf refuse(ByteBuf request, Refusal because, ByteBufAllocator allocator) {
        return line(
                refusal.fill(placeholder -> Refusal.oneLine(
                        switch (placeholder) {
                            case "code" -> because.code();
                            case "reason" -> because.reason();
                            default -> because.service();
                        },
                        MAX_VALUE_CHARS)),
                allocator);
    }

    @Override
    public boolean acknowledges() {
        return true;
    }

    @Override
    public Acknowledgement acknowledge(ByteBuf request, String messageId, ByteBufAllocator allocator) {
        return new Acknowledgement.Answer(line(acknowledgement.fill(placeholder -> messageId), allocator));
    }

    private static ByteBuf line(String text, ByteBufAllocator allocator) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return allocator.buffer(bytes.length).writeBytes(bytes);
    }
}
