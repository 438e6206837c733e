package io.fairlead.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppsTests {
    @TempDir
    Path home;

    private Path file(String name) throws Exception {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }

    @Test
    void removesWhatFormerBuildsLeftUnlessASuiteStillRunsFromIt() throws Exception {
        file("registry-service/target/fairlead-registry-1-app.jar");
        Path unused = file(".fairlead/apps/registry-1-1/fairlead-registry-1-app.jar");
        Path used = file(".fairlead/apps/registry-2-2/fairlead-registry-1-app.jar");
        Process suite = new ProcessBuilder("/bin/sh", "-c", "read line", "-jar", used.toString()).start();
        try {
            new Apps(home).removeOld(Service.REGISTRY);

            assertThat(unused.getParent()).doesNotExist();
            assertThat(used).exists();
        } finally {
            suite.getOutputStream().close();
            assertThat(suite.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }

        new Apps(home).removeOld(Service.REGISTRY);
        assertThat(used.getParent()).doesNotExist();
    }
}
