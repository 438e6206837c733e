package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MetadataTests {
    private static final byte[] KEY = "identity".getBytes(US_ASCII);

    @Provide
    Arbitrary<Map<String, String>> entries() {
        Arbitrary<String> keys = Arbitraries.oneOf(
                Arbitraries.of("identity", "traceparent", "a"),
                Arbitraries.strings().withChars("abz09-.").ofMinLength(1).ofMaxLength(20));
        return Arbitraries.maps(keys, Arbitraries.strings().ofMaxLength(20)).ofMaxSize(8);
    }

    @Property
    void readsWhatWasWritten(@ForAll("entries") Map<String, String> entries) {
        Metadata metadata = Metadata.of(entries);
        byte[] bytes = metadata.toBytes();
        ByteBuf buf = Unpooled.buffer().writeZero(3).writeBytes(bytes).writeByte(77);
        Metadata decoded = Metadata.decode(buf, 3, bytes.length);

        assertThat(bytes).hasSize(metadata.encodedBytes());
        assertThat(decoded.toBytes()).isEqualTo(bytes);
        assertThat(decoded.asMap().keySet()).containsExactlyElementsOf(entries.keySet());
        // A lone surrogate has no UTF-8 and is written as '?'.
        entries.forEach(
                (key, value) -> assertThat(decoded.get(key)).isEqualTo(new String(value.getBytes(UTF_8), UTF_8)));
        assertThat(Metadata.contains(buf, 3, bytes.length, KEY)).isEqualTo(entries.containsKey("identity"));
    }

    @Property
    void everyTruncationIsRejectedOrEndsBetweenEntries(@ForAll("entries") Map<String, String> entries) {
        byte[] bytes = Metadata.of(entries).toBytes();
        for (int length = 0; length < bytes.length; length++) {
            ByteBuf buf = Unpooled.wrappedBuffer(bytes);
            try {
                Metadata shorter = Metadata.decode(buf, 0, length);
                assertThat(shorter.encodedBytes()).isEqualTo(length);
                assertThat(Metadata.contains(buf, 0, length, KEY)).isEqualTo(shorter.get("identity") != null);
            } catch (ProtocolException e) {
                assertThat(Metadata.contains(buf, 0, length, KEY))
                        .as("a guard stays closed: %s", e.getMessage())
                        .isTrue();
            }
        }
    }

    @Property(tries = 5_000)
    void randomBytesAreMetadataOrAProtocolException(@ForAll @Size(max = 60) byte[] bytes) {
        decodeAndCompare(bytes);
    }

    @Property
    void metadataWithAWrongByteIsReadOrAProtocolException(
            @ForAll("entries") Map<String, String> entries, @ForAll @IntRange(max = 400) int at, @ForAll byte value) {
        byte[] bytes = Metadata.of(entries).toBytes();
        if (bytes.length > 0) {
            bytes[at % bytes.length] = value;
        }
        decodeAndCompare(bytes);
    }

    private static void decodeAndCompare(byte[] bytes) {
        ByteBuf buf = Unpooled.wrappedBuffer(bytes);
        boolean contained = Metadata.contains(buf, 0, bytes.length, KEY);
        try {
            Metadata metadata = Metadata.decode(buf, 0, bytes.length);
            assertThat(contained).isEqualTo(metadata.get("identity") != null);
            assertThat(metadata.toBytes()).isEqualTo(bytes);
        } catch (ProtocolException e) {
            assertThat(e).hasMessageStartingWith("metadata: ");
            if (String.valueOf(e.getMessage()).endsWith("runs over the end")) {
                assertThat(contained).as(e.getMessage()).isTrue();
            }
        }
    }

    @Test
    void aKeyHasAtMost255Bytes() {
        Metadata metadata = Metadata.of(Map.of("k".repeat(255), "v"));
        assertThat(Metadata.decode(Unpooled.wrappedBuffer(metadata.toBytes()), 0, metadata.encodedBytes()))
                .isEqualTo(metadata);
        assertThatIllegalArgumentException().isThrownBy(() -> Metadata.of(Map.of("k".repeat(256), "v")));
    }

    @Test
    void refusesKeysOfOtherForms() {
        for (String key : new String[] {"", "A", "a b", "a_b", "é", "a\n"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Metadata.of(Map.of(key, "v")))
                    .withMessageContaining("metadata key: '" + key + "'");
        }
    }

    @Test
    void takesAtMost65535Bytes() {
        Metadata most = Metadata.of(Map.of("k", "v".repeat(65_535 - 4)));
        ByteBuf buf = Unpooled.buffer();
        Frames.writeHeader(buf, FrameType.REQUEST, (byte) 0, 0, 1, 0, 0, most.encodedBytes(), 0);
        most.encode(buf);

        assertThat(Frames.metadata(buf, 0)).isEqualTo(most);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Metadata.of(Map.of("k", "v".repeat(65_535 - 3))))
                .withMessageContaining("65536 bytes");
        assertThatIllegalArgumentException()
                .as("bytes, not characters")
                .isThrownBy(() -> Metadata.of(Map.of("k", "€".repeat(30_000))));
        assertThatIllegalArgumentException().isThrownBy(() -> most.with("l", ""));
    }

    @Test
    void aValueThatIsNotUtf8IsRejectedBecauseItWouldGrowWhenWritten() {
        ByteBuf buf = Unpooled.buffer().writeByte(1).writeByte('k').writeShort(40_000);
        buf.writeBytes(new byte[40_000]).setByte(5, 0xff);

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> Metadata.decode(buf, 0, buf.readableBytes()))
                .withMessage("metadata: a value is not UTF-8");
    }

    @Test
    void keepsTheOrderOfEntries() {
        Map<String, String> entries = new LinkedHashMap<>();
        for (int i = 50; i > 0; i--) {
            entries.put("key-" + i, "" + i);
        }
        Metadata metadata = Metadata.of(entries);

        assertThat(metadata.asMap().keySet()).containsExactlyElementsOf(entries.keySet());
        assertThat(Metadata.decode(Unpooled.wrappedBuffer(metadata.toBytes()), 0, metadata.encodedBytes())
                        .asMap()
                        .keySet())
                .containsExactlyElementsOf(entries.keySet());
    }

    @Test
    void anEntryReplacesOneOfItsKeyAndLeavesTheOriginalAlone() {
        Metadata one = Metadata.EMPTY.with("k", "1");
        Metadata two = one.with("k", "2").with("l", "");

        assertThat(one.asMap()).containsExactly(Map.entry("k", "1"));
        assertThat(two.asMap()).containsExactly(Map.entry("k", "2"), Map.entry("l", ""));
        assertThat(Metadata.EMPTY.encodedBytes()).isZero();
        assertThat(ByteBufUtil.hexDump(two.toBytes())).isEqualTo("016b000132" + "016c0000");
    }

    @Test
    void keepsAMapOfItsOwn() {
        Map<String, String> entries = new LinkedHashMap<>(Map.of("k", "v"));
        Metadata metadata = Metadata.of(entries);
        entries.put("l", "w");

        assertThat(metadata.asMap()).containsOnlyKeys("k");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> metadata.asMap().put("m", "x"));
    }

    @Test
    void showsNoValues() {
        assertThat(Metadata.of(Map.of("identity", "secret"))).hasToString("Metadata[identity]");
    }

    @Test
    void aKeyIsFoundOnlyAsAKey() {
        assertThat(contains(Map.of("a", "identity"))).isFalse();
        assertThat(contains(Map.of("identity-of", "x"))).isFalse();
        assertThat(contains(Map.of("identit", "y"))).isFalse();
        assertThat(contains(Map.of("identity", ""))).isTrue();
    }

    private static boolean contains(Map<String, String> entries) {
        byte[] bytes = Metadata.of(entries).toBytes();
        return Metadata.contains(Unpooled.wrappedBuffer(bytes), 0, bytes.length, KEY);
    }

    @Test
    void findsAValueWithoutDecoding() {
        ByteBuf buf = Unpooled.buffer();
        Metadata.of(Map.of("a", "1")).with("affinity-key", "k7").with("b", "").encode(buf);
        byte[] key = "affinity-key".getBytes(UTF_8);

        int at = Metadata.valueIndex(buf, 0, buf.readableBytes(), key);

        assertThat(buf.toString(at, buf.getUnsignedShort(at - 2), UTF_8)).isEqualTo("k7");
        assertThat(Metadata.valueIndex(buf, 0, buf.readableBytes(), "c".getBytes(UTF_8)))
                .isEqualTo(-1);
        for (int cut = 0; cut < at + 2; cut++) {
            assertThat(Metadata.valueIndex(buf, 0, cut, key)).isEqualTo(-1);
        }
    }
}
