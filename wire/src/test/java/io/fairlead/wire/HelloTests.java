package io.fairlead.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HelloTests {
    @Test
    void readsAndWritesTheConnectorsVector() {
        TestVector vector = TestVector.named("hello-connector");
        Hello hello = Hello.of("client", "till-17", 1_000, 1 << 20);

        assertThat(Hello.decode(vector.buffer(), 0)).isEqualTo(hello);
        assertThat(bytes(hello)).isEqualTo(vector.bytes());
    }

    @Test
    void readsAndWritesTheAcceptorsVector() {
        TestVector vector = TestVector.named("hello-acceptor");
        Hello hello = Hello.of("gateway", "gateway-1", 3_000, Frames.DEFAULT_MAX_LENGTH);

        assertThat(Hello.decode(vector.buffer(), 0)).isEqualTo(hello);
        assertThat(bytes(hello)).isEqualTo(vector.bytes());
    }

    @Test
    void hasDefaultsForAbsentMetadata() {
        assertThat(Hello.decode(TestVector.named("hello-least").buffer(), 0))
                .isEqualTo(Hello.of("client", "", 1_000, Frames.DEFAULT_MAX_LENGTH));
    }

    @Test
    void versionsAreCompatibleIfTheyOverlap() {
        assertThat(Hello.decode(TestVector.named("hello-newer").buffer(), 0).compatible())
                .isTrue();
        assertThat(new Hello(2, 2, 0, 1_000, "client", "", 1_000).compatible()).isFalse();
        assertThat(new Hello(0, 0, 0, 1_000, "client", "", 1_000).compatible()).isFalse();
        assertThat(Hello.of("client", "", 1_000, 1_000).compatible()).isTrue();
    }

    @Test
    void roundTripsAnywhereInABuffer() {
        Hello hello = new Hello(255, 3, -1, Frames.MAX_TIME_MILLIS, "worker", "Zürich €", Integer.MAX_VALUE);
        ByteBuf buf = Unpooled.buffer().writeZero(13);
        hello.encode(buf);

        assertThat(Hello.decode(buf, 13)).isEqualTo(hello);
    }

    @Test
    void refusesALimitThatIsNoNumberOfTheProtocol() {
        for (String limit : new String[] {"", "-1", "19", "+20", "4M", " 20", "2147483648", "٢٠٠٠"}) {
            ByteBuf buf = Unpooled.buffer();
            Metadata metadata = Metadata.of(Map.of("max-frame", limit));
            Frames.writeHeader(buf, FrameType.HELLO, (byte) 0, 1, 0, 1_000, 0, metadata.encodedBytes(), 0);
            metadata.encode(buf);

            assertThatExceptionOfType(ProtocolException.class)
                    .as("max-frame '%s'", limit)
                    .isThrownBy(() -> Hello.decode(buf, 0))
                    .withMessageContaining("max-frame: '" + limit + "'");
        }
    }

    private static byte[] bytes(Hello hello) {
        ByteBuf out = Unpooled.buffer();
        hello.encode(out);
        return ByteBufUtil.getBytes(out);
    }
}
