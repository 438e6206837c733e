package io.fairlead.integration.netty;

import java.util.HashMap;
import java.util.Map;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.integration.ip.tcp.connection.SocketInfo;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/// The one message of a connection whose payload is its current [ReadBatch]; made once per connection.
final class BatchMessage implements Message<ReadBatch> {

    private final ReadBatch batch;
    private final MessageHeaders headers;

    BatchMessage(NettyTcpConnection connection, ReadBatch batch) {
        this.batch = batch;
        Map<String, Object> values = HashMap.newHashMap(8);
        values.put(IpHeaders.CONNECTION_ID, connection.getConnectionId());
        values.put(IpHeaders.HOSTNAME, connection.getHostName());
        values.put(IpHeaders.IP_ADDRESS, connection.getHostAddress());
        values.put(IpHeaders.REMOTE_PORT, connection.getPort());
        SocketInfo socketInfo = connection.getSocketInfo();
        if (socketInfo != null) {
            values.put(IpHeaders.LOCAL_ADDRESS, socketInfo.getLocalAddress());
        }
        values.put(NettyTcpConnection.CONNECTION_HEADER, connection);
        this.headers = new ConnectionHeaders(values);
    }

    @Override
    public ReadBatch getPayload() {
        return batch;
    }

    @Override
    public MessageHeaders getHeaders() {
        return headers;
    }

    @Override
    public String toString() {
        return "BatchMessage[" + batch + ", headers=" + headers + "]";
    }

    /// Without id and timestamp: they would have to be new for each batch.
    private static final class ConnectionHeaders extends MessageHeaders {

        private static final long serialVersionUID = 1L;

        ConnectionHeaders(Map<String, Object> values) {
            super(values, ID_VALUE_NONE, -1L);
        }
    }
}
