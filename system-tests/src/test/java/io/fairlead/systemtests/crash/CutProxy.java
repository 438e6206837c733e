package io.fairlead.systemtests.crash;

import io.fairlead.systemtests.nodes.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A wire that can be cut: passes TCP connections on from one address to another, where the system permits no
/// packet filter. While it is cut, nothing passes and nobody is told; what was under way arrives when it is
/// mended, as TCP has it.
///
/// Two virtual threads for each connection and one for each port.
final class CutProxy implements AutoCloseable {
    private static final int CHUNK_BYTES = 65_536;

    private final Host far;
    private final List<ServerSocket> servers = new ArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition mended = lock.newCondition();
    private boolean cut; // guarded by lock

    /// @param near address to listen at
    /// @param far address to pass on to, the same ports
    CutProxy(Host near, Host far, int... ports) {
        this.far = far;
        try {
            for (int port : ports) {
                ServerSocket server = new ServerSocket(port, 1_024, InetAddress.getByName(near.address()));
                servers.add(server);
                Thread.ofVirtual().name("wire to " + far.name()).start(() -> accept(server));
            }
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        }
    }

    void cut() {
        lock.lock();
        try {
            cut = true;
        } finally {
            lock.unlock();
        }
    }

    void mend() {
        lock.lock();
        try {
            cut = false;
            mended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends all connections.
    void reset() {
        open.forEach(CutProxy::end);
    }

    private void awaitMended() {
        lock.lock();
        try {
            while (cut) {
                mended.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void accept(ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                Thread.ofVirtual().name("wire to " + far.name()).start(() -> connect(near, server.getLocalPort()));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void connect(Socket near, int port) {
        awaitMended();
        try {
            Socket socket = new Socket(far.address(), port);
            near.setTcpNoDelay(true);
            socket.setTcpNoDelay(true);
            open.add(near);
            Thread.ofVirtual().name("wire from " + far.name()).start(() -> pass(socket, near));
            pass(near, socket);
        } catch (IOException e) {
            // The far side does not listen: the near one is told so by the end of its connection.
            end(near);
        } finally {
            open.remove(near);
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] buffer = new byte[CHUNK_BYTES];
        try {
            for (int read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                awaitMended();
                to.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException e) {
            // The end of one side is told to the other below.
        }
        awaitMended();
        end(from);
        end(to);
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            for (ServerSocket server : servers) {
                server.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reset();
        mend();
    }
}
