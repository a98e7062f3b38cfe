package dev.apikeys.verify.cluster;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** Pools with the settings that docs/storage-jdbc.md advises. */
final class Pools {

    private Pools() {}

    static HikariDataSource open(String url) {
        return open(url, 12);
    }

    /**
     * One whose callers wait until it is their turn: a pool opens its connections one after the other, which takes longer
     * than a second for many callers at once on a busy machine.
     */
    static HikariDataSource patient(String url) {
        HikariDataSource pool = open(url);
        pool.setConnectionTimeout(60_000);
        return pool;
    }

    static HikariDataSource open(String url, int connections) {
        HikariConfig configuration = new HikariConfig();
        configuration.setJdbcUrl(url);
        configuration.setMaximumPoolSize(connections);
        configuration.setMinimumIdle(1);
        configuration.setConnectionTimeout(1_000);
        configuration.setValidationTimeout(1_000);
        return new HikariDataSource(configuration);
    }
}
