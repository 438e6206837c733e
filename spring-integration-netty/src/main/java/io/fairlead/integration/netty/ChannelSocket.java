package io.fairlead.integration.netty;

import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import org.jspecify.annotations.Nullable;

/// A channel seen as the `java.net.Socket` that Spring Integration's connections are built from: addresses, options
/// and state, no streams. A read time-out that is set here is kept for the connection's idle check.
final class ChannelSocket extends Socket {

    private final SocketChannel channel;
    private final @Nullable InetSocketAddress remote;
    private final @Nullable InetSocketAddress local;
    private volatile int soTimeoutMillis;

    /// @param remote the peer, or whose connection it passes on
    ChannelSocket(SocketChannel channel, @Nullable InetSocketAddress remote) throws SocketException {
        super(noImplementation());
        this.channel = channel;
        this.remote = remote;
        this.local = channel.localAddress();
    }

    /// There is no socket of the JDK's behind this one.
    @SuppressWarnings("NullAway") // Socket's constructor takes null: JDK's annotations are missing
    private static SocketImpl noImplementation() {
        return null;
    }

    SocketChannel nettyChannel() {
        return channel;
    }

    private SocketChannelConfig config() {
        return channel.config();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        return remote == null ? null : remote.getAddress();
    }

    @Override
    public @Nullable InetAddress getLocalAddress() {
        return local == null ? null : local.getAddress();
    }

    @Override
    public int getPort() {
        return remote == null ? 0 : remote.getPort();
    }

    @Override
    public int getLocalPort() {
        return local == null ? -1 : local.getPort();
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        return remote;
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return local;
    }

    @Override
    public java.nio.channels.@Nullable SocketChannel getChannel() {
        return null;
    }

    @Override
    public void connect(SocketAddress endpoint) throws SocketException {
        throw new SocketException("already connected");
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws SocketException {
        throw new SocketException("already connected");
    }

    @Override
    public void bind(@Nullable SocketAddress bindpoint) throws SocketException {
        throw new SocketException("already bound");
    }

    @Override
    public InputStream getInputStream() {
        throw new UnsupportedOperationException(
                "A Netty channel has no stream: received bytes come to the TcpListener");
    }

    @Override
    public OutputStream getOutputStream() {
        throw new UnsupportedOperationException("A Netty channel has no stream: send with NettyTcpConnection.send");
    }

    @Override
    public void setTcpNoDelay(boolean on) {
        config().setTcpNoDelay(on);
    }

    @Override
    public boolean getTcpNoDelay() {
        return config().isTcpNoDelay();
    }

    @Override
    public void setSoLinger(boolean on, int seconds) {
        config().setSoLinger(on ? seconds : -1);
    }

    @Override
    public int getSoLinger() {
        return config().getSoLinger();
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        if (on) {
            throw new SocketException("urgent data is not supported on a Netty channel");
        }
    }

    @Override
    public boolean getOOBInline() {
        return false;
    }

    @Override
    public void setSoTimeout(int timeout) {
        this.soTimeoutMillis = timeout;
    }

    @Override
    public int getSoTimeout() {
        return soTimeoutMillis;
    }

    @Override
    public void setSendBufferSize(int size) {
        config().setSendBufferSize(size);
    }

    @Override
    public int getSendBufferSize() {
        return config().getSendBufferSize();
    }

    @Override
    public void setReceiveBufferSize(int size) {
        config().setReceiveBufferSize(size);
    }

    @Override
    public int getReceiveBufferSize() {
        return config().getReceiveBufferSize();
    }

    @Override
    public void setKeepAlive(boolean on) {
        config().setKeepAlive(on);
    }

    @Override
    public boolean getKeepAlive() {
        return config().isKeepAlive();
    }

    @Override
    public void setTrafficClass(int tc) {
        config().setTrafficClass(tc);
    }

    @Override
    public int getTrafficClass() {
        return config().getTrafficClass();
    }

    @Override
    public void setReuseAddress(boolean on) {
        config().setReuseAddress(on);
    }

    @Override
    public boolean getReuseAddress() {
        return config().isReuseAddress();
    }

    @Override
    public void close() {
        channel.close();
    }

    @Override
    public void shutdownInput() {
        channel.shutdownInput();
    }

    @Override
    public void shutdownOutput() {
        channel.shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isBound() {
        return true;
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public boolean isInputShutdown() {
        return channel.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return channel.isOutputShutdown();
    }

    @Override
    public String toString() {
        return "ChannelSocket[" + channel + "]";
    }
}
