package dev.apikeys.tck;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Page;
import dev.apikeys.Verification;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One thread's part of a program: does its steps, judges each answer, and keeps a log that others may read meanwhile. To be
 * run by one thread.
 */
final class Worker {
    /** Longer than any program. */
    private static final Duration HAND_OFF = Duration.ofDays(1);

    private static final int PAGE = 7;
    private static final Duration MOMENT = Duration.ofMillis(5);
    private static final Access PROGRAM = Access.resource("/program", "GET");

    /** A call into the manager that has not returned. */
    record Call(String what, long since) {}

    private final String name;
    private final ConcurrentProgram program;
    private final ApiKeyManager manager;
    private final Ledger ledger;
    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private final Map<String, Duration> longest = new HashMap<>();
    private final Map<String, Integer> answers = new HashMap<>();
    private volatile @Nullable Call current;
    private int updates;

    Worker(String name, ConcurrentProgram program, ApiKeyManager manager, Ledger ledger) {
        this.name = name;
        this.program = program;
        this.manager = manager;
        this.ledger = ledger;
    }

    String name() {
        return name;
    }

    @Nullable Call current() {
        return current;
    }

    Queue<String> log() {
        return log;
    }

    /** For whoever knows that this worker has ended. */
    Map<String, Duration> longest() {
        return longest;
    }

    /** For whoever knows that this worker has ended. */
    Map<String, Integer> answers() {
        return answers;
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
            case FIND -> find(key);
            case LIST -> list();
            case UPDATE -> update(key);
            case DISABLE -> disable(key);
            case ENABLE -> enable(key);
            case ROTATE -> rotate(key, Duration.ofSeconds(step.pick() % 2));
            case REVOKE -> revoke(key);
            case DELETE -> delete(key);
            case CLAIM -> claim(key);
            case DISCARD -> discard(key);
            case MAINTAIN -> maintain();
            case RELOAD -> reload();
            case CLOSE -> throw new IllegalArgumentException("a close is of no key");
        }
    }

    private KeySpec.Builder spec() {
        return KeySpec.builder(name).role("read_only");
    }

    private void create(KeySpec.Builder spec) {
        KeySpec built = spec.build();
        CreatedKey created = call("create", null, () -> manager.create(built), String::valueOf);
        if (created != null) {
            track(created);
        }
    }

    private void track(CreatedKey created) {
        TrackedKey key = new TrackedKey(created);
        if (created.key().expiresAt() != null) {
            endanger(key);
        }
        ledger.add(key);
    }

    /** The key is going to end, and may be purged then. */
    private void endanger(TrackedKey key) {
        key.endangered = true;
        if (program.purges()) {
            key.deleting = true;
        }
    }

    private void createAll() {
        List<KeyId> ids = List.of(KeyId.random(), KeyId.random(), KeyId.random());
        List<KeySpec> specs = ids.stream()
                .map(id ->
                        KeySpec.builder(name).permissions(Set.of("read")).id(id).build())
                .toList();
        // The ids are chosen, since a failure does not name them.
        List<CreatedKey> created = call("createAll", null, () -> manager.createAll(specs), String::valueOf);
        if (created == null) {
            ids.forEach(ledger::mayExist);
        } else {
            created.forEach(this::track);
        }
    }

    private void verify(TrackedKey key) {
        boolean ended = key.ended;
        Verification answer = call(
                "verify",
                key.id,
                () -> program.reloads() ? manager.verify(key.secret, PROGRAM) : manager.verify(key.secret),
                v -> v.code().name());
        if (answer == null) {
            return;
        }
        Verification.Code code = answer.code();
        if (code == Verification.Code.VALID) {
            key.valid.incrementAndGet();
            if (ended) {
                throw new AssertionError("VALID although the verification began after the key was taken back: " + key);
            }
        } else if (answer.publicCode() == Verification.PublicCode.UNAVAILABLE ? !program.outages() : !key.endangered) {
            throw new AssertionError(code + " although nobody took back, disabled or rotated the key: " + key);
        }
    }

    private void find(TrackedKey key) {
        boolean ended = key.ended;
        long known = key.known.get();
        Optional<ApiKey> found = call(
                "find",
                key.id,
                () -> manager.find(key.id),
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
            key.requireRevoked(found.get());
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

    /** All keys, or null if a page could not be had. */
    @Nullable List<ApiKey> listAll() {
        List<ApiKey> listed = new ArrayList<>();
        KeyQuery query = KeyQuery.all().limit(PAGE);
        for (; ; ) {
            KeyQuery asked = query;
            Page<ApiKey> page =
                    call("list", null, () -> manager.list(asked), p -> p.items().size() + " keys");
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

    private void update(TrackedKey key) {
        String text = name + " update " + updates++;
        KeyUpdate update = KeyUpdate.builder().name(text).build();
        ApiKey changed = change("update", key, () -> manager.update(key.id, update));
        if (changed != null) {
            key.updated(changed, text);
        }
    }

    private void disable(TrackedKey key) {
        key.endangered = true;
        ApiKey disabled = change("disable", key, () -> manager.disable(key.id));
        if (disabled != null) {
            key.switched(disabled, true);
        }
    }

    private void enable(TrackedKey key) {
        ApiKey enabled = change("enable", key, () -> manager.enable(key.id));
        if (enabled != null) {
            key.switched(enabled, false);
        }
    }

    private void revoke(TrackedKey key) {
        endanger(key);
        if (change("revoke", key, () -> manager.revoke(key.id, "program")) != null) {
            key.ended = true;
        }
    }

    private @Nullable ApiKey change(String what, TrackedKey key, Supplier<ApiKey> change) {
        ApiKey changed = changing(what, key, change, k -> "version " + k.version());
        if (changed != null) {
            key.told(changed);
        }
        return changed;
    }

    private void rotate(TrackedKey key, Duration grace) {
        endanger(key);
        CreatedKey successor = changing("rotate", key, () -> manager.rotate(key.id, grace), String::valueOf);
        if (successor == null) {
            return;
        }
        track(successor);
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
        Boolean deleted = call("delete", key.id, () -> manager.delete(key.id), String::valueOf);
        if (deleted != null) {
            key.ended = true;
            if (deleted && key.deleted.incrementAndGet() > 1) {
                throw new AssertionError("Deleted twice: " + key);
            }
        }
    }

    private void discard(TrackedKey key) {
        key.discarding = true;
        call("discard", key.id, () -> manager.vault().discard(key.id), String::valueOf);
    }

    void claim(TrackedKey key) {
        String ticket = key.ticket;
        if (ticket == null) {
            return;
        }
        ClaimResult result = call(
                "claim", key.id, () -> claim(key, ticket), r -> r.getClass().getSimpleName());
        if (!(result instanceof ClaimResult.Claimed claimed)) {
            if (result != null && key.waits()) {
                throw new AssertionError("A hand-off was lost: a claim of it was answered "
                        + result.getClass().getSimpleName() + ", although nobody can have claimed it before, and nobody"
                        + " took back, disabled, rotated, deleted or discarded it: " + key);
            }
            return;
        }
        if (key.claimed.incrementAndGet() > 1) {
            throw new AssertionError("Two claims of one ticket were given its secret: " + key);
        }
        if (!claimed.secret().orElseThrow().matches(key.secret)) {
            throw new AssertionError("A claim gave another secret than create did: " + key);
        }
    }

    private ClaimResult claim(TrackedKey key, String ticket) {
        key.claims.incrementAndGet();
        boolean mayHaveWon = true;
        try {
            ClaimResult result = manager.vault().claim(ticket);
            mayHaveWon = result instanceof ClaimResult.Claimed;
            return result;
        } catch (StorageException e) {
            mayHaveWon = e.outcomeUnknown();
            throw e;
        } catch (IllegalStateException e) {
            mayHaveWon = false; // Turned away at the door.
            throw e;
        } finally {
            if (!mayHaveWon) {
                key.claims.decrementAndGet();
            }
        }
    }

    boolean maintain() {
        return call(
                        "maintain",
                        null,
                        () -> {
                            manager.maintain();
                            return "done";
                        },
                        String::valueOf)
                != null;
    }

    private void reload() {
        call(
                "reload",
                null,
                () -> {
                    program.reload();
                    return "done";
                },
                String::valueOf);
    }

    private void close() {
        ledger.closing = true;
        String closed = call(
                "close",
                null,
                () -> {
                    manager.close();
                    return "done";
                },
                String::valueOf);
        ledger.usageLost = closed == null;
        if (call("list", null, () -> manager.list(KeyQuery.all().limit(1)), String::valueOf) != null) {
            throw new AssertionError("The manager was closed, and answers nevertheless");
        }
    }

    /** A call that changes a key: one that fails may have changed it. */
    private <T> @Nullable T changing(String what, TrackedKey key, Supplier<T> call, Function<T, String> shown) {
        return call(
                what,
                key.id,
                () -> {
                    try {
                        return call.get();
                    } catch (StorageException e) {
                        if (e.outcomeUnknown()) {
                            key.unknownChanges.incrementAndGet();
                        }
                        throw e;
                    } catch (KeyNotFoundException e) {
                        requireDeleting(key);
                        throw e;
                    }
                },
                shown);
    }

    /** Gives the answer, or null if there was none for a reason that the program allows. */
    private <T> @Nullable T call(String what, @Nullable KeyId id, Supplier<T> call, Function<T, String> shown) {
        String full = id == null ? what + "()" : what + "(" + id + ")";
        long begun = System.nanoTime();
        current = new Call(full, begun);
        try {
            T answer = call.get();
            ended(what, full, shown.apply(answer), begun);
            return answer;
        } catch (ConflictException | KeyNotFoundException e) {
            ended(what, full, e.getClass().getSimpleName(), begun);
            return null;
        } catch (StorageException e) {
            e.keyId().ifPresent(created -> ledger.mayExist(new KeyId(created)));
            ended(what, full, e.toString(), begun);
            if (!program.outages()) {
                throw new AssertionError(full + " failed, although nothing was done to the store: " + e, e);
            }
            return null;
        } catch (IllegalStateException e) {
            ended(what, full, e.toString(), begun);
            if (!ledger.closing) {
                throw e;
            }
            return null;
        } catch (Throwable e) {
            ended(what, full, e.toString(), begun);
            throw e;
        }
    }

    private void ended(String what, String full, String answer, long begun) {
        current = null;
        Duration time = Duration.ofNanos(System.nanoTime() - begun);
        log.add(full + " -> " + answer + " in " + time.toMillis() + " ms");
        longest.merge(what, time, (a, b) -> a.compareTo(b) < 0 ? b : a);
        answers.merge(what, 1, Integer::sum);
    }
}
