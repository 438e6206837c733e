package io.fairlead.gateway.listener;

import io.fairlead.gateway.dialect.Iso8583Settings;
import io.fairlead.gateway.key.KeyProperties;
import io.fairlead.wire.Priority;
import io.fairlead.wire.Route;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.unit.DataSize;

/// The settings of one listener, `fairlead.gateway.listeners.<name>.*`.
///
/// An empty message (a blank line, a length of 0) is a keep-alive in most protocols: it is dropped and has no
/// reply.
///
/// @param enabled whether it is opened at all: false removes a listener that another file defines
/// @param port to listen at, 0 to 65535; 0 = any free one
/// @param framing how bytes are cut into messages: native, lf, crlf, length1, length2, length4, stx-etx,
///     mllp, octet-counted, terminator, or the name of a Framing bean
/// @param call service/method that each message is a call of; every framing but native, where clients choose,
///     needs this or send
/// @param send service/method that each message is kept for: it is acknowledged in the client's language when
///     it is on disk, and delivered afterwards. Needs a dialect that can acknowledge
/// @param dialect how a message is refused in the client's own language: hl7, iso8583, text, or none (the
///     connection is
///     closed)
/// @param replies in-order: replies leave in the order of their requests; correlated: they leave as they
///     come, because
/// the
///     client pairs them by a key that the dialect or keys.correlation knows
/// @param window most calls of one connection at a time, 1 to 65536; more are read when one has ended. Larger
///     uses more
///     workers in parallel, 1 keeps the effects of one connection in order. Default 16, for native 1024
/// @param timeout of a call whose client names none; also the most that a client may ask for
/// @param priority of this listener's calls when there is not room for all: low (refused first), normal or
///     high; not for native
/// @param maxPriority for native: the highest priority that a client may ask for
/// @param maxMessageSize longest message, without its framing; a longer one closes its connection
/// @param maxConnections most connections at a time; beyond it no more are accepted until one ends
/// @param firstByteTimeout how long a new connection may take to send its first byte
/// @param midMessageTimeout how long a message may take from its first byte to its last
/// @param idleTimeout how long a connection may be silent between messages
/// @param slowReaderTimeout how long a client may leave replies unread before it loses its connection
/// @param lengthIncludesHeader for length1, length2, length4: whether the length counts its own bytes
/// @param terminator for the framing terminator: the bytes that end a message, as text with the escapes \r \n
///     \t \0
/// \xHH
/// @param textTemplate for the dialect text: the reply to a message that failed, with {code}, {reason} and
///     {service}
/// @param ackTemplate for the dialect text: the reply to a durable message that was kept, with {id}
/// @param keys that are read from messages; not for native, where clients send them
/// @param iso8583 for the dialect iso8583: how messages are laid out, and which fields pair a reply with its
///     request
/// @param sslBundle name of the SSL bundle (spring.ssl.bundle.*) for TLS; none = plain
/// @param proxyProtocol whether connections begin with a PROXY protocol header (v1 or v2), by which a
///     balancer says
/// whose
///     they are: none; required (connections without one are closed); optional (for the time of a change)
/// @param proxyProtocolFrom addresses and subnets of the balancers. Only their headers are believed, since
///     whoever may send one may claim to be anybody; the default is this machine alone
public record ListenerProperties(
        @DefaultValue("true") boolean enabled,
        int port,
        String framing,
        @Nullable String call,
        @Nullable String send,
        @DefaultValue("none") String dialect,
        @DefaultValue("in-order") ReplyOrder replies,
        @Nullable Integer window,
        @DefaultValue("30s") Duration timeout,
        @DefaultValue("normal") Priority priority,
        @DefaultValue("normal") Priority maxPriority,
        @DefaultValue("1MB") DataSize maxMessageSize,
        @DefaultValue("10000") int maxConnections,
        @DefaultValue("1m") Duration firstByteTimeout,
        @DefaultValue("10s") Duration midMessageTimeout,
        @DefaultValue("15m") Duration idleTimeout,
        @DefaultValue("10s") Duration slowReaderTimeout,
        @DefaultValue("false") boolean lengthIncludesHeader,
        @Nullable String terminator,
        @DefaultValue("ERR {code} {reason}") String textTemplate,
        @DefaultValue("OK {id}") String ackTemplate,
        @DefaultValue KeyProperties keys,
        @DefaultValue Iso8583Settings iso8583,
        @Name("ssl.bundle") @Nullable String sslBundle,
        @DefaultValue("none") ProxyMode proxyProtocol,
        @DefaultValue({"127.0.0.0/8", "::1/128"}) List<String> proxyProtocolFrom) {
    private static final String NATIVE = "native";
    private static final int MAX_WINDOW = 65_536;

    /// What is expected of a connection's first bytes.
    public enum ProxyMode {
        /// They are the client's.
        NONE,
        /// They are a PROXY protocol header, if they look like one and the peer is trusted.
        OPTIONAL,
        /// They are a PROXY protocol header of a trusted peer, or the connection ends.
        REQUIRED
    }

    /// In which order the replies of one connection leave.
    public enum ReplyOrder {
        /// In the order of their requests.
        IN_ORDER,
        /// As they come.
        CORRELATED
    }

    /// @throws IllegalArgumentException if a value is out of its bounds
    public ListenerProperties {
        proxyProtocolFrom = List.copyOf(proxyProtocolFrom);
        require(port >= 0 && port <= 65_535, "port", port, "0 to 65535");
        require(framing != null && !framing.isBlank(), "framing", String.valueOf(framing), "a name such as lf or mllp");
        require(
                window == null || (window >= 1 && window <= MAX_WINDOW),
                "window",
                String.valueOf(window),
                "1 to " + MAX_WINDOW);
        require(timeout.toMillis() >= 1 && timeout.toDays() <= 1, "timeout", timeout, "1 ms to 1 day");
        require(
                maxMessageSize.toBytes() >= 1 && maxMessageSize.toBytes() <= 1 << 29,
                "max-message-size",
                maxMessageSize,
                "1B to 512MB");
        require(maxConnections >= 1, "max-connections", maxConnections, "at least 1");
        require(firstByteTimeout.isPositive(), "first-byte-timeout", firstByteTimeout, "above 0");
        require(midMessageTimeout.isPositive(), "mid-message-timeout", midMessageTimeout, "above 0");
        require(idleTimeout.isPositive(), "idle-timeout", idleTimeout, "above 0");
        require(slowReaderTimeout.isPositive(), "slow-reader-timeout", slowReaderTimeout, "above 0");
        boolean isNative = NATIVE.equals(framing);
        require(
                isNative ? call == null && send == null : (call == null) != (send == null),
                "call and send",
                call + " and " + send,
                isNative
                        ? "none, since native clients name the method themselves"
                        : "one of them: service/method that the messages of this listener go to");
        require(!isNative || "none".equals(dialect), "dialect", dialect, "none with the framing native");
        require(
                !isNative || keys.isEmpty(),
                "keys",
                keys,
                "none with the framing native, whose clients send idempotency-key and ordering-key as metadata");
    }

    boolean isNative() {
        return NATIVE.equals(framing);
    }

    /// Where the messages go, by call or send; not for native.
    Route route() {
        return Route.parse(send == null ? String.valueOf(call) : send);
    }

    /// Whether messages are kept instead of called.
    boolean isSend() {
        return send != null;
    }

    int windowOrDefault() {
        return window != null ? window : isNative() ? 1024 : 16;
    }

    private static void require(boolean ok, String setting, Object value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
        }
    }
}
