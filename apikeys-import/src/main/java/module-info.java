/** Imports API keys from the tables of other programs. */
module dev.apikeys.importer {
    requires transitive dev.apikeys.core;
    requires transitive java.sql;
    requires dev.apikeys.jdbc;

    exports dev.apikeys.importer;
}
