package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FramingTests {
    private static byte[] framed(Framing framing, String... messages) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String message : messages) {
            framing.write(out, message.getBytes(ISO_8859_1));
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @EnumSource
    void messagesComeOutAsTheyWentIn(Framing framing) throws Exception {
        ByteArrayInputStream in = new ByteArrayInputStream(framed(framing, "one", "", "x".repeat(300)));

        assertThat(framing.read(in)).asString(ISO_8859_1).isEqualTo("one");
        assertThat(framing.read(in)).isEmpty();
        assertThat(framing.read(in)).hasSize(300);
    }

    @ParameterizedTest
    @EnumSource
    void anEndWithinAMessageIsNoMessage(Framing framing) throws Exception {
        byte[] whole = framed(framing, "message");
        for (int i = 0; i < whole.length; i++) {
            ByteArrayInputStream cut = new ByteArrayInputStream(whole, 0, i);
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> framing.read(cut));
        }
    }

    @Test
    void bytesAreThoseOfTheStandards() throws Exception {
        assertThat(framed(Framing.MLLP, "A")).containsExactly(0x0b, 'A', 0x1c, 0x0d);
        assertThat(framed(Framing.LENGTH2, "A")).containsExactly(0, 1, 'A');
        assertThat(framed(Framing.LINE, "A")).containsExactly('A', '\n');
    }
}
