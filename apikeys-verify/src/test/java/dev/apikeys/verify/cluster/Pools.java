package dev.apikeys.verify.cluster;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** Pools with the settings that docs/storage-jdbc.md advises. */
final class Pools {

    private Pools() {}

    static HikariDataSource open(String url) {
        return open(url, 12);
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
