package io.fairlead.gateway.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class DialectsTests {

    private static final Refusal NO_WORKER =
            new Refusal(Refusal.Kind.NOT_ACCEPTED, "UNAVAILABLE", "no worker offers orders/place", "orders/place");

    private final Dialects dialects = new Dialects(Clock.systemUTC());

    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> dialects.of(DialectSettings.of("hl8")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'hl8'")
                .hasMessageContaining("[hl7, iso8583, none, text]");
    }

    @Test
    void aUsersDialectIsFoundByItsNameAndMustNotTakeAKnownOne() {
        Dialect custom = new Dialect() {
            @Override
            public String name() {
                return "modbus";
            }

            @Override
            public @Nullable ByteBuf refuse(ByteBuf request, Refusal refusal, ByteBufAllocator allocator) {
                return null;
            }
        };
        assertThat(new Dialects(Clock.systemUTC(), List.of(custom)).of(DialectSettings.of("modbus")))
                .isSameAs(custom);
        assertThatThrownBy(() -> new Dialects(Clock.systemUTC(), List.of(custom, custom)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'modbus'");
    }

    @Test
    void settingsBindWithDefaults() {
        Binder binder = new Binder(new MapConfigurationPropertySource(Map.of("d.name", "iso8583")));
        assertThat(binder.bind("d", DialectSettings.class).get()).isEqualTo(DialectSettings.of("iso8583"));
        Binder full = new Binder(new MapConfigurationPropertySource(Map.of(
                "d.name", "iso8583",
                "d.iso8583.header-bytes", "5",
                "d.iso8583.encoding", "packed",
                "d.iso8583.bitmap", "binary",
                "d.iso8583.correlation-fields", "11,41",
                "d.iso8583.fields.48", "an...255")));
        Iso8583Settings bound = full.bind("d", DialectSettings.class).get().iso8583();
        assertThat(bound.headerBytes()).isEqualTo(5);
        assertThat(bound.encoding()).isEqualTo(Iso8583Settings.Encoding.PACKED);
        assertThat(bound.correlationFields()).containsExactly(11, 41);
        assertThat(bound.fields()).containsEntry(48, "an...255");
    }

    @Test
    void noneHasNoAnswer() {
        Dialect none = dialects.of(DialectSettings.of("none"));
        assertThat(none.refuse(Unpooled.EMPTY_BUFFER, NO_WORKER, ByteBufAllocator.DEFAULT))
                .isNull();
        assertThat(none.correlates()).isFalse();
    }

    @Test
    void textFillsItsTemplateIn() {
        assertThat(text("ERR {code} {reason}", NO_WORKER)).isEqualTo("ERR UNAVAILABLE no worker offers orders/place");
        assertThat(text("{service}: {code}!", NO_WORKER)).isEqualTo("orders/place: UNAVAILABLE!");
        assertThat(text("ERR", NO_WORKER)).isEqualTo("ERR");
    }

    @Test
    void textKeepsToOneLineAndFillsInOnce() {
        String nasty = "a\r\nOK 1\u0000\u0003\u0085\u2028b {code} \ud83d\ude00";
        Refusal refusal = new Refusal(Refusal.Kind.FAILED, "INTERNAL", nasty, "s");
        assertThat(text("{reason}", refusal)).isEqualTo("a  OK 1    b {code} \ud83d\ude00");
    }

    @Test
    void textCutsALongReasonBetweenCharacters() {
        String reason = "x".repeat(499) + "\ud83d\ude00";
        assertThat(text("{reason}", new Refusal(Refusal.Kind.FAILED, "INTERNAL", reason, "s")))
                .isEqualTo("x".repeat(499));
    }

    @Test
    void noneCannotAcknowledgeAndSaysWhatCan() {
        assertThat(dialects.of(DialectSettings.of("none")).acknowledge(Unpooled.EMPTY_BUFFER, "1-1", allocator()))
                .isEqualTo(Acknowledgement.Silent.IMPOSSIBLE);
        assertThatThrownBy(() -> dialects.acknowledging(DialectSettings.of("none")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'none' cannot acknowledge durable messages (expected: hl7, iso8583, text");
        for (String name : List.of("hl7", "iso8583", "text")) {
            assertThat(dialects.acknowledging(DialectSettings.of(name)).acknowledges())
                    .isTrue();
        }
    }

    @Test
    void textAcknowledgesWithTheMessagesId() {
        assertThat(acknowledged("OK {id}")).isEqualTo("OK 00ff-12");
        assertThat(acknowledged("<ack/>")).isEqualTo("<ack/>");
        assertThatThrownBy(() -> new TextDialect("ERR", "OK {code}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ack-template: 'OK {code}' has {code} (expected: {id}): correct it");
        assertThatThrownBy(() -> new TextDialect("ERR", ""))
                .hasMessageStartingWith("ack-template: empty (expected: text, for example 'OK {id}')");
    }

    private String acknowledged(String ackTemplate) {
        DialectSettings settings = new DialectSettings("text", "ERR", ackTemplate, Iso8583Settings.defaults());
        Acknowledgement acknowledgement =
                dialects.of(settings).acknowledge(Unpooled.EMPTY_BUFFER, "00ff-12", allocator());
        ByteBuf answer = ((Acknowledgement.Answer) acknowledgement).buf();
        String text = answer.toString(UTF_8);
        answer.release();
        return text;
    }

    private static ByteBufAllocator allocator() {
        return new UnpooledByteBufAllocator(false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ERR {reson}", "{}"})
    void aWrongTemplateIsRefused(String template) {
        assertThatThrownBy(() -> new TextDialect(template, TextDialect.DEFAULT_ACK_TEMPLATE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("template");
    }

    private String text(String template, Refusal refusal) {
        DialectSettings settings = new DialectSettings("text", template, "OK {id}", Iso8583Settings.defaults());
        ByteBuf answer = Objects.requireNonNull(
                dialects.of(settings).refuse(Unpooled.EMPTY_BUFFER, refusal, new UnpooledByteBufAllocator(false)));
        String text = answer.toString(UTF_8);
        answer.release();
        return text;
    }
}
