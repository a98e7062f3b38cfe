package dev.apikeys.spring;

import java.util.Locale;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Runs the library's scripts by Flyway. Their history is apart, since the service has a V1 of its own, and begins before
 * version 1, since its schema is not empty.
 */
final class Migrations {
    private static final String SCRIPTS = "classpath:dev/apikeys/jdbc/schema/";
    private static final String HISTORY = "apikeys_flyway_history";

    private Migrations() {}

    /** @param product the name of the database, as its driver says it */
    static void run(DataSource database, String product) {
        try {
            Flyway.configure()
                    .dataSource(database)
                    .locations(SCRIPTS + product.toLowerCase(Locale.ROOT))
                    .failOnMissingLocations(true) // before anything is written into a database that is not supported
                    .table(HISTORY)
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new StartException(
                    "Flyway could not create the tables apikeys_* of the API keys.",
                    "Start with --debug to see why, or write apikeys.jdbc.initialize-schema=always, which needs no Flyway.",
                    e);
        }
    }
}
