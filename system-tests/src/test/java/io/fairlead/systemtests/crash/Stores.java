package io.fairlead.systemtests.crash;

import io.fairlead.test.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where journals and the inbox of a fleet are kept.
final class Stores implements AutoCloseable {
    private final Engine store;
    private final Engine inbox;
    private final Path data;
    private final Map<String, Volume> volumes = new LinkedHashMap<>();
    private final @Nullable PostgresServer postgres;

    /// @param data for files
    /// @param disks gateways whose embedded journal has a small disk of its own
    /// @param megabytes of such a disk
    Stores(Engine store, Engine inbox, Path data, List<String> disks, int megabytes) {
        this.store = store;
        this.inbox = inbox;
        this.data = data;
        try {
            Files.createDirectories(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (store == Engine.SQLITE) {
            for (String gateway : disks) {
                volumes.put(gateway, Volume.create(data.resolve(gateway + ".img"), data.resolve(gateway), megabytes));
            }
        }
        this.postgres = store == Engine.POSTGRES || inbox == Engine.POSTGRES
                ? PostgresServer.start("max_connections=200", "shared_buffers=128MB", "max_wal_size=4GB")
                : null;
    }

    boolean isShared() {
        return store == Engine.POSTGRES;
    }

    /// Gateways whose journal has a small disk of its own.
    Map<String, Volume> volumes() {
        return volumes;
    }

    /// @throws IllegalStateException if nothing is kept there
    PostgresServer postgres() {
        PostgresServer server = postgres;
        if (server == null) {
            throw new IllegalStateException("no PostgreSQL in this setting");
        }
        return server;
    }

    /// Settings of a gateway.
    List<String> journal(String gateway) {
        String prefix = "fairlead.gateway.journal.";
        if (store == Engine.SQLITE) {
            Volume volume = volumes.get(gateway);
            Path folder = volume == null ? data.resolve(gateway) : volume.folder();
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return List.of(prefix + "url=jdbc:sqlite:" + folder.resolve("journal.db"));
        }
        return List.of(
                prefix + "url=" + postgres().jdbcUrl(),
                prefix + "username=" + postgres().user());
    }

    /// Settings of a worker.
    List<String> inbox(String worker) {
        if (inbox == Engine.SQLITE) {
            return List.of("fairlead.inbox.file=" + data.resolve("inbox.db"));
        }
        return List.of(
                "spring.datasource.url=" + postgres().jdbcUrl(),
                "spring.datasource.username=" + postgres().user());
    }

    EffectTable effects() {
        return inbox == Engine.SQLITE
                ? new EffectTable("jdbc:sqlite:" + data.resolve("inbox.db"), "")
                : new EffectTable(postgres().jdbcUrl(), postgres().user());
    }

    @Override
    public void close() {
        volumes.values().forEach(Volume::close);
        if (postgres != null) {
            postgres.close();
        }
    }
}
