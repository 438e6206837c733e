package io.fairlead.cli.demo;

import java.util.List;

/// What a demonstration found.
///
/// @param lines per protocol
/// @param total of all
/// @param seconds that traffic ran
/// @param faults in their order
/// @param reconnects of foreign clients whose connection had ended
/// @param books of the durable messages
/// @param examples of what went wrong, a few
public record DemoReport(
        List<Line> lines,
        Line total,
        double seconds,
        List<Fault> faults,
        long reconnects,
        Books books,
        List<String> examples) {
    /// What was done to a process.
    ///
    /// @param what in the words of the shell, such as `kill -9`
    /// @param process its name
    /// @param underWay messages that had no answer yet
    public record Fault(String what, String process, long pid, long underWay) {}

    /// The books of a protocol.
    ///
    /// @param answered messages that got their own right answer, some after a repeat
    /// @param unknown answers that said "may have run"
    /// @param repeated messages that were sent again because of such an answer
    public record Line(
            String protocol,
            long sent,
            long answered,
            long wrong,
            long failed,
            long unknown,
            long repeated,
            long p50Micros,
            long p99Micros) {
        boolean isRight() {
            return sent > 0 && answered == sent && wrong == 0 && failed == 0;
        }
    }

    /// Whether every message of every protocol got its own right answer, and none that was acknowledged is
    /// lost.
    public boolean isRight() {
        return areAnswersRight() && books.isRight();
    }

    /// Whether every message of every protocol got its own right answer.
    public boolean areAnswersRight() {
        return lines.stream().allMatch(Line::isRight);
    }
}
