package io.fairlead.link;

/// Why a connection ended: one list for logs, metrics and screens, for links and for foreign connections alike.
public enum CloseReason {
    /// The peer closed in an orderly way.
    PEER_CLOSED,
    /// The connection broke: reset, unreachable, TLS failure.
    IO_ERROR,
    /// Nothing was read from the peer for three heartbeat intervals.
    HEARTBEAT_LOST,
    /// The peer broke the wire protocol.
    PROTOCOL_ERROR,
    /// No HELLO came in time.
    HELLO_TIMEOUT,
    /// The peer did not prove that it knows the secret.
    UNAUTHENTICATED,
    /// No common version of the wire protocol.
    VERSION_MISMATCH,
    /// The peer said GOAWAY and everything it took is answered.
    PEER_WENT_AWAY,
    /// The peer did not read for too long while data waited for it.
    SLOW_READER,
    /// A connection could not be opened.
    CONNECT_FAILED,
    /// More connections than the limit.
    TOO_MANY_CONNECTIONS,
    /// A PROXY protocol header did not come in time.
    PROXY_HEADER_TIMEOUT,
    /// A PROXY protocol header is required and something else came, or it breaks that protocol.
    BAD_PROXY_HEADER,
    /// A PROXY protocol header is required, and the peer is not among those that may send one.
    UNTRUSTED_PROXY,
    /// A message longer than the limit.
    MESSAGE_TOO_LONG,
    /// Bytes that the framing does not allow.
    MALFORMED_MESSAGE,
    /// No byte came after the connection was opened.
    FIRST_BYTE_TIMEOUT,
    /// A message was begun and not ended in time.
    MID_MESSAGE_TIMEOUT,
    /// Nothing came for longer than the idle limit.
    IDLE_TIMEOUT,
    /// A call failed, and the dialect has no way to say so.
    CANNOT_REFUSE,
    /// This process ends or no longer needs the connection.
    LOCAL_CLOSE,
    /// An administrator asked for it.
    ADMIN_CLOSE,
    /// A fault of our own, logged with its stack.
    INTERNAL_ERROR
}
