package dev.apikeys.tck;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Page;
import dev.apikeys.Precondition;
import dev.apikeys.Proof;
import dev.apikeys.Rotation;
import dev.apikeys.Verification;
import dev.apikeys.VerificationRequest;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One thread's part of a program: runs its steps and checks each answer. For one thread. */
final class Worker {
    /** Longer than any program, even if clocks jump. */
    private static final Duration HAND_OFF = Duration.ofDays(1);

    private static final int PAGE = 7;
    private static final int JOURNAL_PAGE = 200;
    private static final Duration MOMENT = Duration.ofMillis(5);
    private static final Access PROGRAM = Access.resource("/program", "GET");

    private final String name;
    private final ConcurrentProgram program;
    private final ApiKeyManager manager;
    private final Ledger ledger;
    private final Calls calls;
    private int updates;

    Worker(String name, ConcurrentProgram program, ApiKeyManager manager, Ledger ledger) {
        this.name = name;
        this.program = program;
        this.manager = manager;
        this.ledger = ledger;
        this.calls = new Calls(name, program, manager, ledger);
    }

    String name() {
        return name;
    }

    Calls calls() {
        return calls;
    }

    void perform(List<ConcurrentProgram.Step> steps) {
        for (ConcurrentProgram.Step step : steps) {
            TrackedKey key = ledger.pick(step.pick());
            if (step.act() == Act.CLOSE) {
                close();
            } else if (key == null) {
                create(spec().handOff(HAND_OFF));
            } else {
                perform(step, key);
            }
        }
    }

    private void perform(ConcurrentProgram.Step step, TrackedKey key) {
        switch (step.act()) {
            case CREATE -> create(spec());
            case CREATE_FOR_HAND_OFF -> create(spec().handOff(HAND_OFF));
            case CREATE_SHORT_LIVED -> create(spec().expiresIn(MOMENT).handOff(MOMENT));
            case CREATE_ALL -> createAll();
            case VERIFY -> verify(key);
            case AUTHORIZE -> authorize(key);
            case FIND -> find(key);
            case LIST -> list();
            case UPDATE -> update(key, step.pick() % 2 == 0);
            case DISABLE -> disable(key);
            case ENABLE -> enable(key);
            case ROTATE -> rotate(key, Duration.ofSeconds(step.pick() % 2));
            case REVOKE -> revoke(key);
            case REVOKE_ALL -> revokeAll(key);
            case DELETE -> delete(key);
            case CLAIM -> claim(key);
            case DISCARD -> discard(key);
            case READ_JOURNAL -> readJournal(key);
            case MAINTAIN -> maintain();
            case RELOAD -> reload();
            case CLOSE -> throw new IllegalArgumentException("a close is of no key");
        }
    }

    // ---------------------------------------------------------------- creating

    private KeySpec.Builder spec() {
        return KeySpec.builder(name).role("read_only");
    }

    private void create(KeySpec.Builder spec) {
        KeyId id = KeyId.random();
        // With outages, a chosen id makes known which key may exist.
        KeySpec built = (program.outages() ? spec.id(id) : spec).build();
        CreatedKey created = calls.change(
                "create",
                null,
                keys -> keys.create(built),
                made -> List.of(row(JournalEntry.Type.CREATED, made.key())),
                String::valueOf,
                () -> ledger.mayExist(id));
        if (created != null) {
            track(List.of(created));
        }
    }

    private static Chronicle.Row row(JournalEntry.Type type, ApiKey key) {
        return new Chronicle.Row(type, key.id(), key.version());
    }

    private void track(List<CreatedKey> created) {
        List<TrackedKey> keys = created.stream().map(TrackedKey::new).toList();
        for (TrackedKey key : keys) {
            if (key.expires) {
                endanger(key);
            }
        }
        ledger.add(keys);
        for (TrackedKey key : keys) {
            int dooms = ledger.dooms(key);
            if (dooms > 0) {
                endanger(key);
                key.untoldChanges.addAndGet(dooms);
            }
        }
    }

    /** Marks a key that is about to end and may then be purged. */
    private void endanger(TrackedKey key) {
        key.endangered = true;
        if (program.purges()) {
            key.deleting = true;
        }
    }

    private void createAll() {
        List<KeyId> ids = List.of(KeyId.random(), KeyId.random(), KeyId.random());
        String owner = "owner " + ids.get(0);
        List<KeySpec> specs = ids.stream()
                .map(id -> KeySpec.builder(name)
                        .owner(owner)
                        .permissions(Set.of("read"))
                        .id(id)
                        .build())
                .toList();
        List<CreatedKey> created = calls.change(
                "createAll",
                null,
                keys -> keys.createAll(specs),
                made -> made.stream()
                        .map(each -> row(JournalEntry.Type.CREATED, each.key()))
                        .toList(),
                String::valueOf,
                () -> ids.forEach(ledger::mayExist));
        if (created != null) {
            track(created);
        }
    }

    // ---------------------------------------------------------------- verifying

    private void verify(TrackedKey key) {
        boolean ended = key.ended;
        Verification answer = calls.read(
                "verify",
                key.id,
                keys -> program.reloads() ? keys.verify(key.secret, PROGRAM) : keys.verify(key.secret),
                v -> v.code().name());
        if (answer == null) {
            return;
        }
        if (answer instanceof Verification.Verified verified) {
            key.valid.incrementAndGet();
            key.proof = verified.proof();
        }
        judge(key, answer, ended);
    }

    private void authorize(TrackedKey key) {
        Proof proof = key.proof;
        if (proof == null) {
            verify(key);
            return;
        }
        boolean ended = key.ended;
        VerificationRequest request =
                program.reloads() ? VerificationRequest.forProof().access(PROGRAM) : VerificationRequest.forProof();
        Verification answer = calls.read(
                "authorize",
                key.id,
                keys -> keys.authorize(proof, request),
                v -> v.code().name());
        if (answer != null) {
            judge(key, answer, ended);
        }
    }

    private void judge(TrackedKey key, Verification answer, boolean ended) {
        Verification.Code code = answer.code();
        if (code == Verification.Code.VALID) {
            if (ended) {
                throw new AssertionError("VALID although the verification began after the key was taken back: " + key);
            }
        } else if (answer.publicCode() == Verification.PublicCode.UNAVAILABLE ? !program.outages() : !key.endangered) {
            throw new AssertionError(
                    code + " although the key was neither taken back nor disabled nor rotated: " + key);
        }
    }

    // ---------------------------------------------------------------- reading

    private void find(TrackedKey key) {
        boolean ended = key.ended;
        long known = key.known.get();
        Optional<ApiKey> found = calls.read(
                "find",
                key.id,
                keys -> keys.find(key.id),
                f -> f.map(ApiKey::version).map(version -> "version " + version).orElse("nothing"));
        if (found == null) {
            return;
        }
        if (found.isEmpty()) {
            requireDeleting(key);
        } else if (found.get().version() < known) {
            throw new AssertionError("Found version " + found.get().version() + " of " + key
                    + " after a change had been answered with " + known);
        } else if (ended) {
            key.requireTakenBack(found.get());
        }
    }

    private static void requireDeleting(TrackedKey key) {
        if (!key.deleting) {
            throw new AssertionError("Not found, although it was returned and never deleted: " + key);
        }
    }

    private void list() {
        List<TrackedKey> before = ledger.all();
        List<ApiKey> listed = listAll();
        if (listed != null) {
            Ledger.checkListing(before, listed);
        }
    }

    /** Returns all keys, or null if a page could not be read. */
    @Nullable List<ApiKey> listAll() {
        List<ApiKey> listed = new ArrayList<>();
        KeyQuery query = KeyQuery.all().limit(PAGE);
        for (; ; ) {
            KeyQuery asked = query;
            Page<ApiKey> page = calls.read(
                    "list", null, keys -> keys.list(asked), p -> p.items().size() + " keys");
            if (page == null) {
                return null;
            }
            listed.addAll(page.items());
            if (page.next().isEmpty()) {
                return listed;
            }
            query = query.after(page.next().get());
        }
    }

    private void readJournal(TrackedKey key) {
        List<Map.Entry<String, Chronicle.Row>> known = ledger.chronicle.known(key.id);
        List<JournalEntry> read = journal(JournalQuery.all().key(key.id).limit(PAGE));
        if (read != null) {
            Chronicle.requireKnown(known, read);
        }
    }

    /** Returns the whole journal, or null if a page could not be read. */
    @Nullable List<JournalEntry> journal() {
        return journal(JournalQuery.all().limit(JOURNAL_PAGE));
    }

    private @Nullable List<JournalEntry> journal(JournalQuery all) {
        List<JournalEntry> read = new ArrayList<>();
        JournalQuery query = all;
        for (; ; ) {
            JournalQuery asked = query;
            Page<JournalEntry> page = calls.read(
                    "journal", null, keys -> keys.journal(asked), p -> p.items().size() + " entries");
            if (page == null) {
                return null;
            }
            read.addAll(page.items());
            if (page.next().isEmpty()) {
                return read;
            }
            query = query.after(page.next().get());
        }
    }

    // ---------------------------------------------------------------- changing

    private void update(TrackedKey key, boolean provided) {
        String text = name + " update " + updates++;
        KeyUpdate update = KeyUpdate.builder().name(text).build();
        long known = key.known.get();
        ApiKey changed = change(
                "update",
                JournalEntry.Type.UPDATED,
                key,
                keys -> (provided ? keys.provided(Precondition.version(known)) : keys).update(key.id, update));
        if (changed == null) {
            return;
        }
        if (provided && changed.version() != known + 1) {
            throw new AssertionError("An update of " + key + " that was provided for version " + known
                    + " was answered with version " + changed.version());
        }
        key.updated(changed, text);
    }

    private void disable(TrackedKey key) {
        key.endangered = true;
        ApiKey disabled = change("disable", JournalEntry.Type.DISABLED, key, keys -> keys.disable(key.id));
        if (disabled != null) {
            key.switched(disabled, true);
        }
    }

    private void enable(TrackedKey key) {
        // An enable of a key that is not disabled changes nothing, and returns the same.
        ApiKey enabled = change("enable", null, key, keys -> keys.enable(key.id));
        if (enabled != null) {
            key.switched(enabled, false);
        }
    }

    private void revoke(TrackedKey key) {
        endanger(key);
        if (change("revoke", JournalEntry.Type.REVOKED, key, keys -> keys.revoke(key.id, "program")) != null) {
            key.ended = true;
        }
    }

    /** Makes a change that returns the key after the change. */
    private @Nullable ApiKey change(
            String what, JournalEntry.@Nullable Type type, TrackedKey key, Calls.Question<ApiKey> question) {
        ApiKey changed = calls.change(
                what,
                key.id,
                ofExisting(key, question),
                made -> type == null ? null : List.of(row(type, made)),
                made -> "version " + made.version(),
                key.unknownChanges::incrementAndGet);
        if (changed != null) {
            key.told(changed);
        }
        return changed;
    }

    private static <T> Calls.Question<T> ofExisting(TrackedKey key, Calls.Question<T> question) {
        return keys -> {
            try {
                return question.ask(keys);
            } catch (KeyNotFoundException e) {
                requireDeleting(key);
                throw e;
            }
        };
    }

    private void revokeAll(TrackedKey picked) {
        String owner = picked.owner;
        if (owner == null) {
            revoke(picked);
            return;
        }
        ledger.doom(owner);
        List<TrackedKey> all = ledger.ofOwner(owner);
        for (TrackedKey key : all) {
            endanger(key);
            key.untoldChanges.incrementAndGet();
        }
        KeyQuery query = KeyQuery.all().owner(owner).limit(PAGE);
        Integer revoked = calls.changes("revokeAll", keys -> keys.revokeAll(query, "program"), String::valueOf);
        if (revoked != null) {
            all.forEach(key -> key.ended = true);
        }
    }

    private void rotate(TrackedKey key, Duration grace) {
        endanger(key);
        KeyId id = KeyId.random();
        Rotation kind = grace.isZero() ? Rotation.immediate() : Rotation.withGrace(grace);
        Rotation rotation = program.outages() ? kind.id(id) : kind;
        CreatedKey successor = calls.change(
                "rotate",
                key.id,
                ofExisting(key, keys -> keys.rotate(key.id, rotation)),
                made -> List.of(
                        new Chronicle.Row(JournalEntry.Type.ROTATED, key.id, null),
                        row(JournalEntry.Type.CREATED, made.key())),
                String::valueOf,
                () -> {
                    key.unknownChanges.incrementAndGet();
                    ledger.mayExist(id);
                });
        if (successor == null) {
            return;
        }
        track(List.of(successor));
        if (grace.isZero()) {
            key.ended = true;
        }
        if (key.rotated.incrementAndGet() > 1) {
            throw new AssertionError("Rotated twice: " + key);
        }
    }

    private void delete(TrackedKey key) {
        key.endangered = true;
        key.deleting = true;
        Boolean deleted = calls.change(
                "delete",
                key.id,
                keys -> keys.delete(key.id),
                made -> List.of(new Chronicle.Row(JournalEntry.Type.DELETED, key.id, null)),
                String::valueOf,
                () -> {});
        if (deleted != null) {
            key.ended = true;
            if (deleted && key.deleted.incrementAndGet() > 1) {
                throw new AssertionError("Deleted twice: " + key);
            }
        }
    }

    // ---------------------------------------------------------------- handing off

    private void discard(TrackedKey key) {
        key.discarding = true;
        calls.read("discard", key.id, keys -> keys.vault().discard(key.id), String::valueOf);
    }

    void claim(TrackedKey key) {
        String ticket = key.ticket;
        if (ticket == null) {
            return;
        }
        ClaimResult result = calls.read(
                "claim",
                key.id,
                keys -> claim(keys, key, ticket),
                r -> r.getClass().getSimpleName());
        if (!(result instanceof ClaimResult.Claimed claimed)) {
            if (result != null && key.waits()) {
                throw new AssertionError("A hand-off was lost: a claim of it was answered "
                        + result.getClass().getSimpleName() + ", although no other can have claimed it before, and it"
                        + " was not taken back, disabled, rotated, deleted or discarded: " + key);
            }
            return;
        }
        if (key.claimed.incrementAndGet() > 1) {
            throw new AssertionError("Two claims of one ticket were given its secret: " + key);
        }
        if (!claimed.secret().matches(key.secret)) {
            throw new AssertionError("A claim gave another secret than create did: " + key);
        }
    }

    private static ClaimResult claim(ApiKeyManager keys, TrackedKey key, String ticket) {
        key.claims.incrementAndGet();
        boolean mayHaveWon = true;
        try {
            ClaimResult result = keys.vault().claim(ticket);
            mayHaveWon = result instanceof ClaimResult.Claimed;
            return result;
        } catch (StorageException e) {
            mayHaveWon = e.outcomeUnknown();
            throw e;
        } catch (IllegalStateException e) {
            mayHaveWon = false; // Rejected after close.
            throw e;
        } finally {
            if (!mayHaveWon) {
                key.claims.decrementAndGet();
            }
        }
    }

    // ---------------------------------------------------------------- the rest

    boolean maintain() {
        return calls.changes("maintain", ApiKeyManager::maintain, String::valueOf) != null;
    }

    private void reload() {
        calls.read(
                "reload",
                null,
                keys -> {
                    program.reload();
                    return "done";
                },
                String::valueOf);
    }

    private void close() {
        ledger.closing = true;
        String closed = calls.read(
                "close",
                null,
                keys -> {
                    manager.close();
                    return "done";
                },
                String::valueOf);
        ledger.usageLost = closed == null;
        KeyQuery any = KeyQuery.all().limit(1);
        if (calls.read("list", null, keys -> keys.list(any), String::valueOf) != null) {
            throw new AssertionError("The manager was closed, and answers nevertheless");
        }
    }
}
