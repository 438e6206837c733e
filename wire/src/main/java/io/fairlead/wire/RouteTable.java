package io.fairlead.wire;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds what a route stands for by its bytes in a frame, without making a string.
///
/// An immutable open-addressing table, at most half full: a look-up hashes the bytes once and compares about one entry.
/// Thread-safe; a new fleet makes a new table.
///
/// @param <T> what is found
public final class RouteTable<T> {
    private final byte[][] routes;
    private final Object[] values;
    private final int mask;

    private RouteTable(int capacity) {
        routes = new byte[capacity][];
        values = new Object[capacity];
        mask = capacity - 1;
    }

    /// A table of these entries.
    public static <T> RouteTable<T> of(Map<Route, T> entries) {
        int capacity = Integer.highestOneBit(Math.max(2, entries.size() * 4) - 1) << 1;
        RouteTable<T> table = new RouteTable<>(capacity);
        entries.forEach((route, value) -> table.put(route.toBytes(), value));
        return table;
    }

    private void put(byte[] route, T value) {
        int hash = 0;
        for (byte b : route) {
            hash = 31 * hash + b;
        }
        int slot = spread(hash) & mask;
        while (routes[slot] != null) {
            slot = (slot + 1) & mask;
        }
        routes[slot] = route;
        values[slot] = value;
    }

    /// What the route at these bytes stands for, or null.
    ///
    /// @param index of the route's first byte
    /// @param length of the route in bytes
    public @Nullable T find(ByteBuf buf, int index, int length) {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + buf.getByte(index + i);
        }
        int slot = spread(hash) & mask;
        while (true) {
            byte[] route = routes[slot];
            if (route == null) {
                return null;
            }
            if (route.length == length && matches(buf, index, route)) {
                @SuppressWarnings("unchecked") // put stores nothing but T
                T value = (T) values[slot];
                return value;
            }
            slot = (slot + 1) & mask;
        }
    }

    private static boolean matches(ByteBuf buf, int index, byte[] route) {
        for (int i = 0; i < route.length; i++) {
            if (buf.getByte(index + i) != route[i]) {
                return false;
            }
        }
        return true;
    }

    private static int spread(int hash) {
        return hash ^ hash >>> 16;
    }
}
