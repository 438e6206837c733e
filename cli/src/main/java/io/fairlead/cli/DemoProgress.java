package io.fairlead.cli;

import io.fairlead.cli.demo.Demo;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;

/// Shows how far a demonstration is: a bar that is drawn over itself on a terminal, else a line every two seconds.
final class DemoProgress implements Demo.Progress {
    private static final int WIDTH = 30;
    private static final long LINE_EVERY_NANOS = 2_000_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private boolean barShown;
    private long lastLineNanos = System.nanoTime();

    DemoProgress(PrintWriter out) {
        this(out, isTerminal());
    }

    DemoProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @SuppressWarnings("SystemConsoleNull") // from JDK 25 on it does again, without a terminal
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    }

    @Override
    public void says(String what) {
        wipe();
        out.println(what);
        out.flush();
    }

    @Override
    public void traffic(double share, long sent, long answered) {
        String figures = String.format(Locale.ROOT, "%3.0f %%  sent %,d  answered %,d", share * 100, sent, answered);
        if (terminal) {
            int done = (int) (share * WIDTH);
            out.print("\r[" + "#".repeat(done) + " ".repeat(WIDTH - done) + "] " + figures);
            barShown = true;
            if (share >= 1) {
                out.println();
                barShown = false;
            }
        } else if (System.nanoTime() - lastLineNanos >= LINE_EVERY_NANOS) {
            lastLineNanos = System.nanoTime();
            out.println(figures);
        }
        out.flush();
    }

    private void wipe() {
        if (barShown) {
            out.print("\r\033[K");
            barShown = false;
        }
    }
}
