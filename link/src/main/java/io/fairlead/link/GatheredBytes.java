package io.fairlead.link;

import io.fairlead.integration.netty.NettyTcpConnection;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/// The bytes of one pass as a message for the sending adapter. The headers are made once for each connection.
record GatheredBytes(NettyTcpConnection connection, ByteBuf bytes, Headers headers) implements Message<ByteBuf> {
    @Override
    public ByteBuf getPayload() {
        return bytes;
    }

    @Override
    public MessageHeaders getHeaders() {
        return headers;
    }

    /// Names the connection, without the random id and the time stamp that each ordinary message gets.
    static final class Headers extends MessageHeaders {
        Headers(String connectionId) {
            super(Map.of(IpHeaders.CONNECTION_ID, connectionId), ID_VALUE_NONE, -1L);
        }
    }
}
