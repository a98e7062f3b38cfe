package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyFormat;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.OperationListener;
import dev.apikeys.Roles;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.WriteSet;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockServletContext;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.context.WebApplicationContext;

class AutoConfigurationTest {
    private static final String PEPPER = Base64.getEncoder().encodeToString(new byte[32]);

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ApiKeysAutoConfiguration.class));
    private final ApplicationContextRunner inMemory = runner.withPropertyValues("apikeys.store=memory");

    private static FailureAnalysis analysis(Throwable failure) {
        FailureAnalysis analysis = new StartFailureAnalyzer().analyze(failure);
        assertThat(analysis).as("an analysis of %s", failure).isNotNull();
        return analysis;
    }

    private static DataSource database(String name) {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1");
        return database;
    }

    @Test
    void keysAreKeptInTheOneDatabaseWhoseTablesAreMadeIfItIsEmbedded() {
        runner.withBean(DataSource.class, () -> database("one")).run(context -> {
            assertThat(context).hasSingleBean(ApiKeyManager.class);
            assertThat(context.getBean(ApiKeyStore.class)).isInstanceOf(JdbcApiKeyStore.class);
            ApiKeyManager keys = context.getBean(ApiKeyManager.class);
            String secret = keys.create(KeySpec.builder("a").role("read_only").build())
                    .secret()
                    .reveal();
            assertThat(keys.verify(secret).httpStatus()).isEqualTo(200);
        });
    }

    @Test
    void withoutADatabaseTheStartFailsAndSaysBothWays() {
        runner.run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("no DataSource");
            assertThat(analysis.getAction())
                    .contains("spring.datasource.url", "spring-boot-starter-jdbc", "driver", "apikeys.store=memory");
        });
    }

    /** Boot makes such a database by itself if no address is written and the jar is there. */
    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void keysThatEndWithTheProcessAreToldUnlessMemoryIsSaid(CapturedOutput log) {
        String told = "API keys are kept in H2 in memory, and are lost when this process ends";
        inMemory.run(context -> assertThat(log).doesNotContain(told));
        runner.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
                .run(context -> assertThat(log).contains(told, "spring.datasource.url", "apikeys.store=memory"));
    }

    /** Asked for tables, an operator would create them in vain. */
    @Test
    void aDatabaseThatGivesNoConnectionIsNotOneWithoutTables() {
        for (String schema : new String[] {"never", "always", "embedded", "flyway"}) {
            runner.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
                    .withPropertyValues(
                            "spring.datasource.url=jdbc:h2:mem:geheim;IFEXISTS=TRUE",
                            "apikeys.jdbc.initialize-schema=" + schema)
                    .run(context -> {
                        FailureAnalysis analysis = analysis(context.getStartupFailure());
                        assertThat(analysis.getDescription())
                                .contains("gives no connection", "SQLSTATE 90146")
                                .doesNotContain("tables");
                        assertThat(analysis.getAction())
                                .contains("spring.datasource.url", "spring.datasource.password", "--debug");
                        assertThat(analysis.getDescription() + analysis.getAction())
                                .doesNotContain("geheim");
                    });
        }
    }

    @Test
    void aDatabaseThatIsNotSupportedStopsTheStartAndSaysWhichAre() {
        DataSource other = (DataSource) named("Another", DataSource.class, database("other"));
        runner.withBean(DataSource.class, () -> other).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("Another", "PostgreSQL");
            assertThat(analysis.getAction()).contains("spring.datasource.url", "apikeys.store=memory");
        });
    }

    @Test
    void memoryIsUsedIfItIsSaid() {
        inMemory.run(context -> assertThat(context.getBean(ApiKeyStore.class)).isInstanceOf(InMemoryApiKeyStore.class));
    }

    @Test
    void aStoreOfTheServicesOwnWins() {
        InMemoryApiKeyStore own = new InMemoryApiKeyStore();
        inMemory.withBean(ApiKeyStore.class, () -> own)
                .run(context -> assertThat(context.getBean(ApiKeyStore.class)).isSameAs(own));
    }

    /** Beans of the service are made before those of the starter. */
    @Test
    void theFirstBeanThatUsesHandOffsFindsTheirTables() {
        runner.withBean(DataSource.class, () -> database("early"))
                .withUserConfiguration(HandOffsFirst.class)
                .run(context -> assertThat(context.getBean("first")).isEqualTo(JdbcTempKeyStore.class));
    }

    @Configuration(proxyBeanMethods = false)
    static class HandOffsFirst {
        @Bean
        AtomicReference<TempKeyStore> holder(TempKeyStore handOffs) {
            return new AtomicReference<>(handOffs);
        }

        @Bean
        Class<?> first(AtomicReference<TempKeyStore> holder) {
            return holder.get().getClass();
        }
    }

    @Test
    void besideAStoreOfTheServicesOwnHandOffsAreInTheDatabase() {
        ApplicationContextRunner own = runner.withBean(ApiKeyStore.class, InMemoryApiKeyStore::new);
        own.withBean(DataSource.class, () -> database("beside")).run(context -> {
            assertThat(context.getBean(TempKeyStore.class)).isInstanceOf(JdbcTempKeyStore.class);
            assertThat(context).hasSingleBean(ApiKeyManager.class);
        });
        own.run(context ->
                assertThat(analysis(context.getStartupFailure()).getAction()).contains("TempKeyStore"));
    }

    @Test
    void oneOfSeveralDatabasesIsChosenOrTheStartFails() {
        runner.withUserConfiguration(TwoDatabases.class).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("first", "second");
            assertThat(analysis.getAction()).contains("@ApiKeysDataSource");
        });
        runner.withUserConfiguration(MarkedDatabase.class).run(context -> {
            assertThat(context).hasNotFailed();
            context.getBean(ApiKeyManager.class)
                    .create(KeySpec.builder("a").role("read_only").build());
            try (java.sql.Connection connection =
                            context.getBean("marked", DataSource.class).getConnection();
                    java.sql.ResultSet rows =
                            connection.createStatement().executeQuery("select count(*) from apikeys_key")) {
                rows.next();
                assertThat(rows.getInt(1)).isEqualTo(1);
            }
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoDatabases {
        @Bean
        DataSource first() {
            return database("first");
        }

        @Bean
        DataSource second() {
            return database("second");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class MarkedDatabase {
        @Bean
        @Primary
        DataSource main() {
            return database("main");
        }

        @Bean
        @ApiKeysDataSource
        DataSource marked() {
            return database("marked");
        }
    }

    @Test
    void missingTablesStopTheStart() {
        runner.withBean(DataSource.class, () -> database("bare"))
                .withPropertyValues("apikeys.jdbc.initialize-schema=never")
                .run(context -> {
                    FailureAnalysis analysis = analysis(context.getStartupFailure());
                    assertThat(analysis.getDescription()).contains("apikeys_*");
                    assertThat(analysis.getAction()).contains("apikeys.jdbc.initialize-schema=always");
                });
        runner.withBean(DataSource.class, () -> database("bare"))
                .withPropertyValues("apikeys.jdbc.initialize-schema=never", "apikeys.jdbc.validate-schema=false")
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("apikeys_*"));
    }

    /** What it says to write must not be what is written. */
    @Test
    void aTableThatDiffersIsToBeComparedWithTheScript() throws SQLException {
        DataSource database = database("differing");
        JdbcSchema.create(database);
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE apikeys_key DROP COLUMN description");
        }
        for (String setting : new String[] {"always", "flyway", "never"}) {
            runner.withBean(DataSource.class, () -> database)
                    .withPropertyValues("apikeys.jdbc.initialize-schema=" + setting)
                    .run(context -> {
                        String action = analysis(context.getStartupFailure()).getAction();
                        assertThat(action).as(setting).contains("ompare", "V1__apikeys.sql");
                        assertThat(action.contains("initialize-schema=always"))
                                .as(setting)
                                .isEqualTo(setting.equals("never"));
                    });
        }
    }

    @Test
    void aKeyOfATestEndsSoonAndWithinTheMaximum() {
        for (String[] lifetimes : new String[][] {{"1d", "PT10M"}, {"5m", "PT5M"}}) {
            new WebApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(ApiKeysAutoConfiguration.class))
                    .withPropertyValues("apikeys.store=memory", "apikeys.max-lifetime=" + lifetimes[0])
                    .run(context -> {
                        MockServletContext servlets = new MockServletContext();
                        servlets.setAttribute(WebApplicationContext.ROOT_WEB_APPLICATION_CONTEXT_ATTRIBUTE, context);
                        ApiKeyRequestPostProcessor.apiKey().postProcessRequest(new MockHttpServletRequest(servlets));
                        assertThat(context.getBean(ApiKeyManager.class)
                                        .list(KeyQuery.all())
                                        .items())
                                .singleElement()
                                .satisfies(key -> assertThat(key.expiresAt())
                                        .isEqualTo(key.createdAt().plus(Duration.parse(lifetimes[1]))));
                    });
        }
    }

    @Test
    void aPropertyOutOfBoundsStopsTheStartByItsName() {
        for (String property : new String[] {
            "apikeys.cache.max-age=2h",
            "apikeys.cache.lifetime=2h",
            "apikeys.cache.follow-interval=0s",
            "apikeys.cache.size=0",
            "apikeys.format.prefix=A-B",
            "apikeys.maintenance-interval=0s",
            "apikeys.roles.Reader[0]=read"
        }) {
            inMemory.withPropertyValues(property).run(context -> {
                FailureAnalysis analysis = analysis(context.getStartupFailure());
                String name = property.substring(0, property.indexOf('=')).replace("[0]", "");
                assertThat(analysis.getDescription()).contains(name);
                assertThat(analysis.getAction()).contains("Allowed");
            });
        }
    }

    @Test
    void aPropertyOfTheDatabaseOutOfBoundsStopsTheStartByItsName() {
        for (String property : new String[] {"apikeys.jdbc.timeout=100ms", "apikeys.jdbc.table-prefix=A-B"}) {
            runner.withBean(DataSource.class, () -> database("bounds"))
                    .withPropertyValues(property)
                    .run(context -> {
                        FailureAnalysis analysis = analysis(context.getStartupFailure());
                        String name = property.substring(0, property.indexOf('='));
                        assertThat(analysis.getDescription()).contains(name);
                        assertThat(analysis.getAction()).contains(name);
                    });
        }
    }

    @Test
    void aPepperWhoseVariableIsNotSetStopsTheStart() {
        inMemory.withPropertyValues("apikeys.pepper.id=p1", "apikeys.pepper.value=${APIKEYS_PEPPER_THAT_IS_NOT_SET}")
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("Nothing sets the variable"));
    }

    @Test
    void anInvalidPepperStopsTheStartAndIsNotShown() {
        for (String value : new String[] {"geheim!geheim!", "Z2VoZWlt"}) {
            inMemory.withPropertyValues("apikeys.pepper.id=p1", "apikeys.pepper.value=" + value)
                    .run(context -> {
                        FailureAnalysis analysis = analysis(context.getStartupFailure());
                        assertThat(analysis.getDescription()).contains("apikeys.pepper");
                        assertThat(analysis.getAction()).contains("openssl rand -base64 32");
                        assertThat(analysis.getDescription() + analysis.getAction())
                                .doesNotContain(value);
                    });
        }
        inMemory.withPropertyValues("apikeys.pepper.id=" + PEPPER, "apikeys.pepper.value=2026-11") // swapped
                .run(context -> {
                    FailureAnalysis analysis = analysis(context.getStartupFailure());
                    assertThat(analysis.getDescription() + analysis.getAction())
                            .contains("apikeys.pepper")
                            .doesNotContain(PEPPER);
                });
        inMemory.withPropertyValues("apikeys.pepper.value=" + PEPPER).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("apikeys.pepper.id");
            assertThat(analysis.getAction()).contains("openssl rand -base64 32");
        });
        for (String half : new String[] {"id=p0", "value=" + PEPPER}) {
            inMemory.withPropertyValues("apikeys.pepper.retired[0]." + half).run(context -> {
                FailureAnalysis analysis = analysis(context.getStartupFailure());
                assertThat(analysis.getDescription()).contains("apikeys.pepper.retired");
                assertThat(analysis.getDescription() + analysis.getAction()).doesNotContain(PEPPER);
            });
        }
    }

    @Test
    void theValueOfAPepperIsInNoText() {
        inMemory.withPropertyValues(
                        "apikeys.pepper.id=p1",
                        "apikeys.pepper.value=" + PEPPER,
                        "apikeys.pepper.retired[0].id=p0",
                        "apikeys.pepper.retired[0].value="
                                + PEPPER.replace('A', 'B').replace("B=", "A="))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(ApiKeysProperties.class).toString())
                            .contains("p1", "p0")
                            .doesNotContain(PEPPER)
                            .doesNotContain("BBBB");
                });
    }

    @Test
    void rolesComeFromPropertiesOrFromABeanAndNotFromBoth() {
        ApplicationContextRunner byProperty = inMemory.withPropertyValues("apikeys.roles.reader[0]=read");
        byProperty.run(context -> {
            ApiKeyManager keys = context.getBean(ApiKeyManager.class);
            assertThat(keys.create(KeySpec.builder("a").role("reader").build())
                            .key()
                            .granted())
                    .isEqualTo(Set.of("read"));
        });
        byProperty
                .withBean(Roles.class, Roles::standard)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("twice"));
    }

    @Configuration
    static class TwoAuthorizers {
        @Bean
        Authorizer first() {
            return (granted, resource, action) -> false;
        }

        @Bean
        Authorizer second() {
            return (granted, resource, action) -> false;
        }
    }

    @Configuration
    static class PrimaryAuthorizer {
        @Bean
        @Primary
        Authorizer chosen() {
            return (granted, resource, action) -> true;
        }
    }

    @Test
    void severalAuthorizersStopTheStartUnlessOneIsPrimary() {
        ApplicationContextRunner two = inMemory.withUserConfiguration(TwoAuthorizers.class);
        two.run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("several beans of type Authorizer");
            assertThat(analysis.getAction()).contains("@Primary");
        });
        two.withUserConfiguration(PrimaryAuthorizer.class).run(context -> {
            ApiKeyManager keys = context.getBean(ApiKeyManager.class);
            String secret = keys.create(KeySpec.builder("a").role("read_only").build())
                    .secret()
                    .reveal();
            assertThat(keys.verify(secret, Access.resource("/", "GET")).httpStatus())
                    .isEqualTo(200);
        });
    }

    @Test
    void importedKeysBesideAPepperAreAcceptedInSoManyWordsOrTheStartFails() {
        String imported = "sk_" + "0123456789abcdef".repeat(4);
        String hash = sha256(imported);
        InMemoryApiKeyStore store = new InMemoryApiKeyStore();
        store.write(WriteSet.builder()
                .insert(KeyRow.builder("ak_1", "sha256$$" + hash, "imported")
                        .lookup(hash)
                        .role("read_only")
                        .permissions("[\"read\"]")
                        .build())
                .build());
        ApplicationContextRunner peppered = runner.withBean(ApiKeyStore.class, () -> store)
                .withBean(TempKeyStore.class, InMemoryTempKeyStore::new)
                .withPropertyValues("apikeys.pepper.id=p1", "apikeys.pepper.value=" + PEPPER);
        ApplicationContextRunner importing = peppered.withPropertyValues("apikeys.format.also-accept=SHA64-hex");
        importing.run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("sha64hex", "pepper");
            assertThat(analysis.getAction()).contains("apikeys.format.accept-unpeppered=true");
        });
        importing
                .withPropertyValues("apikeys.format.accept-unpeppered=true")
                .run(context -> assertThat(context.getBean(ApiKeyManager.class)
                                .verify(imported)
                                .httpStatus())
                        .isEqualTo(200));
    }

    @Test
    void keysFromBeforeThePepperAreAcceptedIfItIsSaid() {
        InMemoryApiKeyStore store = new InMemoryApiKeyStore();
        String secret;
        try (ApiKeyManager before = ApiKeys.builder(store).maintainedByHost().build()) {
            secret = before.create(KeySpec.builder("a").role("read_only").build())
                    .secret()
                    .reveal();
        }
        ApplicationContextRunner peppered = runner.withBean(ApiKeyStore.class, () -> store)
                .withBean(TempKeyStore.class, InMemoryTempKeyStore::new)
                .withPropertyValues("apikeys.pepper.id=p1", "apikeys.pepper.value=" + PEPPER);
        peppered.run(context -> assertThat(
                        context.getBean(ApiKeyManager.class).verify(secret).httpStatus())
                .isEqualTo(401));
        peppered.withPropertyValues("apikeys.format.accept-unpeppered=true")
                .run(context -> assertThat(context.getBean(ApiKeyManager.class)
                                .verify(secret)
                                .httpStatus())
                        .isEqualTo(200));
    }

    /** Other bearer tokens are for other filters. */
    @Test
    void aSecretOfEachAcceptedFormatIsOursWhereverItWasSet() {
        inMemory.withPropertyValues("apikeys.format.prefix=acme")
                .withBean(
                        ApiKeysBuilderCustomizer.class,
                        () -> builder ->
                                builder.alsoAccept(KeyFormat.prefix("old")).alsoAccept(KeyFormat.sha64Hex()))
                .run(context -> {
                    PresentedKey ours = new PresentedKey(
                            context.getBean(ApiKeyManager.class), context.getBean(ApiKeysProperties.class));
                    String tail = "_01arz3ndektsv4rrffq69g5fav_" + "0".repeat(49);
                    for (String token : new String[] {"acme_cut", "old" + tail, "sk_" + "0123456789abcdef".repeat(4)}) {
                        assertThat(ours.matches(bearer(token))).as(token).isTrue();
                    }
                    for (String token : new String[] {"eyJhbGciOi.eyJzdWIi.c2ln", "sk" + tail, "old_cut"}) {
                        assertThat(ours.matches(bearer(token))).as(token).isFalse();
                    }
                });
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static MockHttpServletRequest bearer(String token) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.addHeader("Authorization", "Bearer " + token);
        return request;
    }

    /** Misspelled, a restriction would not be applied, and nobody would be told. */
    @Test
    void aPropertyThatIsNoneStopsTheStartByItsName() {
        for (String property : new String[] {"apikeys.max-live-time=90d", "apikeys.web.path[0]=/files"}) {
            inMemory.withPropertyValues(property)
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .isInstanceOf(UnboundConfigurationPropertiesException.class)
                            .hasMessageContaining(property.substring(0, property.indexOf('='))));
        }
    }

    /** As the service prints it: the first analyzer that has something to say is the one that is heard. */
    @Test
    void aPepperUnderAnotherNameIsNotShown() {
        for (String property : new String[] {"apikeys.peper.value", "apikeys.pepper", "apikeys.pepper.secret"}) {
            inMemory.withPropertyValues(property + "=" + PEPPER).run(context -> {
                FailureAnalysis analysis = SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(
                                FailureAnalyzer.class,
                                SpringFactoriesLoader.FailureHandler.handleMessage((message, failure) -> {}))
                        .stream()
                        .map(analyzer -> analyzer.analyze(context.getStartupFailure()))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseThrow();
                assertThat(analysis.getDescription()).contains(property);
                assertThat(analysis.getDescription() + analysis.getAction()).doesNotContain(PEPPER);
            });
        }
    }

    /** An operator looks a property up on that page, and finds each with its default. */
    @Test
    void theGuideHasEachProperty() throws IOException {
        String guide = Files.readString(Path.of("../docs/spring.md"));
        String table = guide.substring(guide.indexOf("## All properties"));
        String metadata = Files.readString(Path.of("target/classes/META-INF/spring-configuration-metadata.json"));
        List<String> properties = Pattern.compile("\"name\": \"apikeys\\.([a-z.-]+)\"")
                .matcher(metadata.substring(metadata.indexOf("\"properties\"")))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(properties).hasSizeGreaterThan(30).contains("format.also-accept", "web.failures.per");
        assertThat(properties).allSatisfy(name -> assertThat(table).contains("| `apikeys." + name + "` |"));
    }

    @Test
    void aCustomizerSetsTheRest() {
        inMemory.withPropertyValues("apikeys.format.prefix=acme")
                .withBean(ApiKeysBuilderCustomizer.class, () -> ApiKeys.Builder::maintainedByHost)
                .run(context -> assertThat(context.getBean(ApiKeyManager.class)
                                .create(KeySpec.builder("a").role("read_only").build())
                                .secret()
                                .reveal())
                        .startsWith("acme_"));
    }

    @Test
    void nothingIsMadeIfTheStarterIsOff() {
        runner.withPropertyValues("apikeys.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ApiKeyManager.class));
    }

    @Test
    void theManagerIsClosedWithTheService() {
        ApiKeyManager[] seen = new ApiKeyManager[1];
        inMemory.run(context -> seen[0] = context.getBean(ApiKeyManager.class));
        org.assertj.core.api.Assertions.assertThatThrownBy(() ->
                        seen[0].create(KeySpec.builder("late").role("read_only").build()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aManagerThatIsToStayOpenIsNotClosed() {
        try (ApiKeyManager shared =
                ApiKeys.builder(new InMemoryApiKeyStore()).maintainedByHost().build()) {
            for (Class<?> service : new Class<?>[] {StaysOpen.class, IsClosed.class}) {
                inMemory.withBean("shared", AtomicReference.class, () -> new AtomicReference<>(shared))
                        .withUserConfiguration(service)
                        .run(context ->
                                assertThat(context.getBean(ApiKeyManager.class)).isSameAs(shared));
                assertThat(isOpen(shared)).as(service.getSimpleName()).isEqualTo(service == StaysOpen.class);
            }
        }
    }

    private static boolean isOpen(ApiKeyManager keys) {
        try {
            keys.list(KeyQuery.all());
            return true;
        } catch (IllegalStateException closed) {
            return false;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class StaysOpen {
        @Bean(destroyMethod = "")
        ApiKeyManager own(AtomicReference<ApiKeyManager> shared) {
            return shared.get();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class IsClosed {
        @Bean
        ApiKeyManager own(AtomicReference<ApiKeyManager> shared) {
            return shared.get();
        }
    }

    /** Its keys may be elsewhere: in another database, or on another server. */
    @Test
    void besideAManagerOfTheServicesOwnNoStoreIsMadeThatNothingTakes() {
        runner.withUserConfiguration(ManagerOnAnotherStore.class)
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(ApiKeyManager.class));
        runner.withBean(DataSource.class, () -> database("untouched"))
                .withUserConfiguration(ManagerOnAnotherStore.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    try (Connection connection = database("untouched").getConnection();
                            ResultSet tables = connection.getMetaData().getTables(null, "PUBLIC", "%", null)) {
                        assertThat(tables.next()).as("has a table").isFalse();
                    }
                });
    }

    @Test
    void aManagerOfTheServicesOwnMayTakeTheStores() {
        runner.withBean(DataSource.class, () -> database("taken"))
                .withUserConfiguration(ManagerOnTheStore.class)
                .run(context -> {
                    assertThat(context.getBean(ApiKeyStore.class)).isInstanceOf(JdbcApiKeyStore.class);
                    context.getBean(ApiKeyManager.class)
                            .create(KeySpec.builder("a").role("read_only").build());
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class ManagerOnAnotherStore {
        @Bean
        ApiKeyManager own() {
            return ApiKeys.builder(new InMemoryApiKeyStore()).maintainedByHost().build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ManagerOnTheStore {
        @Bean
        ApiKeyManager own(ApiKeyStore store) {
            return ApiKeys.builder(store).maintainedByHost().build();
        }
    }

    /** As milliseconds, which they would be, keys would be removed as they end. */
    @Test
    void timesOfKeysWithoutAUnitAreDays() {
        for (String[] written : new String[][] {{"30", "P30D"}, {"12h", "PT12H"}}) {
            inMemory.withPropertyValues(
                            "apikeys.default-lifetime=" + written[0],
                            "apikeys.max-lifetime=" + written[0],
                            "apikeys.retention=" + written[0])
                    .run(context -> {
                        ApiKeysProperties properties = context.getBean(ApiKeysProperties.class);
                        Duration meant = Duration.parse(written[1]);
                        assertThat(properties.defaultLifetime()).isEqualTo(meant);
                        assertThat(properties.maxLifetime()).isEqualTo(meant);
                        assertThat(properties.retention()).isEqualTo(meant);
                    });
        }
    }

    /** The filter would answer 401 to each key that the chain took. */
    @Test
    void pathsOfTheFilterBesideAChainThatTakesKeysStopTheStart() {
        WebApplicationContextRunner service = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ApiKeysAutoConfiguration.class,
                        ApiKeysWebAutoConfiguration.class,
                        SecurityAutoConfiguration.class))
                .withUserConfiguration(ChainForKeys.class)
                .withPropertyValues("apikeys.store=memory");
        service.run(context -> assertThat(context).hasNotFailed());
        service.withPropertyValues("apikeys.web.paths=/files").run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("apikeys.web.paths", "/files", "ApiKeysConfigurer");
            assertThat(analysis.getAction()).contains("Remove apikeys.web.paths");
        });
    }

    @Test
    void aChainThatTakesKeysWithoutTheStarterStopsTheStart() {
        WebApplicationContextRunner service = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ApiKeysAutoConfiguration.class,
                        ApiKeysWebAutoConfiguration.class,
                        SecurityAutoConfiguration.class))
                .withUserConfiguration(ChainForKeys.class);
        service.withPropertyValues("apikeys.enabled=false").run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("ApiKeysConfigurer", "apikeys.enabled is false");
            assertThat(analysis.getAction()).contains("@ConditionalOnProperty");
        });
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SecurityAutoConfiguration.class))
                .withUserConfiguration(ChainForKeys.class)
                .run(context -> {
                    FailureAnalysis analysis = analysis(context.getStartupFailure());
                    assertThat(analysis.getDescription()).contains("ApiKeysConfigurer", "@WebMvcTest");
                    assertThat(analysis.getAction()).contains("@ImportAutoConfiguration", "apikeys.store=memory");
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class ChainForKeys {
        @Bean
        SecurityFilterChain keys(HttpSecurity http) throws Exception {
            return http.with(ApiKeysConfigurer.shared(), Customizer.withDefaults())
                    .build();
        }
    }

    @Test
    void metersSeeTheManagerWhicheverComesFirst() {
        inMemory.withConfiguration(AutoConfigurations.of(ApiKeysMetricsAutoConfiguration.class))
                .run(context -> {
                    SimpleMeterRegistry registry = new SimpleMeterRegistry();
                    context.getBeansOfType(MeterBinder.class).values().forEach(binder -> binder.bindTo(registry));
                    context.getBean(ApiKeyManager.class)
                            .create(KeySpec.builder("a").role("read_only").build());
                    assertThat(registry.get("apikeys.operations")
                                    .tag("operation", "create")
                                    .timer()
                                    .count())
                            .isEqualTo(1);
                    assertThat(registry.get("apikeys.stalled").gauge().value()).isZero();
                });
        inMemory.withConfiguration(AutoConfigurations.of(ApiKeysMetricsAutoConfiguration.class))
                .withPropertyValues("apikeys.metrics.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MeterBinder.class));
    }

    @Test
    void flywayMakesTheTablesBesideTheServicesOwnMigrations() throws Exception {
        DataSource database = database("flyway");
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE of_the_service (id INT)");
        }
        for (int start = 0; start < 2; start++) {
            runner.withBean(DataSource.class, () -> database)
                    .withPropertyValues("apikeys.jdbc.initialize-schema=flyway")
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        ApiKeyManager keys = context.getBean(ApiKeyManager.class);
                        keys.create(KeySpec.builder("a").role("read_only").build());
                    });
        }
        try (var connection = database.getConnection();
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) FROM \"apikeys_flyway_history\" WHERE \"version\" = '1'")) {
            rows.next();
            assertThat(rows.getInt(1)).isOne();
        }
    }

    @Test
    void whatADriverSaysToFlywayIsInTheCauseAlone() {
        DataSource h2 = database("driver");
        AtomicBoolean isAsked = new AtomicBoolean();
        DataSource failing = (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, args) -> {
                    if (method.getName().equals("getConnection") && !isAsked.compareAndSet(false, true)) {
                        throw new SQLException("the driver's words");
                    }
                    return method.invoke(h2, args);
                });
        runner.withBean(DataSource.class, () -> failing)
                .withPropertyValues("apikeys.jdbc.initialize-schema=flyway")
                .run(context -> {
                    FailureAnalysis analysis = analysis(context.getStartupFailure());
                    assertThat(analysis.getDescription() + analysis.getAction())
                            .contains("Flyway")
                            .doesNotContain("the driver's words");
                    assertThat(analysis.getCause()).hasStackTraceContaining("the driver's words");
                });
    }

    @Test
    void flywayRunsNoScriptsForAnotherPrefix() {
        runner.withBean(DataSource.class, () -> database("prefix"))
                .withPropertyValues("apikeys.jdbc.initialize-schema=flyway", "apikeys.jdbc.table-prefix=mine_")
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("flyway", "mine_"));
    }

    @Test
    void anAdminPageWithoutAdministratorsStopsTheStart() {
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        ApiKeysAutoConfiguration.class,
                        ApiKeysWebAutoConfiguration.class,
                        ApiKeysAdminAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("org.springframework.security"))
                .withPropertyValues("apikeys.store=memory", "apikeys.admin.enabled=true")
                .run(context -> {
                    FailureAnalysis analysis = analysis(context.getStartupFailure());
                    assertThat(analysis.getDescription()).contains("apikeys.admin.enabled", "administrator");
                    assertThat(analysis.getAction()).contains("apikeys:read", "Administrators");
                });
    }

    @Test
    void flywayWritesNothingIntoADatabaseThatIsNotSupported() throws Exception {
        DataSource h2 = database("unsupported");
        // One that Flyway knows and this library does not: only the first connection, which the library looks at, says
        // so.
        AtomicBoolean isAsked = new AtomicBoolean();
        DataSource other = (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, args) -> {
                    Object answer = method.invoke(h2, args);
                    return answer instanceof Connection && isAsked.compareAndSet(false, true)
                            ? named("Another", Connection.class, answer)
                            : answer;
                });
        runner.withBean(DataSource.class, () -> other)
                .withPropertyValues("apikeys.jdbc.initialize-schema=flyway")
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("Flyway"));
        try (Connection connection = h2.getConnection();
                ResultSet tables = connection.getMetaData().getTables(null, "PUBLIC", "%", null)) {
            assertThat(tables.next()).isFalse();
        }
    }

    /** A connection, or what gives them, whose metadata call the database otherwise. */
    private static Object named(String product, Class<?> type, Object of) {
        return Proxy.newProxyInstance(
                AutoConfigurationTest.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
                    if (method.getName().equals("getDatabaseProductName")) {
                        return product;
                    }
                    Object answer = method.invoke(of, args);
                    if (answer instanceof Connection) {
                        return named(product, Connection.class, answer);
                    }
                    return answer instanceof DatabaseMetaData ? named(product, DatabaseMetaData.class, answer) : answer;
                });
    }

    @Configuration
    static class TwoRoles {
        @Bean
        Roles first() {
            return Roles.standard();
        }

        @Bean
        Roles second() {
            return Roles.none();
        }
    }

    @Test
    void severalBeansOfRolesStopTheStart() {
        inMemory.withUserConfiguration(TwoRoles.class)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("several beans of type Roles"));
    }

    @Test
    void healthIsLeftOutWithBootsOwn() {
        ApplicationContextRunner actuator = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ApiKeysActuatorAutoConfiguration.class, ApiKeysAutoConfiguration.class))
                .withPropertyValues("apikeys.store=memory");
        actuator.run(context -> assertThat(context).hasBean("apikeysHealthIndicator"));
        for (String property :
                new String[] {"management.health.defaults.enabled", "management.health.apikeys.enabled"}) {
            actuator.withPropertyValues(property + "=false")
                    .run(context -> assertThat(context).doesNotHaveBean("apikeysHealthIndicator"));
        }
        actuator.withPropertyValues(
                        "management.health.defaults.enabled=false", "management.health.apikeys.enabled=true")
                .run(context -> assertThat(context).hasBean("apikeysHealthIndicator"));
    }

    @Test
    void healthIsUnknownUntilTheStoreWasAskedByAManagerThatTells() {
        ApplicationContextRunner actuator = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ApiKeysActuatorAutoConfiguration.class, ApiKeysAutoConfiguration.class))
                .withPropertyValues("apikeys.store=memory");
        actuator.withBean(
                        ApiKeyManager.class,
                        () -> ApiKeys.builder(new InMemoryApiKeyStore()).build())
                .run(context -> {
                    context.getBean(ApiKeyManager.class).list(KeyQuery.all());
                    assertThat(status(context)).isEqualTo("UNKNOWN");
                });
        actuator.withUserConfiguration(OwnManager.class).run(context -> {
            assertThat(status(context)).isEqualTo("UNKNOWN");
            context.getBean(ApiKeyManager.class).list(KeyQuery.all());
            assertThat(status(context)).isEqualTo("UP");
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnManager {
        @Bean
        ApiKeyManager manager(List<OperationListener> listeners) {
            ApiKeys.Builder builder = ApiKeys.builder(new InMemoryApiKeyStore());
            listeners.forEach(builder::operationListener);
            return builder.build();
        }
    }

    private static String status(ApplicationContext context) {
        return context.getBean(HealthIndicator.class).health().getStatus().getCode();
    }

    @Test
    void aLimitOfFailuresThatIsNoneStopsTheStart() {
        for (String property : new String[] {"limit=0", "per=0s", "per=2d"}) {
            new WebApplicationContextRunner()
                    .withConfiguration(
                            AutoConfigurations.of(ApiKeysAutoConfiguration.class, ApiKeysWebAutoConfiguration.class))
                    .withPropertyValues("apikeys.store=memory", "apikeys.web.failures." + property)
                    .run(context -> {
                        FailureAnalysis analysis = analysis(context.getStartupFailure());
                        assertThat(analysis.getDescription()).contains("apikeys.web.failures is refused", "allowed: 1");
                        assertThat(analysis.getAction())
                                .contains("apikeys.web.failures." + property.substring(0, property.indexOf('=')));
                    });
        }
    }

    /** The one of the plain filter, and the one of a chain of Spring Security. */
    @Test
    void aRealmThatIsNoneStopsTheStart() {
        WebApplicationContextRunner web = new WebApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ApiKeysAutoConfiguration.class, ApiKeysWebAutoConfiguration.class))
                .withPropertyValues("apikeys.store=memory", "apikeys.web.realm=\"");
        for (WebApplicationContextRunner guarded : List.of(
                web.withPropertyValues("apikeys.web.paths=/files"),
                web.withConfiguration(AutoConfigurations.of(SecurityAutoConfiguration.class))
                        .withUserConfiguration(Chain.class))) {
            guarded.run(context -> {
                FailureAnalysis analysis = analysis(context.getStartupFailure());
                assertThat(analysis.getDescription()).contains("apikeys.web.realm is refused", "allowed: 1 to 64");
                assertThat(analysis.getAction()).contains("such as api");
            });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Chain {
        @Bean
        SecurityFilterChain api(HttpSecurity http) throws Exception {
            return http.with(ApiKeysConfigurer.apiKeys(), Customizer.withDefaults())
                    .build();
        }
    }
}
