package io.fairlead.link;

import io.fairlead.wire.FrameType;
import io.fairlead.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;

/// A peer written with nothing but a socket.
record Peer(Socket socket, DataInputStream in) implements AutoCloseable {
    static Peer to(LinkServer server) throws IOException {
        return of(new Socket("127.0.0.1", server.port()));
    }

    static Peer of(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        return new Peer(socket, new DataInputStream(socket.getInputStream()));
    }

    Peer send(ByteBuf bytes) throws IOException {
        socket.getOutputStream().write(ByteBufUtil.getBytes(bytes));
        return this;
    }

    /// The next frame that is no heartbeat.
    ByteBuf frame() throws IOException {
        while (true) {
            int length = in.readInt();
            ByteBuf frame = Unpooled.buffer().writeInt(length).writeBytes(in.readNBytes(length));
            if (Frames.type(frame, 0) != FrameType.PING) {
                return frame;
            }
        }
    }

    boolean isEnded() throws IOException {
        try {
            frame();
            return false;
        } catch (EOFException e) {
            return true;
        }
    }

    /// All that comes until the other side closes.
    byte[] rest() throws IOException {
        ByteBuf all = Unpooled.buffer();
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                all.writeByte(next);
            }
        } catch (SocketException e) {
            // Closed with bytes of ours unread, which is a reset.
        }
        return ByteBufUtil.getBytes(all);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
