package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.Access;
import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyFormat;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Page;
import dev.apikeys.Pepper;
import dev.apikeys.PermissionRepair;
import dev.apikeys.Precondition;
import dev.apikeys.Proof;
import dev.apikeys.Roles;
import dev.apikeys.Rotation;
import dev.apikeys.Verification;
import dev.apikeys.VerificationRequest;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Runs the Java of the guides. {@link DocumentsTest} compares what stands here with what stands there. */
class GuideTest {
    private final ApiKeyStore store = new InMemoryApiKeyStore();
    private final InMemoryTempKeyStore tempKeys = new InMemoryTempKeyStore();
    private final ApiKeyManager keys =
            ApiKeys.builder(store).handOff(tempKeys).maintainedByHost().build();

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void buildsAManager() {
        String policyText = CasbinAuthorizer.examplePolicy();
        byte[] pepperBytes = new byte[32];
        // snippet: docs/quickstart.md, manager
        ApiKeyManager keys = ApiKeys.builder(store)
                .handOff(tempKeys)
                .roles(Roles.standard().with("auditor", "read", "audit"))
                .authorizer(CasbinAuthorizer.fromPolicy(policyText))
                .pepper(Pepper.of("2026-11", pepperBytes))
                .maxLifetime(Duration.ofDays(365))
                .build();
        // end of snippet
        keys.close();
    }

    @Test
    void keepsKeysInADatabase() {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl("jdbc:h2:mem:guide");
            assertThat(keptIn(pool)).isEqualTo(Verification.Code.VALID);
            assertThat(pool.getConnectionTimeout()).isEqualTo(1_000);
            assertThat(pool.getValidationTimeout()).isEqualTo(1_000);
        }
    }

    private static Verification.Code keptIn(HikariDataSource pool) {
        // snippet: README.md, JDBC
        pool.setConnectionTimeout(1_000); // HikariCP waits for 30 seconds otherwise
        pool.setValidationTimeout(1_000);
        JdbcSchema.create(pool); // or run V1__apikeys.sql from the jar
        ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(pool))
                .handOff(JdbcTempKeyStore.create(pool))
                .operationTimeout(Duration.ofSeconds(2))
                .build();
        // end of snippet
        try (keys) {
            String secret = keys.create(
                            KeySpec.builder("durable").role("read_only").build())
                    .secret()
                    .reveal();
            return keys.verify(secret).code();
        }
    }

    @Test
    void isReadyForAnOutage() {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl("jdbc:h2:mem:outage");
            JdbcSchema.create(pool);
            // snippet: docs/production-checklist.md, two settings
            pool.setConnectionTimeout(1_000);
            pool.setValidationTimeout(1_000);
            ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(pool))
                    .operationTimeout(Duration.ofSeconds(2))
                    .build();
            // end of snippet
            keys.close();
            assertThat(pool.getConnectionTimeout()).isEqualTo(1_000);
            assertThat(pool.getValidationTimeout()).isEqualTo(1_000);
        }
    }

    @Test
    void createsWithARoleOrWithPermissionsOrWithBoth() {
        // snippet: docs/quickstart.md, create
        KeySpec spec = KeySpec.builder("nightly report")
                .owner("team-a")
                .role("admin")
                .permissions(Set.of("read", "download")) // left out: all that the role has
                .expiresIn(Duration.ofDays(90))
                .handOff(Duration.ofMinutes(10))
                .build();
        CreatedKey created = keys.create(spec);
        // end of snippet
        assertThat(created.key().granted()).containsExactly("download", "read");
        assertThat(created.handOff()).isPresent();
    }

    @Test
    void createsOneKeyHoweverOftenItIsAsked() {
        KeyId id = KeyId.random();
        CreatedKey first = createOnce(id);
        assertThat(first.id()).isEqualTo(id);
        CreatedKey second = createOnce(id);
        assertThat(second.key().rotatedFrom()).isEqualTo(id);
        CreatedKey third = createOnce(id);
        assertThat(third.key().rotatedFrom()).isEqualTo(second.id());
        assertThat(Stream.of(first, second, third)
                        .map(created -> keys.verify(created.secret().reveal()).code()))
                .containsExactly(Verification.Code.REVOKED, Verification.Code.REVOKED, Verification.Code.VALID);
    }

    private CreatedKey createOnce(KeyId id) {
        // snippet: docs/quickstart.md, create again
        KeySpec spec = KeySpec.builder("report").role("read_only").id(id).build(); // id: KeyId.random(), kept
        try {
            return keys.create(spec);
        } catch (KeyExistsException e) { // an earlier try was done after all, and its secret is lost
            ApiKey last = keys.find(id).orElseThrow();
            while (last.rotatedTo() != null) { // so was an earlier rotation
                last = keys.find(last.rotatedTo()).orElseThrow();
            }
            return keys.rotate(last.id(), Rotation.immediate());
        }
        // end of snippet
    }

    @Test
    void handsOver() {
        CreatedKey created = keys.create(KeySpec.builder("robot")
                .role("read_only")
                .handOff(Duration.ofMinutes(10))
                .build());
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        assertThat(claim(ticket)).startsWith("sk_");
        assertThat(claim(ticket)).startsWith("Claimed before, at ");
        assertThat(claim("ho_" + "0".repeat(43))).isEqualTo("No such ticket");
    }

    private String claim(String ticket) {
        // snippet: docs/quickstart.md, claim
        ClaimResult result = keys.vault().claim(ticket);
        if (result instanceof ClaimResult.Claimed claimed) {
            return claimed.secret().reveal();
        }
        if (result instanceof ClaimResult.AlreadyClaimed already) {
            return "Claimed before, at " + already.at() + ": if that was not you, ask for another key";
        }
        return result instanceof ClaimResult.Expired ? "Too late" : "No such ticket";
        // end of snippet
    }

    @Test
    void verifiesARequest() {
        String secret = create("read_upload").secret().reveal();
        assertThat(answer(secret)).isEqualTo("200 read_upload key");
        assertThat(answer("sk_typo")).isEqualTo("401 UNAUTHENTICATED");
    }

    private String answer(String presented) {
        // snippet: docs/quickstart.md, verify
        Access mayUpload = Access.permission("upload"); // immutable: keep it beside the route
        Verification answer = keys.verify(presented, mayUpload);
        if (answer instanceof Verification.Rejected rejected) {
            log(rejected.code() + " " + rejected.claimedId()); // the service's own log may know
            return answer.httpStatus() + " " + answer.publicCode();
        }
        ApiKey key = answer.orElseThrow();
        // end of snippet
        return answer.httpStatus() + " " + key.name();
    }

    private void log(String line) {
        assertThat(line).isEqualTo("MALFORMED Optional.empty");
    }

    @Test
    void listsPageByPage() {
        for (int i = 0; i < 7; i++) {
            create("read_only");
        }
        List<ApiKey> all = new ArrayList<>();
        // snippet: docs/quickstart.md, list
        KeyQuery query = KeyQuery.all().owner("team-a").status(KeyStatus.ACTIVE).limit(3);
        for (KeyQuery q = query; q != null; ) {
            Page<ApiKey> page = keys.list(q);
            all.addAll(page.items());
            q = page.next().map(query::after).orElse(null);
        }
        // end of snippet
        assertThat(all).hasSize(7);
    }

    @Test
    void verifiesWithWhatElseIsKnown() {
        String presented = create("read_only").secret().reveal();
        List<Verification.Code> codes = new ArrayList<>();
        // snippet: docs/quickstart.md, request
        Access mayRead = Access.permission("read");
        Verification first =
                keys.verify(VerificationRequest.of(presented).access(mayRead).from("203.0.113.9"));
        if (first instanceof Verification.Verified verified) {
            Proof proof = verified.proof(); // id and creation: a session keeps it instead of the secret
            Verification later =
                    keys.authorize(proof, VerificationRequest.forProof().access(mayRead));
            codes.add(later.code());
        }
        // end of snippet
        assertThat(first.code()).isEqualTo(Verification.Code.VALID);
        assertThat(codes).containsExactly(Verification.Code.VALID);
    }

    @Test
    void namesAndCountsKeys() {
        String presented = create("read_only").secret().reveal();
        // snippet: docs/quickstart.md, claimed id
        Optional<KeyId> claimed = keys.claimedId(presented); // no I/O, and proves nothing
        int active = keys.count(KeyQuery.all().owner("team-a").status(KeyStatus.ACTIVE), 1_000);
        // end of snippet
        assertThat(claimed).isPresent();
        assertThat(active).isOne();
    }

    @Test
    void changesAKey() {
        KeyId id = create("admin").id();
        // snippet: docs/quickstart.md, change
        ApiKey seen = keys.find(id).orElseThrow();
        KeyUpdate update = KeyUpdate.builder()
                .role("read_only")
                .permissions(Set.of("read")) // with the role: those stored must lie within it
                .expiresAt(seen.createdAt().plus(Duration.ofDays(30)))
                .build();
        ApiKey changed = keys.as(Actor.of("alice")) // for the journal
                .provided(Precondition.version(seen.version())) // else ConflictException: it was changed meanwhile
                .update(id, update);
        // end of snippet
        assertThat(changed.granted()).containsExactly("read");
        assertThat(changed.version()).isEqualTo(seen.version() + 1);
    }

    @Test
    void rotatesRevokesAndSwitchesOff() {
        KeyId id = create("read_only").id();
        // snippet: docs/quickstart.md, rotate
        CreatedKey successor = keys.rotate(id, Rotation.withGrace(Duration.ofHours(24)));
        keys.disable(successor.id()); // until enable
        keys.revoke(successor.id(), "laptop lost"); // for good
        int revoked = keys.revokeAll(KeyQuery.all().owner("team-a"), "team dissolved");
        // end of snippet
        assertThat(revoked).isEqualTo(1);
    }

    @Test
    void searchesAndReadsTheJournal() {
        KeyId id = create("read_only").id();
        // snippet: docs/quickstart.md, search
        Page<ApiKey> unused = keys.list(KeyQuery.all()
                .matching("deploy") // in id, name or owner; A to Z without case
                .unusedSince(Instant.now().minus(Duration.ofDays(90)))
                .newestFirst());
        Page<JournalEntry> history = keys.journal(JournalQuery.all().key(id));
        // end of snippet
        assertThat(unused.items()).isEmpty();
        assertThat(history.items()).extracting(JournalEntry::type).containsExactly(JournalEntry.Type.CREATED);
    }

    @Test
    void repairs() {
        create("read_only");
        // snippet: docs/quickstart.md, repair
        PermissionRepair repair = keys.permissionRepair();
        Page<PermissionRepair.Finding> found = repair.inspect(KeyQuery.all()); // writes nothing
        Page<PermissionRepair.Finding> repaired = repair.apply(KeyQuery.all()); // rewrites what has one reading
        // end of snippet
        assertThat(found.items()).isEmpty();
        assertThat(repaired.items()).isEmpty();
    }

    @Test
    void changesThePepper() {
        byte[] oldBytes = new byte[32];
        byte[] newBytes = new byte[33];
        String secret;
        try (ApiKeyManager before =
                ApiKeys.builder(store).pepper(Pepper.of("2026-11", oldBytes)).build()) {
            secret = before.create(KeySpec.builder("old").role("read_only").build())
                    .secret()
                    .reveal();
        }
        // snippet: docs/peppers.md, replace
        ApiKeyManager keys = ApiKeys.builder(store)
                .pepper(Pepper.of("2027-05", newBytes))
                .retiredPepper(Pepper.of("2026-11", oldBytes))
                .build();
        // end of snippet
        assertThat(keys.verify(secret).code()).isEqualTo(Verification.Code.VALID);
        keys.maintain();
        keys.close();
        try (ApiKeyManager after =
                ApiKeys.builder(store).pepper(Pepper.of("2027-05", newBytes)).build()) {
            assertThat(after.verify(secret).code())
                    .as("maintenance moved the hash of a key that was used")
                    .isEqualTo(Verification.Code.VALID);
        }
    }

    @Test
    void takesAPepperWhereThereWasNone() {
        String secret = create("read_only").secret().reveal();
        byte[] bytes = new byte[32];
        // snippet: docs/peppers.md, first
        ApiKeyManager keys = ApiKeys.builder(store)
                .pepper(Pepper.of("2026-11", bytes))
                .format(KeyFormat.standard().acceptingUnpeppered()) // until the last unpeppered key is gone
                .build();
        // end of snippet
        assertThat(keys.verify(secret).code()).isEqualTo(Verification.Code.VALID);
        keys.close();
    }

    /** Compiled only: it reads a file that is the reader's. */
    @SuppressWarnings("unused")
    private static Verification authorizes(ApiKeyStore store, String presented) {
        // snippet: docs/authorization.md
        CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy(Path.of("policy.csv"));
        ApiKeyManager keys = ApiKeys.builder(store).authorizer(authorizer).build();
        Verification v = keys.verify(presented, Access.resource("/api/v1/files/7", "GET"));
        // end of snippet
        return v;
    }

    private CreatedKey create(String role) {
        return keys.create(
                KeySpec.builder(role + " key").owner("team-a").role(role).build());
    }
}
