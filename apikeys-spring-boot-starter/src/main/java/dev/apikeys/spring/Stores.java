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
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.ClassUtils;

/** The stores that the properties name: in the one database there is, or in memory if that was said. */
final class Stores {
    private static final String BOTH_WAYS = "Write spring.datasource.url to keep keys in that database, or"
            + " apikeys.store=memory to keep them in this process until it ends, or define beans of type ApiKeyStore and TempKeyStore.";

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
        stores.usable(() -> stores.prepare(database));
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
                throw new StartException("There is no DataSource to keep API keys in.", BOTH_WAYS);
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
                    "apikeys.jdbc." + name + " is refused: " + e.getMessage() + ".", "Write another one.", e);
        }
    }

    private <T> T usable(Supplier<T> made) {
        try {
            return made.get();
        } catch (StorageException e) {
            throw new StartException(
                    "The tables " + settings.tablePrefix() + "* of the API keys cannot be used: " + e.getMessage(),
                    "If they are missing, write apikeys.jdbc.initialize-schema=always, or run the script"
                            + " dev/apikeys/jdbc/schema/<database>/V1__apikeys.sql of apikeys-jdbc.",
                    e);
        }
    }

    private DataSource prepare(DataSource database) {
        if (settings.initializeSchema() == ApiKeysProperties.InitializeSchema.FLYWAY) {
            migrate(database);
        } else if (isToBeCreated(database)) {
            JdbcSchema.create(database, settings.tablePrefix());
        }
        if (settings.validateSchema()) {
            JdbcSchema.validate(database, settings.tablePrefix());
        }
        return database;
    }

    private void migrate(DataSource database) {
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
        Migrations.run(database, told(database, DatabaseMetaData::getDatabaseProductName));
    }

    private boolean isToBeCreated(DataSource database) {
        return switch (settings.initializeSchema()) {
            case NEVER, FLYWAY -> false;
            case EMBEDDED -> isInMemory(told(database, DatabaseMetaData::getURL));
            case ALWAYS -> true;
        };
    }

    private static boolean isInMemory(String url) {
        return url.toLowerCase(Locale.ROOT).startsWith("jdbc:h2:mem:");
    }

    /** What a driver can be asked about its database. */
    private interface Question {
        String ask(DatabaseMetaData metadata) throws SQLException;
    }

    private static String told(DataSource database, Question question) {
        try (Connection connection = database.getConnection()) {
            return String.valueOf(question.ask(connection.getMetaData()));
        } catch (SQLException e) {
            throw new StorageException("Could not get a connection to the database of the API keys", e);
        }
    }
}
