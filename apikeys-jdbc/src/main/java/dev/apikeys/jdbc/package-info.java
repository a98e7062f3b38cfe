/**
 * Stores in a database that the host has already: PostgreSQL, MariaDB, H2 or SQLite.
 *
 * <p>Create the tables once with {@link dev.apikeys.jdbc.JdbcSchema#create(javax.sql.DataSource)}, or run the script
 * {@code dev/apikeys/jdbc/schema/<database>/V1__apikeys.sql} of this jar with the tool of your choice; then make
 * {@link dev.apikeys.jdbc.JdbcApiKeyStore} and {@link dev.apikeys.jdbc.JdbcTempKeyStore} from the same pool.
 */
@NullMarked
package dev.apikeys.jdbc;

import org.jspecify.annotations.NullMarked;
