package io.fairlead.cli.demo;

import java.util.List;

/// What a demonstration found.
///
/// @param lines per protocol
/// @param total of all
/// @param seconds that traffic ran
/// @param killed the process that was killed
/// @param killedPid its pid
/// @param underWay messages that had no answer yet when it was killed
/// @param examples of what went wrong, a few
public record DemoReport(
        List<Line> lines,
        Line total,
        double seconds,
        String killed,
        long killedPid,
        long underWay,
        List<String> examples) {
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

    /// Whether every message of every protocol got its own right answer.
    public boolean isRight() {
        return lines.stream().allMatch(Line::isRight);
    }
}
