package dev.apikeys.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.HandOff;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Page;
import dev.apikeys.Rotation;
import dev.apikeys.TempKeyVault;
import dev.apikeys.Verification;
import dev.apikeys.Verification.Code;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the library promises on three Galera nodes, each with a pool of its own. */
@NeedsServers(Servers.GALERA)
class GaleraTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** A second for the pool, the timeout of the store, and what may come on top, on a machine with other work. */
    private static final Duration LONGEST_VERIFY = Duration.ofSeconds(20);

    /** Of up to four calls of the store. */
    private static final Duration LONGEST_CALL = LONGEST_VERIFY.multipliedBy(4);

    private static final int ROUNDS = Integer.getInteger("apikeys.verify.times", 1);

    @RegisterExtension
    static final Results results = new Results("galera");

    private static GaleraCluster cluster;

    private final List<HikariDataSource> pools = new ArrayList<>();

    @BeforeAll
    static void start() {
        cluster = GaleraCluster.start();
    }

    @AfterAll
    static void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @BeforeEach
    void open() {
        if (!cluster.isWhole()) {
            // A test before this one failed half-way.
            cluster.close();
            cluster = GaleraCluster.start();
        }
        cluster.recreate();
        IntStream.range(0, GaleraCluster.NODES).forEach(node -> pools.add(Pools.open(cluster.url(node))));
        // On all nodes at once, as services that start do.
        Crew.run(pools, JdbcSchema::create);
    }

    @AfterEach
    void close() {
        pools.forEach(HikariDataSource::close);
    }

    private ApiKeyManager manager(int node, Duration storeTimeout) {
        return ApiKeys.builder(JdbcApiKeyStore.builder(pools.get(node))
                        .timeout(storeTimeout)
                        .build())
                .handOff(JdbcTempKeyStore.create(pools.get(node)))
                .cacheMaxAge(Duration.ZERO)
                .build();
    }

    private ApiKeyManager manager(int node) {
        return manager(node, Duration.ofSeconds(10));
    }

    private Set<String> ids(int node) {
        return new HashSet<>(cluster.texts(node, "SELECT id FROM apikeys_key"));
    }

    @Test
    void noAcknowledgedRowIsLostWhileAnotherNodeAltersTheTable() {
        int calls = 60;
        Queue<List<CreatedKey>> acknowledged = new ConcurrentLinkedQueue<>();
        try (ApiKeyManager keys = manager(0);
                Crew crew = new Crew()) {
            crew.repeat(() -> {
                int before = acknowledged.size();
                cluster.execute(
                        1, "ALTER TABLE apikeys_key ADD COLUMN extra INT", "ALTER TABLE apikeys_key DROP COLUMN extra");
                await("a call to succeed in between")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> acknowledged.size() > before);
            });
            for (int i = 0; i < 3; i++) {
                crew.repeat(() -> {
                    try {
                        acknowledged.add(keys.createAll(specs(40)));
                    } catch (StorageException e) {
                        // Given up in favor of the other node all the time; it was not acknowledged.
                    }
                });
            }
            await().atMost(PATIENCE).until(() -> crew.failed() || acknowledged.size() >= calls);
        }
        for (int node = 0; node < GaleraCluster.NODES; node++) {
            Set<String> rows = ids(node);
            assertThat(acknowledged)
                    .allSatisfy(call -> assertThat(call)
                            .allSatisfy(
                                    key -> assertThat(rows).contains(key.id().value())));
        }
    }

    @Test
    void whatWasDoneOnOneNodeIsKnownOnAnotherThatLags() throws Exception {
        try (ApiKeyManager here = manager(0);
                ApiKeyManager there = manager(1)) {
            CreatedKey waiting = here.create(KeySpec.builder("a")
                    .role("read_only")
                    .handOff(Duration.ofHours(1))
                    .build());
            CreatedKey key = here.create(
                    KeySpec.builder("b").role("read_only").owner("o").build());
            assertThat(there.verify(key.secret().reveal()).code()).isEqualTo(Code.VALID);

            List<CreatedKey> made = new ArrayList<>();
            Verification verified = lagging(
                    () -> made.add(
                            here.create(KeySpec.builder("c").role("read_only").build())),
                    () -> there.verify(made.get(0).secret().reveal()));
            assertThat(verified.code()).isEqualTo(Code.VALID);
            Page<ApiKey> listed = lagging(
                    () -> made.addAll(here.createAll(specs(2))),
                    () -> there.list(KeyQuery.all().limit(100)));
            assertThat(listed.items()).hasSize(5);
            int revoked = lagging(
                    () -> here.create(
                            KeySpec.builder("d").role("read_only").owner("o").build()),
                    () -> there.revokeAll(KeyQuery.all().owner("o"), "test"));
            assertThat(revoked).isEqualTo(2);
            HandOff[] put = new HandOff[1];
            boolean discarded = lagging(
                    () -> put[0] = here.vault().put(key.id(), key.secret(), Duration.ofHours(1)),
                    () -> there.vault().discard(key.id()));
            assertThat(discarded).isTrue();
            ClaimResult claim = lagging(
                    () -> here.vault()
                            .claim(waiting.handOff().orElseThrow().ticket().reveal()),
                    () -> there.vault()
                            .claim(waiting.handOff().orElseThrow().ticket().reveal()));
            assertThat(claim).isInstanceOf(ClaimResult.AlreadyClaimed.class);
            TempKeyVault.Status status = lagging(
                    () -> here.vault().put(key.id(), key.secret(), Duration.ofHours(1)),
                    () -> there.vault().handOffStatus(key.id()));
            assertThat(status).isInstanceOf(TempKeyVault.Status.Waiting.class);
            Page<JournalEntry> journal = lagging(
                    () -> here.disable(waiting.id()),
                    () -> there.journal(JournalQuery.all().key(waiting.id())));
            assertThat(journal.items()).hasSize(2);
            JdbcApiKeyStore follower = JdbcApiKeyStore.create(pools.get(1));
            Changes.Mark mark = follower.changes(null).next();
            Changes changes = lagging(() -> here.enable(waiting.id()), () -> follower.changes(mark));
            assertThat(changes.ids()).containsExactly(waiting.id().value());
        }
    }

    /** Does something, and something else on node 1, which does not yet have what was done when that begins. */
    private static <T> T lagging(Callable<?> before, Callable<T> after) throws Exception {
        FutureTask<T> task = new FutureTask<>(after);
        try (Connection lock = cluster.connect(1);
                Statement statement = lock.createStatement()) {
            statement.execute("FLUSH TABLES WITH READ LOCK");
            before.call();
            new Thread(task).start();
            await("the call to end, or to wait for the node")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> task.isDone() || waits(statement));
            statement.execute("UNLOCK TABLES");
        }
        return task.get();
    }

    private static boolean waits(Statement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT count(*) FROM information_schema.processlist"
                + " WHERE id <> connection_id() AND info LIKE '%wsrep_sync_wait%' AND time_ms > 20")) {
            return result.next() && result.getInt(1) > 0;
        }
    }

    @Test
    void aNodeThatDoesNotApplyAcceptsNothingThatWasRevokedElsewhere() throws SQLException {
        try (ApiKeyManager here = manager(0);
                ApiKeyManager there = manager(1, Duration.ofSeconds(1))) {
            CreatedKey key = here.create(KeySpec.builder("a").role("read_only").build());
            assertThat(there.verify(key.secret().reveal()).code()).isEqualTo(Code.VALID);
            try (Connection lock = cluster.connect(1);
                    Statement statement = lock.createStatement()) {
                statement.execute("FLUSH TABLES WITH READ LOCK");
                here.revoke(key.id(), "test");
                assertThat(there.verify(key.secret().reveal()).code()).isEqualTo(Code.STORE_UNAVAILABLE);
                statement.execute("UNLOCK TABLES");
            }
            await().atMost(PATIENCE)
                    .until(() -> there.verify(key.secret().reveal()).code() == Code.REVOKED);
        }
    }

    @Test
    void ofCallsOnAllNodesAtOnceOneWins() {
        int rounds = 60;
        List<ApiKeyManager> managers =
                IntStream.range(0, GaleraCluster.NODES).mapToObj(this::manager).toList();
        try {
            for (int i = 0; i < rounds; i++) {
                CreatedKey key = managers.get(i % GaleraCluster.NODES)
                        .create(KeySpec.builder("a")
                                .role("read_only")
                                .handOff(Duration.ofHours(1))
                                .build());
                String ticket = key.handOff().orElseThrow().ticket().reveal();
                Queue<ClaimResult> claims = new ConcurrentLinkedQueue<>();
                Crew.run(managers, manager -> claims.add(manager.vault().claim(ticket)));
                assertThat(claims)
                        .filteredOn(ClaimResult.Claimed.class::isInstance)
                        .hasSize(1);
                assertThat(claims)
                        .filteredOn(ClaimResult.AlreadyClaimed.class::isInstance)
                        .hasSize(2);

                Queue<CreatedKey> successors = new ConcurrentLinkedQueue<>();
                Crew.run(managers, manager -> {
                    try {
                        successors.add(manager.rotate(key.id(), Rotation.immediate()));
                    } catch (ConflictException e) {
                        assertThat(e.reason()).isEqualTo(ConflictException.Reason.ROTATED);
                    }
                });
                assertThat(successors).hasSize(1);
            }
        } finally {
            managers.forEach(ApiKeyManager::close);
        }
        assertThat(cluster.texts(1, "SELECT rotated_from FROM apikeys_key WHERE rotated_from IS NOT NULL"))
                .hasSize(rounds)
                .doesNotHaveDuplicates();
    }

    /** Transactions of all nodes that meet in one row: the cluster gives one of two up, also while it is rolled back. */
    @Test
    void changesOfOneKeyOnAllNodesAtOnceAreMadeOrLoseARace() {
        int rounds = 60;
        AtomicInteger made = new AtomicInteger();
        List<ApiKeyManager> managers =
                IntStream.range(0, GaleraCluster.NODES).mapToObj(this::manager).toList();
        try {
            KeyId id = managers.get(0)
                    .create(KeySpec.builder("a").role("read_only").build())
                    .id();
            Crew.run(managers, manager -> {
                for (int i = 0; i < rounds; i++) {
                    try {
                        manager.update(
                                id, KeyUpdate.builder().name("round " + i).build());
                        made.incrementAndGet();
                    } catch (ConflictException e) {
                        assertThat(e.reason()).isEqualTo(ConflictException.Reason.CONTENDED);
                    }
                }
            });
        } finally {
            managers.forEach(ApiKeyManager::close);
        }
        assertThat(cluster.texts(1, "SELECT version FROM apikeys_key"))
                .containsExactly(Integer.toString(1 + made.get()));
        assertThat(made).hasPositiveValue();
    }

    @Test
    void usesOfOneKeyOnAllNodesAddUp() {
        int uses = 200;
        List<ApiKeyManager> managers =
                IntStream.range(0, GaleraCluster.NODES).mapToObj(this::manager).toList();
        try {
            CreatedKey key = managers.get(0)
                    .create(KeySpec.builder("a").role("read_only").build());
            Crew.run(managers, manager -> {
                for (int i = 0; i < uses; i++) {
                    assertThat(manager.verify(key.secret().reveal()).code()).isEqualTo(Code.VALID);
                    if (i % 10 == 0) {
                        manager.maintain();
                    }
                }
            });
        } finally {
            managers.forEach(ApiKeyManager::close);
        }
        assertThat(cluster.texts(2, "SELECT usage_count FROM apikeys_key"))
                .containsExactly(Integer.toString(uses * GaleraCluster.NODES));
    }

    /** The order of the numbers, or of the times, is not that of the commits. */
    @Test
    void aNodeSeesWhatAnotherCommitsBehindItsLastPoll() throws SQLException {
        JdbcApiKeyStore follower = JdbcApiKeyStore.create(pools.get(2));
        try (ApiKeyManager there = manager(1);
                Connection late = cluster.connect(0);
                Statement statement = late.createStatement()) {
            List<CreatedKey> made = there.createAll(specs(2));
            Changes begun = follower.changes(null);
            late.setAutoCommit(false);
            statement.execute("INSERT INTO apikeys_journal (time, id, type, actor, key_id, count) VALUES ("
                    + "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000, 'late', 'REVOKED',"
                    + " 'test', '" + made.get(0).id() + "', 1)");
            // Each node has numbers of its own: the first one may be less.
            for (int i = 0; i < 3; i++) {
                there.revoke(made.get(1).id(), "test");
            }
            Changes first = follower.changes(begun.next());
            assertThat(first.ids()).containsExactly(made.get(1).id().value());

            late.commit();
            assertThat(cluster.texts(
                            2,
                            "SELECT count(*) FROM apikeys_journal WHERE seq > (SELECT seq FROM"
                                    + " apikeys_journal WHERE id = 'late')"))
                    .doesNotContain("0");
            Changes second = follower.changes(first.next());
            assertThat(second.isAll()).isFalse();
            assertThat(second.ids()).containsExactly(made.get(0).id().value());
            assertThat(follower.changes(second.next()).ids()).isEmpty();
        }
    }

    @Test
    void aNodeSeesEachChangeOfThreeNodesThatWriteAtOnce() {
        JdbcApiKeyStore follower = JdbcApiKeyStore.create(pools.get(2));
        List<ApiKeyManager> managers =
                IntStream.range(0, GaleraCluster.NODES).mapToObj(this::manager).toList();
        try {
            List<CreatedKey> made = managers.get(0).createAll(specs(600));
            Set<String> told = new HashSet<>();
            Changes.Mark[] mark = {follower.changes(null).next()};
            Crew.Work poll = () -> {
                Changes changes = follower.changes(mark[0]);
                assertThat(changes.isAll()).isFalse();
                told.addAll(changes.ids());
                mark[0] = changes.next();
            };
            try (Crew reader = new Crew()) {
                reader.repeat(poll);
                Crew.run(IntStream.range(0, 6).boxed().toList(), part -> {
                    for (int i = part; i < made.size(); i += 6) {
                        managers.get(part % GaleraCluster.NODES)
                                .revoke(made.get(i).id(), "test");
                    }
                });
            }
            Changes rest = follower.changes(mark[0]);
            told.addAll(rest.ids());
            assertThat(told)
                    .containsExactlyInAnyOrderElementsOf(
                            made.stream().map(key -> key.id().value()).toList());
        } finally {
            managers.forEach(ApiKeyManager::close);
        }
    }

    /** What was stopped, or left without a majority, must not go on with what it has when it is back. */
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES) // more than five at a load of 20
    void nodesDieStopAndLoseTheirMajorityUnderLoad() throws SQLException {
        try (Load load = Load.start(cluster.log("load"), cluster.url(0), cluster.url(1), cluster.url(2))) {
            for (int round = 0; round < ROUNDS; round++) {
                awaitAll(load);
                kill(load);
                pause(load);
                loseMajority(load, JdbcApiKeyStore.create(pools.get(0)));
            }
            load.finish();
            for (int node = 0; node < GaleraCluster.NODES; node++) {
                Audit audit = Audit.of(load, cluster.connectInStep(node));
                audit.requireAllKept(LONGEST_VERIFY, LONGEST_CALL);
                if (node == 0) {
                    audit.note(results);
                }
            }
        }
    }

    private static void awaitAll(Load load) {
        load.revokedBy(0, 1, 2);
        for (int node = 0; node < GaleraCluster.NODES; node++) {
            load.awaitMade(node, 20);
        }
        load.awaitRevoked(20);
    }

    /** The other nodes go on; the JVM of the dead one has keys that are revoked on them. */
    private static void kill(Load load) {
        load.gather(20);
        cluster.kill(0);
        load.revokedBy(1, 2);
        results.note("SIGKILL of a node: writes are acknowledged again after", load.awaitMade(1, 20));
        load.awaitGatheredRevoked();
        cluster.rejoin(0);
        awaitAll(load);
    }

    /** When the node goes on, it has not applied what was revoked meanwhile. */
    private static void pause(Load load) {
        load.gather(20);
        cluster.pause(1);
        load.revokedBy(0, 2);
        results.note("SIGSTOP of a node: writes are acknowledged again after", load.awaitMade(0, 20));
        load.awaitGatheredRevoked();
        cluster.resume(1);
        cluster.awaitSynced(1);
        awaitAll(load);
    }

    /** Until it has one again, the node itself says that it does nothing. */
    private static void loseMajority(Load load, JdbcApiKeyStore store) {
        cluster.kill(1);
        cluster.kill(2);
        cluster.awaitStatus(0, "wsrep_cluster_status", "non-Primary");
        WriteSet oneRow = WriteSet.builder()
                .insert(KeyRow.builder("ak_never", "hash", "never").build())
                .build();
        assertThatThrownBy(() -> store.write(oneRow))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        e -> assertThat(e.outcomeUnknown()).isFalse())
                .hasMessageContaining("code 1047");
        cluster.bootstrap(0);
        results.note("quorum lost and given back: writes are acknowledged again after", load.awaitMade(0, 20));
        cluster.rejoin(1);
        cluster.rejoin(2);
        awaitAll(load);
    }

    private static List<KeySpec> specs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> KeySpec.builder("row").role("read_only").build())
                .toList();
    }
}
