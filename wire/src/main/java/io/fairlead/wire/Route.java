package io.fairlead.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/// A service's method, `orders/place` on the wire.
///
/// @param service name of the service: printable ASCII without space and `/`
/// @param method name of the method, likewise
public record Route(String service, String method) {
    /// The longest route, in bytes.
    public static final int MAX_BYTES = 255;

    /// @throws IllegalArgumentException if a name is empty, too long, or has characters that routes do not have
    public Route {
        if (!validName(service) || !validName(method) || service.length() + 1 + method.length() > MAX_BYTES) {
            throw new IllegalArgumentException("route: '" + service + "/" + method
                    + "' (expected: service/method, printable ASCII without spaces, at most " + MAX_BYTES + " bytes)");
        }
    }

    /// The route that a text names, such as `orders/place`.
    ///
    /// @throws IllegalArgumentException if it does not have the form `service/method`
    public static Route parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("route: '" + text + "' (expected: service/method)");
        }
        return new Route(text.substring(0, slash), text.substring(slash + 1));
    }

    /// The bytes on the wire.
    public byte[] toBytes() {
        return toString().getBytes(US_ASCII);
    }

    /// Bytes on the wire.
    public int encodedBytes() {
        return service.length() + 1 + method.length();
    }

    /// Writes the bytes on the wire.
    public void encode(ByteBuf out) {
        ByteBufUtil.writeAscii(out, service);
        out.writeByte('/');
        ByteBufUtil.writeAscii(out, method);
    }

    private static boolean validName(@Nullable String name) {
        if (name == null || name.isEmpty()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '/') {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return service + "/" + method;
    }
}
