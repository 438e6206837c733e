package io.fairlead.starter.inbox;

import java.sql.Connection;
import java.sql.SQLException;

/// A kind of database that can keep keys.
enum Engine {
    POSTGRESQL("postgresql"),
    SQLITE("sqlite"),
    HSQLDB("hsqldb"),
    H2("h2"),
    /// Any other with standard SQL; the application makes the tables.
    OTHER("");

    private final String script;

    Engine(String script) {
        this.script = script;
    }

    static Engine of(Connection connection) throws SQLException {
        return switch (connection.getMetaData().getDatabaseProductName()) {
            case "PostgreSQL" -> POSTGRESQL;
            case "SQLite" -> SQLITE;
            case "HSQL Database Engine" -> HSQLDB;
            case "H2" -> H2;
            default -> OTHER;
        };
    }

    /// Class path of the script that makes the tables; empty = there is none.
    String script() {
        return script.isEmpty() ? "" : "io/fairlead/inbox/schema-" + script + ".sql";
    }

    /// Whether it is a file of one machine, which instances elsewhere do not see.
    boolean embedded() {
        return this == SQLITE || this == HSQLDB || this == H2;
    }
}
