/** Stores for API keys and temp keys in PostgreSQL, MariaDB, H2 and SQLite. */
@SuppressWarnings("module") // The importer is compiled after this.
module dev.apikeys.jdbc {
    requires transitive dev.apikeys.core;
    requires transitive java.sql;

    exports dev.apikeys.jdbc;
    exports dev.apikeys.jdbc.internal to
            dev.apikeys.importer;
}
