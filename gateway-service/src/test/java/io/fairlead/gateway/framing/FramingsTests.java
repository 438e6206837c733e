package io.fairlead.gateway.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.integration.ip.tcp.serializer.ByteArrayStxEtxSerializer;

class FramingsTests {

    private final Framings framings = new Framings();

    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> framings.of(FramingSpec.of("mlp")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'mlp'")
                .hasMessageContaining(
                        "[crlf, length1, length2, length4, lf, mllp, octet-counted, stx-etx, terminator]");
    }

    @Test
    void anOptionOfAnotherFramingIsRefused() {
        assertThatThrownBy(() -> framings.of(new FramingSpec("lf", true, null)))
                .hasMessageContaining("length-includes-header")
                .hasMessageContaining("'lf'");
        assertThatThrownBy(() -> framings.of(new FramingSpec("mllp", false, "x")))
                .hasMessageContaining("terminator")
                .hasMessageContaining("'mllp'");
        assertThatThrownBy(() -> framings.of(FramingSpec.of("terminator"))).hasMessageContaining("at least one byte");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {"\\r\\n 0d0a", "\\x1c\\x0D 1c0d", "\\0\\t\\\\ 00095c", "é c3a9", "--END-- 2d2d454e442d2d"})
    void aTerminatorIsWrittenWithEscapes(String text, String hex) {
        ByteBuf out = Unpooled.buffer();
        framings.of(new FramingSpec("terminator", false, text)).encode(Unpooled.EMPTY_BUFFER, out);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(hex);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\", "\\q", "\\x1", "\\xzz", "abc\\x"})
    void aBrokenEscapeIsRefused(String text) {
        assertThatThrownBy(() -> framings.of(new FramingSpec("terminator", false, text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown escape");
    }

    @Test
    void aUsersFramingIsFoundByItsName() {
        var serializer = new ByteArrayStxEtxSerializer();
        SpringFraming custom = new SpringFraming("scale", serializer, serializer);
        assertThat(new Framings(List.of(custom)).of(FramingSpec.of("scale"))).isSameAs(custom);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lf", "length2", "terminator", "native"})
    void aUsersFramingMustNotTakeAKnownName(String name) {
        var serializer = new ByteArrayStxEtxSerializer();
        SpringFraming custom = new SpringFraming(name, serializer, serializer);
        assertThatThrownBy(() -> new Framings(List.of(custom)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageContaining("another name");
    }
}
