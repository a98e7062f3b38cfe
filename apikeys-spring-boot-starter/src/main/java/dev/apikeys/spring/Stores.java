package dev.apikeys.spring;

import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.ClassUtils;

/** The stores that the properties name: in the one database there is, or in memory if that was said. */
final class Stores {
    private static final Logger LOG = LoggerFactory.getLogger(Stores.class);

    private static final String OTHER_WAYS =
            "apikeys.store=memory to keep keys in this process until it ends, or define"
                    + " beans of type ApiKeyStore and TempKeyStore.";

    private static final String STANDARD_PREFIX = "apikeys_";

    private final ApiKeysProperties.Jdbc settings;

    /** Null where keys are kept in memory. */
    private final @Nullable DataSource database;

    private Stores(ApiKeysProperties.Jdbc settings, @Nullable DataSource database) {
        this.settings = settings;
        this.database = database;
    }

    /** Returns stores whose tables are there. */
    static Stores of(ApiKeysProperties properties, ObjectProvider<DataSource> marked, ObjectProvider<DataSource> all) {
        if (properties.store() == ApiKeysProperties.StoreKind.MEMORY) {
            return new Stores(properties.jdbc(), null);
        }
        DataSource database = database(marked, all);
        Stores stores = new Stores(properties.jdbc(), database);
        stores.check(database);
        Told told = told(database);
        stores.usable(() -> stores.prepare(database, told));
        if (told.isInMemory()) {
            LOG.warn(
                    "API keys are kept in H2 in memory, and are lost when this process ends. Write spring.datasource.url"
                            + " to keep them in another database, or apikeys.store=memory if that is what you want");
        }
        return stores;
    }

    /** Returns the store of keys. */
    ApiKeyStore keys() {
        if (database == null) {
            return new InMemoryApiKeyStore();
        }
        JdbcApiKeyStore.Builder builder = JdbcApiKeyStore.builder(database).tablePrefix(settings.tablePrefix());
        return usable((settings.timeout() == null ? builder : builder.timeout(settings.timeout()))::build);
    }

    /** Returns the store of hand-offs. */
    TempKeyStore handOffs() {
        if (database == null) {
            return new InMemoryTempKeyStore();
        }
        JdbcTempKeyStore.Builder builder = JdbcTempKeyStore.builder(database).tablePrefix(settings.tablePrefix());
        return usable((settings.timeout() == null ? builder : builder.timeout(settings.timeout()))::build);
    }

    private static DataSource database(ObjectProvider<DataSource> marked, ObjectProvider<DataSource> all) {
        try {
            DataSource chosen = marked.getIfAvailable();
            DataSource database = chosen == null ? all.getIfAvailable() : chosen;
            if (database == null) {
                throw new StartException(
                        "There is no DataSource to keep API keys in.",
                        "Write spring.datasource.url, with spring-boot-starter-jdbc and the database's driver among the"
                                + " dependencies, or " + OTHER_WAYS);
            }
            return database;
        } catch (NoUniqueBeanDefinitionException e) {
            throw new StartException(
                    "There are several DataSources, " + e.getBeanNamesFound() + ", and none is chosen for API keys.",
                    "Put @ApiKeysDataSource on the one that keeps the keys, or @Primary.",
                    e);
        }
    }

    /** Before anything is written. */
    private void check(DataSource database) {
        JdbcApiKeyStore.Builder builder = JdbcApiKeyStore.builder(database);
        check("table-prefix", settings.tablePrefix(), builder::tablePrefix);
        check("timeout", settings.timeout(), builder::timeout);
    }

    private static <T> void check(String name, @Nullable T value, Consumer<T> setter) {
        try {
            if (value != null) {
                setter.accept(value);
            }
        } catch (IllegalArgumentException e) {
            throw new StartException(
                    "apikeys.jdbc." + name + " is refused: " + e.getMessage() + ".",
                    "Write apikeys.jdbc." + name + " as that text allows, or leave it out.",
                    e);
        }
    }

    private <T> T usable(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw new StartException(
                    "API keys cannot be kept in this database: " + e.getMessage() + ".",
                    "Write spring.datasource.url of a database that is supported, or " + OTHER_WAYS,
                    e);
        } catch (StorageException e) {
            throw new StartException(
                    "The tables " + settings.tablePrefix() + "* of the API keys cannot be used: " + e.getMessage(),
                    tablesAdvice(),
                    e);
        }
    }

    private String tablesAdvice() {
        String script = " script dev/apikeys/jdbc/schema/<database>/V1__apikeys.sql of apikeys-jdbc";
        return switch (settings.initializeSchema()) {
            case ALWAYS, FLYWAY ->
                "Compare the tables that are there with the" + script
                        + "; where there are none, the user of the database needs the right to create them.";
            case NEVER, EMBEDDED ->
                "If they are missing, write apikeys.jdbc.initialize-schema=always, or run the" + script
                        + "; if they are there, compare them with it.";
        };
    }

    private DataSource prepare(DataSource database, Told told) {
        if (settings.initializeSchema() == ApiKeysProperties.InitializeSchema.FLYWAY) {
            migrate(database, told);
        } else if (isToBeCreated(told)) {
            JdbcSchema.create(database, settings.tablePrefix());
        }
        if (settings.validateSchema()) {
            JdbcSchema.validate(database, settings.tablePrefix());
        }
        return database;
    }

    private void migrate(DataSource database, Told told) {
        if (!settings.tablePrefix().equals(STANDARD_PREFIX)) {
            throw new StartException(
                    "apikeys.jdbc.initialize-schema=flyway runs scripts for tables that begin with " + STANDARD_PREFIX
                            + ", and apikeys.jdbc.table-prefix is " + settings.tablePrefix() + ".",
                    "Leave the prefix out, or copy the scripts with yours into the service's own migrations and write"
                            + " apikeys.jdbc.initialize-schema=never.");
        }
        if (!ClassUtils.isPresent("org.flywaydb.core.Flyway", Stores.class.getClassLoader())) {
            throw new StartException(
                    "apikeys.jdbc.initialize-schema is flyway, and Flyway is not on the class path.",
                    "Add flyway-core, or write apikeys.jdbc.initialize-schema=always.");
        }
        Migrations.run(database, told.product());
    }

    private boolean isToBeCreated(Told told) {
        return switch (settings.initializeSchema()) {
            case NEVER, FLYWAY -> false;
            case EMBEDDED -> told.isInMemory();
            case ALWAYS -> true;
        };
    }

    /** What the driver tells about the database. */
    private record Told(String url, String product) {

        boolean isInMemory() {
            return url.toLowerCase(Locale.ROOT).startsWith("jdbc:h2:mem:");
        }
    }

    /** Asked first: a database that cannot be reached must not look like one without tables. */
    private static Told told(DataSource database) {
        try (Connection connection = database.getConnection()) {
            DatabaseMetaData metadata = connection.getMetaData();
            return new Told(String.valueOf(metadata.getURL()), String.valueOf(metadata.getDatabaseProductName()));
        } catch (SQLException | RuntimeException e) { // pools throw exceptions of their own
            throw new StartException(
                    "The database of the API keys gives no connection" + shownState(e) + ".",
                    "Correct spring.datasource.url, spring.datasource.username and spring.datasource.password, or start the"
                            + " database. With --debug the log has what the driver said.",
                    e);
        }
    }

    /** Not the driver's own text, which may hold the URL, and that the password. */
    private static String shownState(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return " (SQLSTATE " + sql.getSQLState() + ")";
            }
        }
        return "";
    }
}
