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
import javax.sql.DataSource;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.ClassUtils;

/** The stores that the properties name: in the one database there is, or in memory if that was said. */
final class Stores {
    private static final String BOTH_WAYS = "Write spring.datasource.url to keep keys in that database, or"
            + " apikeys.store=memory to keep them in this process until it ends, or define a bean of type ApiKeyStore.";

    private static final String STANDARD_PREFIX = "apikeys_";

    private final ApiKeysProperties.StoreKind kind;
    private final ApiKeysProperties.Jdbc settings;
    private final ObjectProvider<DataSource> marked;
    private final ObjectProvider<DataSource> all;

    Stores(ApiKeysProperties properties, ObjectProvider<DataSource> marked, ObjectProvider<DataSource> all) {
        this.kind = properties.store();
        this.settings = properties.jdbc();
        this.marked = marked;
        this.all = all;
    }

    /** Returns the store of keys, whose tables are there. */
    ApiKeyStore keys() {
        if (kind == ApiKeysProperties.StoreKind.MEMORY) {
            return new InMemoryApiKeyStore();
        }
        DataSource database = database();
        prepare(database);
        JdbcApiKeyStore.Builder builder = JdbcApiKeyStore.builder(database).tablePrefix(settings.tablePrefix());
        return (settings.timeout() == null ? builder : builder.timeout(settings.timeout())).build();
    }

    /** Returns the store of hand-offs. */
    TempKeyStore handOffs() {
        if (kind == ApiKeysProperties.StoreKind.MEMORY) {
            return new InMemoryTempKeyStore();
        }
        JdbcTempKeyStore.Builder builder = JdbcTempKeyStore.builder(database()).tablePrefix(settings.tablePrefix());
        return (settings.timeout() == null ? builder : builder.timeout(settings.timeout())).build();
    }

    private DataSource database() {
        try {
            DataSource chosen = marked.getIfAvailable();
            DataSource database = chosen == null ? all.getIfAvailable() : chosen;
            if (database == null) {
                throw new StartException("There is no DataSource, so that API keys have no place.", BOTH_WAYS);
            }
            return database;
        } catch (NoUniqueBeanDefinitionException e) {
            throw new StartException(
                    "There are several DataSources, " + e.getBeanNamesFound() + ", and none is chosen for API keys.",
                    "Put @ApiKeysDataSource on the one that keeps the keys, or @Primary.",
                    e);
        }
    }

    private void prepare(DataSource database) {
        try {
            if (settings.initializeSchema() == ApiKeysProperties.InitializeSchema.FLYWAY) {
                migrate(database);
            } else if (isToBeCreated(database)) {
                JdbcSchema.create(database, settings.tablePrefix());
            }
            if (settings.validateSchema()) {
                JdbcSchema.validate(database, settings.tablePrefix());
            }
        } catch (StorageException e) {
            throw new StartException(
                    "The tables " + settings.tablePrefix() + "* of the API keys cannot be used: " + e.getMessage(),
                    "If they are missing, write apikeys.jdbc.initialize-schema=always, or run the script"
                            + " dev/apikeys/jdbc/schema/<database>/V1__apikeys.sql of apikeys-jdbc. If the database does"
                            + " not answer at every start, write apikeys.jdbc.validate-schema=false.",
                    e);
        }
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
            throw new StorageException("The database of the API keys gives no connection", e);
        }
    }
}
