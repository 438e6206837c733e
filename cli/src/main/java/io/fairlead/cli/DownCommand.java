package io.fairlead.cli;

import io.fairlead.cli.suite.ProcessId;
import io.fairlead.cli.suite.Suite;
import io.fairlead.cli.suite.SuiteState;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `./fairlead down`.
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description =
                "Ends what `fairlead up` started: gateways drain first, then workers, then registries; what has not "
                        + "ended after 10 s is killed.")
final class DownCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws Exception {
        Path home = Output.home();
        int ended;
        Suite suite = Suite.local(home);
        try (AutoCloseable _ = suite.lock()) {
            ended = suite.stop(what -> output.progress("  " + what));
        }
        ended += endOrphansOfDemo(home);
        if (output.isJson()) {
            output.json(java.util.Map.of("ended", ended));
        } else if (ended == 0) {
            output.line("nothing was running");
        }
        return 0;
    }

    /// What a demonstration left that was killed before it could clean up.
    private int endOrphansOfDemo(Path home) {
        Suite demo = Suite.demo(home);
        SuiteState state = demo.state();
        ProcessId owner = state.owner();
        int running = state.running().size();
        if (running == 0 || (owner != null && owner.find().isPresent())) {
            return 0;
        }
        demo.kill();
        output.progress("  " + running + " processes of a demo that was killed have ended");
        return running;
    }
}
