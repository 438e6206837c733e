package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTests {
    @Test
    void parsesServiceAndMethod() {
        assertThat(Route.parse("orders/place")).isEqualTo(new Route("orders", "place"));
        assertThat(Route.parse("fairlead.registry/watch").toBytes())
                .asString(US_ASCII)
                .isEqualTo("fairlead.registry/watch");
    }

    @Test
    void encodesWhatToBytesGives() {
        Route route = Route.parse("orders/place");
        ByteBuf out = Unpooled.buffer();
        route.encode(out);

        assertThat(out.readableBytes()).isEqualTo(route.encodedBytes());
        assertThat(out).isEqualTo(Unpooled.wrappedBuffer(route.toBytes()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "orders", "orders/", "/place", "a/b/c", "a /b", "a/b\n", "a/b\u007f", "caf\u00e9/x"})
    void refusesOtherForms(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Route.parse(text))
                .withMessageContaining("route: '" + text);
    }

    @Test
    void isAtMost255BytesLong() {
        assertThat(Route.parse("s/" + "m".repeat(253)).toBytes()).hasSize(255);
        assertThatIllegalArgumentException().isThrownBy(() -> Route.parse("s/" + "m".repeat(254)));
    }

    @Test
    void anEmptyTableFindsNothing() {
        RouteTable<String> table = RouteTable.of(Map.of());

        assertThat(find(table, "a/b")).isNull();
        assertThat(table.find(Unpooled.EMPTY_BUFFER, 0, 0)).isNull();
    }

    @Test
    void tellsRoutesOfTheSameHashApart() {
        // "Aa" and "BB" have the same hash with factor 31.
        RouteTable<Integer> table =
                RouteTable.of(Map.of(Route.parse("Aa/Aa"), 1, Route.parse("BB/BB"), 2, Route.parse("Aa/BB"), 3));

        assertThat(find(table, "Aa/Aa")).isEqualTo(1);
        assertThat(find(table, "BB/BB")).isEqualTo(2);
        assertThat(find(table, "Aa/BB")).isEqualTo(3);
        assertThat(find(table, "BB/Aa")).isNull();
    }

    @Property(tries = 300)
    void findsWhatAMapFinds(
            @ForAll @Size(max = 60) Map<@CharRange(from = 'a', to = 'd') @StringLength(min = 1, max = 4) String, Integer> known,
            @ForAll @CharRange(from = 'a', to = 'd') @StringLength(min = 1, max = 4) String probe) {
        Map<Route, Integer> routes = new HashMap<>();
        known.forEach((name, value) -> routes.put(new Route(name, "m"), value));
        RouteTable<Integer> table = RouteTable.of(routes);

        routes.forEach(
                (route, value) -> assertThat(find(table, route.toString())).isEqualTo(value));
        assertThat(find(table, probe + "/m")).isEqualTo(routes.get(new Route(probe, "m")));
        assertThat(find(table, probe + "/mm")).isNull();
    }

    @Property
    void randomBytesFindNothing(@ForAll @Size(max = 300) byte[] bytes) {
        RouteTable<String> table = RouteTable.of(Map.of(Route.parse("orders/place"), "x"));

        assertThat(table.find(Unpooled.wrappedBuffer(bytes), 0, bytes.length)).isNull();
    }

    @Test
    void aTableReadsNothingBeyondTheRoute() {
        RouteTable<String> table = RouteTable.of(Map.of(Route.parse("a/b"), "x"));

        assertThat(find(table, "a/b")).isEqualTo("x");
        assertThat(find(table, "a/bc")).isNull();
        assertThat(find(table, "a/")).isNull();
    }

    private static <T> @Nullable T find(RouteTable<T> table, String route) {
        byte[] bytes = route.getBytes(US_ASCII);
        ByteBuf buf = Unpooled.buffer().writeZero(5).writeBytes(bytes).writeBytes(bytes);
        return table.find(buf, 5, bytes.length);
    }
}
