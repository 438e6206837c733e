package io.fairlead.benchmarks.worker;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// The same transaction twice, with and without the inbox: one row inserted, and the payload as the answer.
@FairleadService("ledger")
@ConditionalOnProperty("spring.datasource.url")
class Ledger {
    private final JdbcClient database;

    Ledger(JdbcClient database) {
        this.database = database;
        database.sql("CREATE TABLE IF NOT EXISTS ledger"
                        + " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry bytea NOT NULL)")
                .update();
    }

    @Call
    @Transactional
    byte[] plain(byte[] entry) {
        return insert(entry);
    }

    @Call(once = true)
    byte[] once(byte[] entry) {
        return insert(entry);
    }

    private byte[] insert(byte[] entry) {
        database.sql("INSERT INTO ledger (entry) VALUES (?)").param(entry).update();
        return entry;
    }
}
