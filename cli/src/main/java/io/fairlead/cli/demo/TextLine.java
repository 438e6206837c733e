package io.fairlead.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A line, answered in capitals.
final class TextLine implements Exchange {
    private final String line;

    TextLine(long number, int connection) {
        this.line = "line " + number + " of connection " + connection + ", to be shouted";
    }

    @Override
    public byte[] request() {
        return line.getBytes(UTF_8);
    }

    @Override
    public Outcome judge(byte[] reply) {
        String answer = new String(reply, UTF_8);
        if (answer.equals(line.toUpperCase(Locale.ROOT))) {
            return Outcome.RIGHT;
        }
        // The gateway's refusal, in its order among the replies.
        return answer.startsWith("ERR ") ? Outcome.FAILED : Outcome.WRONG;
    }

    @Override
    public byte @Nullable [] repeat() {
        return null;
    }

    @Override
    public byte[] afterReconnect() {
        return request();
    }
}
