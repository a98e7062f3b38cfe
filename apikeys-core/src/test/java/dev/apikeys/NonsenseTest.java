package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A store that answers nonsense has failed: the exception names its call, nothing is changed, and no loop goes on. */
class NonsenseTest {
    private final Service service = new Service();
    private final ApiKeyManager sound = service.start();
    private final CreatedKey created = sound.create(spec());
    private final CreatedKey other = sound.create(spec());
    private final KeyId id = created.id();

    @AfterEach
    void close() {
        service.close();
    }

    private ApiKeyManager answering(String method, Function<Object[], @Nullable Object> answer) {
        return service.start(service.builderOn(FaultyAnswers.of(service.store, method, answer))
                .retention(Duration.ofDays(1)));
    }

    private ApiKeyManager vaultAnswering(String method, Function<Object[], @Nullable Object> answer) {
        ApiKeys.Builder builder = service.builder();
        builder.tempStore = FaultyAnswers.of(service.temp, method, answer);
        return service.start(builder);
    }

    private static void assertFails(String step, Runnable call) {
        assertThatExceptionOfType(StorageException.class).isThrownBy(call::run).withMessageContaining(step);
    }

    private static List<Runnable> changesOf(ApiKeyManager keys, KeyId id) {
        return List.of(
                () -> keys.revoke(id, "leaked"),
                () -> keys.disable(id),
                () -> keys.enable(id),
                () -> keys.delete(id),
                () -> keys.rotate(id, Rotation.immediate()),
                () -> keys.update(id, KeyUpdate.builder().name("x").build()),
                () -> keys.permissionRepair().set(id, Set.of("read")),
                () -> keys.provided(Precondition.version(1)).vault().discard(id));
    }

    @Test
    void anotherKeysRowIsNeitherShownNorChangedNorVerified() {
        List<KeyRow> rows = service.store.rows();
        KeyRow another = service.store.row(other.id().value());
        ApiKeyManager keys = answering("find", arguments -> another);

        assertFails("store.find", () -> keys.find(id));
        changesOf(keys, id).forEach(change -> assertFails("store.find", change));
        assertCode(keys.verify(created.secret().reveal()), Code.STORE_UNAVAILABLE);

        assertThat(service.store.rows()).isEqualTo(rows);
        assertCode(sound.verify(other.secret().reveal()), Code.VALID);
    }

    @Test
    void nullIsNoAnswerWhereRowsAreDue() {
        List<KeyRow> rows = service.store.rows();
        ApiKeyManager listsNull = answering("list", arguments -> null);
        for (Runnable call : List.<Runnable>of(
                () -> listsNull.list(KeyQuery.all()),
                () -> listsNull.count(KeyQuery.all(), 1),
                () -> listsNull.revokeAll(KeyQuery.all(), "x"),
                () -> listsNull.permissionRepair().apply(KeyQuery.all()))) {
            assertFails("store.list answered null", call);
        }
        assertFails(
                "store.purge answered null",
                () -> answering("purge", arguments -> null).maintain());
        assertFails(
                "store.purgeJournal answered null",
                () -> answering("purgeJournal", arguments -> null).maintain());
        assertFails(
                "store.journal answered null",
                () -> answering("journal", arguments -> null).journal(JournalQuery.all()));
        assertFails(
                "vault.purge answered null",
                () -> vaultAnswering("purge", arguments -> null).maintain());
        assertFails(
                "vault.insert",
                () -> vaultAnswering("insert", arguments -> null).create(specWithHandOff()));
        assertFails(
                "store.journal",
                () -> answering("journal", arguments -> Collections.singletonList(null))
                        .journal(JournalQuery.all()));
        assertFails(
                "store.list",
                () -> answering("list", arguments -> new Slice(Collections.singletonList(null), null))
                        .list(KeyQuery.all()));
        assertThat(service.store.rows()).isEqualTo(rows);
    }

    @Test
    void whatAStoreSaysOfItsArgumentsIsNoMisuseOfTheCaller() {
        List<KeyRow> rows = service.store.rows();
        ApiKeyManager keys = answering("find", arguments -> {
            throw new IllegalArgumentException("no such form of an id");
        });

        assertFails("store.find", () -> keys.find(id));
        changesOf(keys, id).forEach(change -> assertFails("store.find", change));
        assertThat(service.store.rows()).isEqualTo(rows);
    }

    /** Bounded by the number of calls, so that a loop without end fails. */
    private ApiKeyManager listing(Function<Object[], Slice> answer) {
        AtomicInteger calls = new AtomicInteger();
        return answering("list", arguments -> {
            assertThat(calls.incrementAndGet()).as("calls of list").isLessThan(100);
            return answer.apply(arguments);
        });
    }

    private Slice page(Object[] arguments, int rows) {
        Slice all =
                service.store.list((KeyFilter) arguments[0], (Order) arguments[1], null, 1_000, service.time.millis());
        return new Slice(all.rows().subList(0, Math.min(rows, all.rows().size())), null);
    }

    @Test
    void aListWhoseCursorStopsOrGoesBackIsNotFollowed() {
        String first = service.store.rows().get(0).id();
        List<String> inACircle = List.of("ak_z", "ak_a");
        for (boolean newestFirst : new boolean[] {false, true}) {
            KeyQuery query = newestFirst ? KeyQuery.all().newestFirst() : KeyQuery.all();
            for (Function<Object[], String> cursor : List.<Function<Object[], String>>of(
                    arguments -> first,
                    arguments -> "",
                    arguments -> inACircle.get("ak_z".equals(arguments[2]) ? 1 : 0),
                    arguments -> inACircle.get("ak_a".equals(arguments[2]) ? 0 : 1))) {
                Function<Object[], Slice> empty = arguments -> new Slice(List.of(), cursor.apply(arguments));
                for (Function<ApiKeyManager, Runnable> place : places(query)) {
                    assertFails(
                            "store.list answered with a cursor that does not move forward",
                            place.apply(listing(empty)));
                }
            }
        }
        assertThat(service.store.rows()).allMatch(row -> row.revokedAt() == null);
    }

    private static List<Function<ApiKeyManager, Runnable>> places(KeyQuery query) {
        return List.of(
                keys -> () -> keys.list(query),
                keys -> () -> keys.count(query, 10),
                keys -> () -> keys.revokeAll(query, "x"),
                keys -> () -> keys.permissionRepair().apply(query));
    }

    @Test
    void rowsThatAreRepeatedOrNotInOrderAreNoList() {
        List<KeyRow> rows = service.store.rows();
        KeyRow first = rows.get(0);
        KeyRow second = rows.get(1);
        for (boolean newestFirst : new boolean[] {false, true}) {
            KeyQuery query = newestFirst ? KeyQuery.all().newestFirst() : KeyQuery.all();
            List<KeyRow> wrong = newestFirst ? List.of(first, second) : List.of(second, first);
            for (List<KeyRow> answer : List.of(wrong, List.of(first, first))) {
                for (Function<ApiKeyManager, Runnable> place : places(query)) {
                    assertFails(
                            "store.list answered with rows that are repeated or not in order",
                            place.apply(listing(arguments -> new Slice(answer, null))));
                }
            }
        }
        assertThat(service.store.rows()).allMatch(row -> row.version() == 1);
    }

    @Test
    void aCursorThatLeadsBackToRowsThatWereListedIsNotFollowed() {
        ApiKeyManager keys = listing(arguments ->
                new Slice(page(arguments, 2).rows(), service.store.rows().get(0).id()));

        assertFails("does not move forward", () -> keys.revokeAll(KeyQuery.all(), "x"));

        assertThat(service.store.rows()).allMatch(row -> row.version() == 1);
    }

    @Test
    void moreRowsThanWereAskedForAreNoAnswer() {
        ApiKeyManager lists = listing(arguments -> page(arguments, 2));
        ApiKeyManager tells = answering("journal", arguments -> service.store.journal());

        assertFails(
                "store.list answered with more rows",
                () -> lists.list(KeyQuery.all().limit(1)));
        assertFails(
                "store.journal answered with more rows",
                () -> tells.journal(JournalQuery.all().limit(1)));
    }

    /** The calls go on where the last one ended, for ever, and none finds a key. The ticker does not move. */
    @Test
    void aListWhoseCursorLeadsOnForEverEnds() {
        AtomicInteger calls = new AtomicInteger();
        ApiKeyManager keys = answering("list", arguments -> {
            assertThat(calls.incrementAndGet()).as("calls of list").isLessThan(60_000);
            return new Slice(List.of(), String.format("ak_%09d", calls.get()));
        });

        assertFails("its cursor still moves on", () -> keys.count(KeyQuery.all(), 10));
        assertFails("its cursor still moves on", () -> keys.revokeAll(KeyQuery.all(), "x"));
        assertThat(keys.list(KeyQuery.all()).items()).isEmpty();
        assertThat(keys.permissionRepair().inspect(KeyQuery.all()).items()).isEmpty();
    }

    /** The ticker does not move: the budget does not end the round. */
    @Test
    void aPurgeThatRemovesNothingAndSaysThatThereIsMoreIsLeftToTheNextRound() {
        for (ApiKeyManager keys : List.of(
                answering("purge", atMost100(Purge.ofKeys(List.of(), Rest.MORE))),
                answering("purgeJournal", atMost100(Purge.ofJournal(0, Rest.MORE))),
                vaultAnswering("purge", atMost100(new Sweep(List.of(), 0, 0, Rest.MORE))))) {
            assertThat(keys.maintain().left()).isTrue();
        }
    }

    private static Function<Object[], @Nullable Object> atMost100(Object answer) {
        AtomicInteger calls = new AtomicInteger();
        return arguments -> {
            assertThat(calls.incrementAndGet()).as("calls").isLessThan(100);
            return answer;
        };
    }

    /** As a secret that does not match it would be a 401, which makes callers discard good keys. */
    @Test
    void aRowOfAnotherLookupIsAnOutage() {
        KeyRow another = service.store.row(other.id().value()).toBuilder()
                .lookup("0".repeat(64))
                .build();
        ApiKeyManager keys =
                service.start(service.builderOn(FaultyAnswers.of(service.store, "findByLookup", arguments -> another))
                        .alsoAccept(KeyFormat.sha64Hex()));

        assertCode(keys.verify("sk_" + "0123456789abcdef".repeat(4)), Code.STORE_UNAVAILABLE);
    }

    @Test
    void aRowOfTheRightLookupWhoseIdIsNoKeyIdIsAnOutage() {
        KeyRow row = service.store.row(other.id().value());
        ApiKeyManager keys = service.start(service.builderOn(FaultyAnswers.of(
                        service.store,
                        "findByLookup",
                        arguments -> Rows.of(row)
                                .set("id", "AK 1")
                                .set("lookup", arguments[0])
                                .row()))
                .alsoAccept(KeyFormat.sha64Hex()));

        Verification answer = keys.verify("sk_" + "0123456789abcdef".repeat(4));
        assertCode(answer, Code.STORE_UNAVAILABLE);
        assertThat(((Verification.Rejected) answer).failure())
                .as("the store's fault, and no argument's")
                .hasValueSatisfying(failure -> assertThat(failure).doesNotContain("InvalidArgument"));
    }

    @Test
    void aJournalThatIsNotNewestFirstIsNotRead() {
        ApiKeyManager keys = answering("journal", arguments -> {
            List<JournalRow> turned = new ArrayList<>(service.store.journal());
            Collections.reverse(turned);
            return turned;
        });

        assertFails("store.journal", () -> keys.journal(JournalQuery.all()));
    }

    @Test
    void entriesThatWereNotAskedForAreNotShown() {
        ApiKeyManager keys = answering("journal", arguments -> service.store.journal());
        for (JournalQuery query : List.of(
                JournalQuery.all().key(id),
                JournalQuery.all().actor("alice"),
                JournalQuery.all().from(service.time.instant().plusMillis(1)),
                JournalQuery.all().until(service.time.instant()))) {
            assertFails("store.journal answered with rows that were not asked for", () -> keys.journal(query));
        }
    }

    @Test
    void noPurgeRemovesMoreThanItWasToRemove() {
        KeyRow row = service.store.row(id.value());
        List<KeyRow> rows = Collections.nCopies(1_001, row);
        TempRow ended = new TempRow("a".repeat(64), id.value(), null, 0, 1, null);

        assertFails(
                "store.purge answered that it removed more rows",
                () -> answering("purge", arguments -> Purge.ofKeys(rows, Rest.NONE))
                        .maintain());
        assertFails(
                "store.purgeJournal answered that it removed more rows",
                () -> answering("purgeJournal", arguments -> Purge.ofJournal(1_001, Rest.NONE))
                        .maintain());
        for (Sweep sweep : List.of(
                new Sweep(List.of(), 1_001, 0, Rest.NONE),
                new Sweep(Collections.nCopies(1_001, ended), 0, 0, Rest.NONE))) {
            assertFails(
                    "vault.purge answered that it removed more rows",
                    () -> vaultAnswering("purge", arguments -> sweep).maintain());
            assertFails(
                    "vault.insert",
                    () -> vaultAnswering("insert", arguments -> sweep).create(specWithHandOff()));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Purge.ofJournal(-1, Rest.NONE));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sweep(List.of(), -1, 0, Rest.NONE));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sweep(List.of(), 0, -1, Rest.NONE));
    }

    /** No clock shows them, and no JSON holds them; whether another claim was first is told all the same. */
    @Test
    void timesOfATempRowThatCannotBeReadBecomeMomentsThatCan() {
        CreatedKey waiting = sound.create(specWithHandOff());
        String ticket = waiting.handOff().orElseThrow().ticket().reveal();
        TempRow row = service.temp.waiting().get(0);
        for (long millis : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
            service.temp.put(new TempRow(row.ticketHash(), row.keyId(), row.sealed(), row.createdAt(), millis, null));
            assertThat(sound.vault().claim(ticket)).isEqualTo(new ClaimResult.Expired(Instant.EPOCH));
            assertThat(sound.vault().handOffStatus(waiting.id()))
                    .isEqualTo(new TempKeyVault.Status.Expired(Instant.EPOCH));
            service.temp.put(row.settled(millis));
            assertThat(sound.vault().claim(ticket))
                    .isEqualTo(new ClaimResult.AlreadyClaimed(waiting.id(), Instant.EPOCH));
            assertThat(sound.vault().handOffStatus(waiting.id()))
                    .isEqualTo(new TempKeyVault.Status.Claimed(Instant.EPOCH));
        }
    }

    @Test
    void aRowOfATicketWhoseKeyIdIsNoneOpensNothing() {
        String ticket =
                sound.create(specWithHandOff()).handOff().orElseThrow().ticket().reveal();
        TempRow row = service.temp.waiting().get(0);
        service.temp.put(new TempRow(row.ticketHash(), "AK 1", row.sealed(), row.createdAt(), row.deadline(), null));

        assertThat(sound.vault().claim(ticket)).isEqualTo(new ClaimResult.Unknown());
    }

    /** It says of a ticket, which the caller has not seen, that it exists; not of a key. */
    @Test
    void aTicketThatExistsIsNoKeyThatExists() {
        ApiKeyManager keys = vaultAnswering("insert", arguments -> {
            throw new KeyExistsException(id.value(), null);
        });

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.vault().put(id, created.secret(), Duration.ofMinutes(1)))
                .withMessageContaining("a new ticket exists")
                .satisfies(e -> assertThat(e).isExactlyInstanceOf(StorageException.class))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
    }

    @Test
    void lessThanNothingIsNotDiscarded() {
        CreatedKey waiting = sound.create(specWithHandOff());
        ApiKeyManager keys = vaultAnswering("discard", arguments -> -1);

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.vault().discard(waiting.id()))
                .withMessageContaining("vault.discard answered -1")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        assertThat(keys.revoke(waiting.id(), "leaked").status()).isEqualTo(KeyStatus.REVOKED);
    }

    @Test
    void anotherTicketsRowOpensNothing() {
        CreatedKey waiting = sound.create(specWithHandOff());
        CreatedKey another = sound.create(specWithHandOff());
        String ticket = waiting.handOff().orElseThrow().ticket().reveal();
        ApiKeyManager finds = vaultAnswering(
                "find",
                arguments -> service.temp.waiting().stream()
                        .filter(row -> row.keyId().equals(another.id().value()))
                        .findFirst()
                        .orElseThrow());
        ApiKeyManager findsByKey = vaultAnswering(
                "findByKey",
                arguments -> service.temp.waiting().stream()
                        .filter(row -> row.keyId().equals(another.id().value()))
                        .findFirst()
                        .orElseThrow());

        assertFails("vault.find", () -> finds.vault().claim(ticket));
        assertFails("vault.findByKey", () -> findsByKey.vault().handOffStatus(waiting.id()));
        assertThat(service.temp.waiting()).hasSize(2);
    }
}
