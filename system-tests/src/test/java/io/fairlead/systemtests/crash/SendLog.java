package io.fairlead.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// What one producer writes down, in a file of its own. Buffered, for the bench's own process is not among
/// those that are killed. Thread-safe.
///
/// | line | fields |
/// | --- | --- |
/// | `send` | number, key, gateway (0 = any, where the client chooses), ms |
/// | `ack` | number, ms, what was answered |
/// | `no` | number, ms, why: refused, or its outcome is not known; it is sent again |
/// | `wrong` | number, ms, an answer that belongs to something else |
final class SendLog implements AutoCloseable {
    static final String SUFFIX = ".history";

    private final Writer file;
    private final long startNanos = System.nanoTime();

    /// @param producer its name, which the file has, too
    SendLog(Path folder, String producer) {
        try {
            Files.createDirectories(folder);
            file = Files.newBufferedWriter(folder.resolve(producer + SUFFIX), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// To be called before anything of it leaves.
    void sent(Sent sent, int gateway) {
        write("send\t" + sent.number() + '\t' + sent.key() + '\t' + gateway + '\t' + millis());
    }

    void acknowledged(Sent sent, String answer) {
        write("ack\t" + sent.number() + '\t' + millis() + '\t' + clean(answer));
    }

    void notAcknowledged(Sent sent, String why) {
        write("no\t" + sent.number() + '\t' + millis() + '\t' + clean(why));
    }

    void wronglyAnswered(Sent sent, String answer) {
        write("wrong\t" + sent.number() + '\t' + millis() + '\t' + clean(answer));
    }

    private static String clean(String text) {
        return text.replaceAll("[\t\r\n]", " ");
    }

    private long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    private synchronized void write(String line) {
        try {
            file.write(line);
            file.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
