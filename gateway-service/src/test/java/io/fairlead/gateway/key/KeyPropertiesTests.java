package io.fairlead.gateway.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.gateway.dialect.Iso8583Settings;
import io.fairlead.wire.Metadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class KeyPropertiesTests {
    private static final Iso8583Settings ISO8583 = Iso8583Settings.defaults();

    private static KeyProperties bind(String... settings) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.put("keys." + settings[i], settings[i + 1]);
        }
        return new Binder(new MapConfigurationPropertySource(all)).bindOrCreate("keys", KeyProperties.class);
    }

    private static MessageKeys keys(String... settings) {
        return Objects.requireNonNull(bind(settings).messageKeys("shop", ISO8583));
    }

    private static ByteBuf json(String text) {
        return Unpooled.copiedBuffer(text, UTF_8);
    }

    @Test
    void withoutSettingsNothingIsRead() {
        assertThat(bind().isEmpty()).isTrue();
        assertThat(bind().messageKeys("shop", ISO8583)).isNull();
        assertThat(bind().correlation(ISO8583)).isNull();
        assertThat(bind("correlation", "json:/id").messageKeys("shop", ISO8583)).isNull();
    }

    @Test
    void listsBindWithCommasOrIndices() {
        assertThat(bind("idempotency", "hl7:MSH-10, hl7:MSH-3").idempotency())
                .containsExactly("hl7:MSH-10", "hl7:MSH-3");
        assertThat(bind("ordering[0]", "regex:/a{1,2}/").ordering()).containsExactly("regex:/a{1,2}/");
    }

    @Test
    void theKeysOfAMessageAreItsMetadata() {
        MessageKeys keys = keys("idempotency", "json:/id", "ordering", "json:/account", "identity", "json:/shop");
        byte[] before = Metadata.of(Map.of("client-address", "10.0.0.1:7")).toBytes();

        MessageKeys.Extracted all = keys.of(json("{\"id\":\"1\",\"account\":\"\u00e9\u4e16\",\"shop\":\"north\"}"));
        assertThat(all.idempotencyKey()).isEqualTo("1");
        assertThat(all.orderingKey()).isEqualTo("\u00e9\u4e16");
        assertThat(all.identity()).isEqualTo("shop/north");
        byte[] encoded = all.metadata(before);
        assertThat(Metadata.decode(Unpooled.wrappedBuffer(encoded), 0, encoded.length)
                        .asMap())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "client-address",
                        "10.0.0.1:7",
                        "identity",
                        "shop/north",
                        "idempotency-key",
                        "1",
                        "ordering-key",
                        "\u00e9\u4e16"));

        byte[] none = keys.of(json("no json")).metadata(new byte[0]);
        assertThat(Metadata.decode(Unpooled.wrappedBuffer(none), 0, none.length).asMap())
                .containsExactlyEntriesOf(Map.of("identity", "shop"));
    }

    @Test
    void aMissingKeyIsARefusalOnlyWhereItIsRequired() {
        MessageKeys required = keys("idempotency", "json:/id, json:/shop", "required", "true");
        assertThat(required.refusal(required.of(json("{\"id\":1}"))))
                .isEqualTo("no idempotency key: the message has no value for json:/id, json:/shop");
        assertThat(required.refusal(required.of(json("{\"id\":1,\"shop\":2}")))).isNull();
        MessageKeys wanted = keys("idempotency", "json:/id");
        assertThat(wanted.refusal(wanted.of(json("{}")))).isNull();
    }

    @Test
    void repliesMayCarryTheKeyElsewhere() {
        Correlation same =
                Objects.requireNonNull(bind("correlation", "json:/id").correlation(ISO8583));
        assertThat(same.replyKey(json("{\"id\":1}"))).isEqualTo(same.requestKey(json("{\"id\":1}")));
        Correlation other = Objects.requireNonNull(
                bind("correlation", "json:/id", "correlation-reply", "json:/re").correlation(ISO8583));
        assertThat(other.requestKey(json("{\"id\":1}"))).isEqualTo("1");
        assertThat(other.replyKey(json("{\"id\":1,\"re\":2}"))).isEqualTo("2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "MSH-10; character 1 ('M') (expected: hl7, iso8583, regex, bytes or json, and ':', or the preset",
                "hl8:MSH-10; character 1 ('h') (expected: hl7, iso8583",
                "hl7:msh-10; character 5 ('m') (expected: the name of a segment",
                "hl7:MSH; character 8 (expected: '-' and the number of the field",
                "hl7:MSH-x; character 9 ('x') (expected: the number of a field, 3 to 999; for example hl7:MSH-10)",
                "hl7:MSH-2; character 9 ('2') (expected: the number of a field, 3 to 999",
                "hl7:PID-0; character 9 ('0') (expected: the number of a field, 1 to 999",
                "hl7:PID-3.; character 11 (expected: the number of a component",
                "hl7:PID-3[1]; character 10 ('[') (expected: nothing, or '.'",
                "iso8583:mtx; character 9 ('m') (expected: 'mti' or the number of a field, 2 to 128",
                "iso8583:129; character 9 ('1') (expected: 'mti' or the number of a field, 2 to 128",
                "iso8583:11a; character 11 ('a') (expected: nothing more; for example iso8583:11)",
                "regex:ID=(.); character 7 ('I') (expected: '/' before the pattern",
                "regex:/ID=(.); character 14 (expected: '/' after the pattern",
                "regex://; character 8 ('/') (expected: a pattern of 1 to 500 characters",
                "regex:/ID=(.)/2; character 15 ('2') (expected: one of the pattern's groups, 0 to 1",
                "regex:/ID=[a/; character 11 ('[') (expected: a pattern of RE2, but missing closing ]: [a",
                "regex:/(?=x)/; (expected: a pattern of RE2, but invalid",
                "bytes:8; character 8 (expected: '-' and the byte after the last",
                "bytes:8-8; character 9 ('8') (expected: the byte after the last, 9 to 65536",
                "bytes:0-99999999999; character 9 ('9') (expected: the byte after the last, 1 to 65536",
                "bytes:0-8:text; character 10 (':') (expected: nothing or ':hex'",
                "json:id; character 6 ('i') (expected: a JSON pointer, which begins with '/'; for example json:/order/id)",
            })
    void aBadExpressionIsRefusedWithItsPlaceAndAnExample(String expression, String message) {
        KeyProperties properties =
                new KeyProperties(List.of("hl7:MSH-3", expression), List.of(), List.of(), List.of(), List.of(), false);
        assertThatThrownBy(() -> properties.messageKeys("shop", ISO8583))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("keys.idempotency[1]: '" + expression + "' is wrong at ")
                .hasMessageContaining(message)
                .hasMessageContaining("for example ");
    }

    @Test
    void settingsThatDoNotFitTogetherAreRefused() {
        assertThatThrownBy(() -> keys("required", "true")).hasMessageContaining("keys.required: true");
        assertThatThrownBy(() -> keys("idempotency", "hl7?:MSH-10")).hasMessageContaining("without '?'");
        assertThatThrownBy(() -> keys("ordering", "hl7")).hasMessageContaining("keys.ordering[0]: 'hl7'");
        KeyProperties replyOnly = bind("correlation-reply", "json:/id");
        assertThatThrownBy(() -> replyOnly.correlation(ISO8583)).hasMessageContaining("keys.correlation-reply");
    }
}
