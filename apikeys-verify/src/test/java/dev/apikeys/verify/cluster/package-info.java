/**
 * The library on clusters that lose nodes: three Galera nodes, a PostgreSQL with a standby, pgbouncer. The tests start the
 * servers of the distribution themselves, see {@link dev.apikeys.verify.cluster.NeedsServers}.
 */
package dev.apikeys.verify.cluster;
