package dev.apikeys;

import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.apikeys.JournalEntry.Changed;
import dev.apikeys.JournalEntry.Type;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the journal holds of a change, and what it never holds. */
class JournalTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final CreatedKey created = keys.create(
            KeySpec.builder("ci deploy").owner("team-a").role("read_upload").build());
    private final KeyId id = created.id();

    @AfterEach
    void close() {
        service.close();
    }

    private JournalEntry last() {
        return keys.journal(JournalQuery.all().limit(1)).items().get(0);
    }

    private void pass() {
        service.time.pass(Duration.ofSeconds(1));
    }

    @Test
    void theFirstEntryOfAKeySaysWhatItWasGiven() {
        JournalEntry entry = last();

        assertThat(entry.type()).isEqualTo(Type.CREATED);
        assertThat(entry.keyId()).isEqualTo(id);
        assertThat(entry.actor()).isEqualTo(Actor.SYSTEM);
        assertThat(entry.version()).isEqualTo(1);
        assertThat(entry.name()).isEqualTo("ci deploy");
        assertThat(entry.owner()).isEqualTo("team-a");
        assertThat(entry.changes())
                .containsOnly(
                        Map.entry("role", new Changed(null, "read_upload")),
                        Map.entry("permissions", new Changed(null, "read,upload")));
        assertThat(entry.fields()).isEmpty();
        assertThat(entry.repeated()).isFalse();
    }

    @Test
    void whatIsDoneToAKeyWithinAMillisecondIsReportedInOrder() {
        for (int i = 0; i < 8; i++) {
            KeyId each = keys.create(spec()).id();
            keys.disable(each);
            keys.enable(each);
            keys.revoke(each, "leaked");
            keys.revoke(each, "leaked");
            keys.delete(each);
            keys.delete(each);

            assertThat(keys.journal(JournalQuery.all().key(each)).items())
                    .extracting(JournalEntry::type, JournalEntry::repeated)
                    .containsExactly(
                            tuple(Type.DELETED, true),
                            tuple(Type.DELETED, false),
                            tuple(Type.REVOKED, true),
                            tuple(Type.REVOKED, false),
                            tuple(Type.ENABLED, false),
                            tuple(Type.DISABLED, false),
                            tuple(Type.CREATED, false));
        }
    }

    @Test
    void anUpdateIsReportedWithOldAndNewRightsAndTheNamesOfTheOtherFields() {
        pass();
        Instant end = service.time.instant().plus(Duration.ofDays(1));
        keys.as(Actor.of("alice").via("page").requestId("r-1"))
                .update(
                        id,
                        KeyUpdate.builder()
                                .name("renamed")
                                .description("never kept")
                                .owner("team-b")
                                .role("admin")
                                .permissions(Set.of("admin"))
                                .expiresAt(end)
                                .metadata(Map.of("never", "kept"))
                                .build());

        JournalEntry entry = last();
        assertThat(entry.type()).isEqualTo(Type.UPDATED);
        assertThat(entry.actor()).isEqualTo(Actor.of("alice").via("page").requestId("r-1"));
        assertThat(entry.version()).isEqualTo(2);
        assertThat(entry.name()).as("as it was").isEqualTo("ci deploy");
        assertThat(entry.owner()).as("as it was").isEqualTo("team-a");
        assertThat(entry.changes())
                .containsOnly(
                        Map.entry("owner", new Changed("team-a", "team-b")),
                        Map.entry("role", new Changed("read_upload", "admin")),
                        Map.entry("permissions", new Changed("read,upload", "admin")),
                        Map.entry("expiresAt", new Changed(null, end.toString())));
        assertThat(entry.fields()).containsExactly("description", "metadata", "name");
        assertThat(service.store.journal().toString()
                        + service.store.journal().stream()
                                .map(JournalRow::details)
                                .toList())
                .doesNotContain("never kept", "never");
    }

    @Test
    void whatFindsItsWorkDoneIsReportedAsRepeated() {
        pass();
        keys.revoke(id, "leaked");
        assertThat(last().repeated()).isFalse();
        assertThat(last().changes().get("revokedFrom"))
                .isEqualTo(new Changed(null, service.time.instant().toString()));
        pass();
        keys.as(Actor.of("bob")).revoke(id, "leaked");
        assertThat(last().type()).isEqualTo(Type.REVOKED);
        assertThat(last().repeated()).isTrue();
        assertThat(last().actor()).isEqualTo(Actor.of("bob"));
        assertThat(last().changes()).isEmpty();

        pass();
        assertThat(keys.delete(id)).isTrue();
        assertThat(last().type()).isEqualTo(Type.DELETED);
        assertThat(last().owner()).isEqualTo("team-a");
        pass();
        assertThat(keys.delete(id)).isFalse();
        assertThat(last().type()).isEqualTo(Type.DELETED);
        assertThat(last().repeated()).isTrue();
        assertThat(last().keyId()).isEqualTo(id);
    }

    @Test
    void aRotationIsReportedOfBothKeys() {
        pass();
        CreatedKey successor = keys.as(Actor.of("alice")).rotate(id, Rotation.immediate());

        List<JournalEntry> entries =
                keys.journal(JournalQuery.all().actor("alice")).items();
        assertThat(entries)
                .extracting(JournalEntry::type, JournalEntry::keyId)
                .containsExactlyInAnyOrder(tuple(Type.ROTATED, id), tuple(Type.CREATED, successor.id()));
    }

    /** Neither stands without the other. */
    @Test
    void aChangeThatIsNotWrittenIsNotReportedAndOneThatIsReportedIsWritten() {
        List<JournalRow> before = service.store.journal();
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("down", null)));
        for (Runnable change : List.<Runnable>of(
                () -> keys.create(spec()),
                () -> keys.disable(id),
                () -> keys.revoke(id, "x"),
                () -> keys.rotate(id, Rotation.immediate()),
                () -> keys.delete(id))) {
            assertThatExceptionOfType(StorageException.class).isThrownBy(change::run);
        }
        service.store.hooks.clear();
        service.store.lostWrites.set(1);
        pass();
        keys.disable(id);

        assertThat(service.store.journal()).hasSize(before.size() + 1);
        assertThat(last().version()).isEqualTo(keys.find(id).orElseThrow().version());
    }

    @Test
    void itHoldsNoSecretHashOrTicketAfterAnyOperation() {
        CreatedKey handed = keys.create(Service.specWithHandOff());
        String ticket = handed.handOff().orElseThrow().ticket().reveal();
        CreatedKey successor = keys.rotate(handed.id(), Rotation.withGrace(Duration.ofHours(1)));
        keys.update(
                id,
                KeyUpdate.builder()
                        .name("was " + handed.secret().reveal())
                        .owner(ticket)
                        .build());
        keys.update(id, KeyUpdate.builder().owner(successor.secret().reveal()).build());
        keys.revoke(id, ticket);
        keys.delete(id);

        String all = service.store.journal().stream()
                .map(row -> row.actor() + row.via() + row.requestId() + row.details())
                .collect(Collectors.joining("\n"));
        String read = keys.journal(JournalQuery.all()).items().stream()
                .map(entry -> entry + " " + entry.name() + entry.owner() + entry.changes())
                .collect(Collectors.joining("\n"));
        for (CreatedKey key : List.of(created, handed, successor)) {
            String secret = key.secret().reveal();
            String random = secret.substring(secret.indexOf('_', 4) + 1);
            assertThat(all + read).doesNotContain(random, random.substring(0, 20));
        }
        for (CreatedKey key : List.of(handed, successor)) {
            String hash = service.store.row(key.id().value()).hash();
            assertThat(all + read).doesNotContain(hash);
        }
        assertThat(all + read).doesNotContain(ticket.substring(3), ticket.substring(3, 23));
        assertThat(all)
                .as("masked and not left out")
                .contains("***")
                .contains(handed.id().value().substring(3) + "_***");
    }

    @Test
    void anEntryHasAtMost4KiBAndSaysThatItWasCut() {
        Set<String> long128 = IntStream.range(0, 128)
                .mapToObj(i -> "permission." + "x".repeat(40) + "." + i)
                .collect(Collectors.toSet());
        String name = "\u4e2d".repeat(100);
        CreatedKey wide = keys.create(KeySpec.builder(name).permissions(long128).build());
        pass();
        keys.update(wide.id(), KeyUpdate.builder().permissions(Set.of("read")).build());

        assertThat(service.store.journal())
                .allSatisfy(row -> assertThat(row.details().getBytes(StandardCharsets.UTF_8))
                        .hasSizeLessThanOrEqualTo(4_096));
        assertThat(last().cut()).isTrue();
        assertThat(last().name()).isEqualTo(name);
        assertThat(last().changes().get("permissions").to()).isEqualTo("read");
        assertThat(keys.journal(JournalQuery.all().key(id)).items().get(0).cut())
                .isFalse();
    }

    @Test
    void theMomentIsThatOfTheStoresClock() {
        Instant elsewhere = service.time.instant().plusSeconds(90);
        service.store.clock = () -> elsewhere;
        keys.disable(id);

        assertThat(last().time()).isEqualTo(elsewhere);
    }
}
