package dev.apikeys.spring;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * The properties {@code apikeys.*}. What is absent is the default of the manager's builder.
 *
 * @param enabled whether the starter does anything
 * @param store where keys are kept: in a database, or, if said so, in memory until the process ends
 * @param jdbc the database
 * @param pepper the key under which secrets are hashed
 * @param format the form of secrets
 * @param roles the permissions of each role, instead of the standard roles
 * @param defaultLifetime how long a key lives if its specification does not say, in days unless a unit is written;
 *     without end if absent
 * @param maxLifetime the longest that a new key may live, in days unless a unit is written; no limit if absent
 * @param retention after which time keys that ended are removed, in days unless a unit is written; never if absent
 * @param cache the cache of verifications
 * @param maintenanceInterval how often usage is written and the rest of maintenance done
 * @param stallThreshold how long a call into your code may last before it is reported
 * @param operationTimeout within which time every call returns; off if absent
 * @param web the filter before controllers, for a service without Spring Security
 * @param admin the admin page and its API
 * @param claim the page where people without an account open what was handed over to them
 * @param metrics the meters
 */
@ConfigurationProperties(prefix = "apikeys", ignoreUnknownFields = false)
record ApiKeysProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("jdbc") StoreKind store,
        @DefaultValue Jdbc jdbc,
        @DefaultValue PepperSet pepper,
        @DefaultValue Format format,
        @DefaultValue Map<String, List<String>> roles,
        @DurationUnit(ChronoUnit.DAYS) @Nullable Duration defaultLifetime,
        @DurationUnit(ChronoUnit.DAYS) @Nullable Duration maxLifetime,
        @DurationUnit(ChronoUnit.DAYS) @Nullable Duration retention,
        @DefaultValue Cache cache,
        @Nullable Duration maintenanceInterval,
        @Nullable Duration stallThreshold,
        @Nullable Duration operationTimeout,
        @DefaultValue Web web,
        @DefaultValue AdminPage admin,
        @DefaultValue ClaimPage claim,
        @DefaultValue Metrics metrics) {

    /** Where keys are kept. */
    enum StoreKind {
        /** In the database of the DataSource. */
        JDBC,
        /** In the memory of this process: all keys end with it, and other nodes do not know them. */
        MEMORY
    }

    /** When the tables are created. */
    enum InitializeSchema {
        /** Never: the scripts are run by somebody else. */
        NEVER,
        /** If the database lives in this process' memory. */
        EMBEDDED,
        /** At every start. */
        ALWAYS,
        /** By Flyway, with a history table apart from the service's. */
        FLYWAY
    }

    /**
     * The database.
     *
     * @param tablePrefix what the names of the tables begin with
     * @param timeout how long a call of a store may take, retries included; 5 seconds if absent, on Galera 10
     * @param initializeSchema when the tables are created
     * @param validateSchema whether every statement is tried at the start
     */
    record Jdbc(
            @DefaultValue("apikeys_") String tablePrefix,
            @Nullable Duration timeout,
            @DefaultValue("embedded") InitializeSchema initializeSchema,
            @DefaultValue("true") boolean validateSchema) {}

    /**
     * The key under which secrets are hashed, and earlier ones.
     *
     * @param id the name of the pepper, which is stored with each hash
     * @param value 32 to 1024 random bytes in Base64
     * @param retired earlier peppers, under which keys still verify
     */
    record PepperSet(
            @Nullable String id,
            @Nullable String value,
            @DefaultValue List<Retired> retired) {

        /** An earlier pepper, as the current one. */
        record Retired(@Nullable String id, @Nullable String value) {
            @Override
            public String toString() {
                return "Retired[" + id + "]";
            }
        }

        @Override
        public String toString() {
            return "PepperSet[" + id + ", " + retired + "]";
        }
    }

    /**
     * The form of secrets.
     *
     * @param prefix what secrets begin with
     * @param alsoAccept other prefixes that verify besides; sha64hex for keys that were imported
     * @param acceptUnpeppered whether keys whose hash has no pepper verify although there is one: those that were imported,
     *     and those from before the first pepper. Write access to the table is then enough to make a key
     */
    record Format(@Nullable String prefix, @DefaultValue List<String> alsoAccept, boolean acceptUnpeppered) {}

    /**
     * The cache of verifications.
     *
     * @param maxAge how late a revocation on another node is seen
     * @param lifetime how old a cached record may get while the store reports what other nodes changed
     * @param followInterval how often the store is asked what other nodes changed
     * @param size how many records are cached
     */
    record Cache(
            @Nullable Duration maxAge,
            @Nullable Duration lifetime,
            @Nullable Duration followInterval,
            @Nullable Integer size) {}

    /**
     * The filter before controllers, for a service without Spring Security.
     *
     * @param paths the paths that need a key, each with all below it, such as /files
     * @param header whether keys are taken from the header X-API-Key too
     * @param realm the realm that 401 names
     * @param required whether a request without a key is refused
     * @param failures the limit of failed attempts
     */
    record Web(
            @DefaultValue List<String> paths,
            @DefaultValue("true") boolean header,
            @DefaultValue("api") String realm,
            @DefaultValue("true") boolean required,
            @DefaultValue Limit failures) {}

    /**
     * The limit of failed attempts.
     *
     * @param limit how many an address may make in each window
     * @param per the length of a window, from 1 second to 1 day
     */
    record Limit(
            @DefaultValue("100") int limit,
            @DefaultValue("1m") Duration per) {}

    /**
     * The admin page and its API.
     *
     * @param enabled whether they are mounted
     * @param path where, below the context path
     * @param readOnly whether they only show
     * @param byApiKey whether a caller with an API key may be an administrator, by permissions such as apikeys:read
     */
    record AdminPage(
            boolean enabled,
            @DefaultValue("/api/v1/web/admin") String path,
            boolean readOnly,
            boolean byApiKey) {}

    /**
     * The page where people without an account open what was handed over to them.
     *
     * @param enabled whether it is mounted
     * @param path where, below the context path
     */
    record ClaimPage(
            boolean enabled, @DefaultValue("/claim") String path) {}

    /**
     * The meters.
     *
     * @param enabled whether they are made where Micrometer is there
     */
    record Metrics(@DefaultValue("true") boolean enabled) {}
}
