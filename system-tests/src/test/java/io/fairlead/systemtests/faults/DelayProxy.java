package io.fairlead.systemtests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Passes TCP connections on to another host, later than they came: a long and uneven way, where the kernel
/// has no `netem`.
///
/// Order is kept: what came later never leaves earlier. It obeys its standard input, `delay MILLIS JITTER`:
/// bytes that come from now on wait MILLIS and up to JITTER more; and ends with it. Two virtual threads for
/// each direction of a connection; at most [#MAX_CHUNKS] chunks wait between them, then the sender is not
/// read.
final class DelayProxy {
    private static final int MAX_CHUNKS = 1_024;
    private static final int CHUNK_BYTES = 16_384;
    private static final byte[] END = new byte[0];

    private static volatile long delayNanos;
    private static volatile long jitterNanos;

    private record Chunk(long dueNanos, byte[] bytes) {}

    private DelayProxy() {}

    /// @param args address to listen at, host to pass on to, port of both
    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[2]);
        ServerSocket server = new ServerSocket(port, 128, InetAddress.getByName(args[0]));
        Thread.ofVirtual().start(() -> accept(server, args[1], port));
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String[] words = order.split(" ");
            delayNanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[1]));
            jitterNanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[2]));
        }
    }

    private static void accept(ServerSocket server, String host, int port) {
        while (true) {
            try {
                Socket near = server.accept();
                Thread.ofVirtual().start(() -> connect(near, host, port));
            } catch (IOException e) {
                throw new IllegalStateException("the proxy cannot accept", e);
            }
        }
    }

    private static void connect(Socket near, String host, int port) {
        try {
            Socket far = new Socket(host, port);
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            pass(near, far);
            pass(far, near);
        } catch (IOException e) {
            close(near);
        }
    }

    private static void pass(Socket from, Socket to) {
        BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(MAX_CHUNKS);
        Thread.ofVirtual().start(() -> read(from, chunks));
        Thread.ofVirtual().start(() -> write(to, from, chunks));
    }

    private static void read(Socket from, BlockingQueue<Chunk> chunks) {
        byte[] buffer = new byte[CHUNK_BYTES];
        long due = System.nanoTime();
        try {
            while (true) {
                byte[] bytes;
                try {
                    int read = from.getInputStream().read(buffer);
                    bytes = read < 0 ? END : Arrays.copyOf(buffer, read);
                } catch (IOException e) {
                    bytes = END;
                }
                long wait = delayNanos + ThreadLocalRandom.current().nextLong(jitterNanos + 1);
                due = Math.max(due, System.nanoTime() + wait);
                chunks.put(new Chunk(due, bytes));
                if (bytes.length == 0) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(Socket to, Socket from, BlockingQueue<Chunk> chunks) {
        try {
            for (Chunk chunk = chunks.take(); chunk.bytes().length > 0; chunk = chunks.take()) {
                for (long left = chunk.dueNanos() - System.nanoTime();
                        left > 0;
                        left = chunk.dueNanos() - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                to.getOutputStream().write(chunk.bytes());
            }
        } catch (IOException e) {
            // The end of one side is told to the other below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Half-closed links do not occur between our processes: the end of one direction ends both.
        close(to);
        close(from);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket cannot be closed", e);
        }
    }
}
