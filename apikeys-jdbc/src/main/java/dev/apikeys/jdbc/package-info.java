/**
 * Stores in an existing database of the host: PostgreSQL, MariaDB, H2 or SQLite.
 *
 * <p>Create the tables with {@link dev.apikeys.jdbc.JdbcSchema#create(javax.sql.DataSource)}, or run the scripts of
 * this jar in {@code dev/apikeys/jdbc/schema/<database>} with a migration tool; then create
 * {@link dev.apikeys.jdbc.JdbcApiKeyStore} and {@link dev.apikeys.jdbc.JdbcTempKeyStore} from the same pool.
 *
 * @since 0.1
 */
@NullMarked
package dev.apikeys.jdbc;

import org.jspecify.annotations.NullMarked;
