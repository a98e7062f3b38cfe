package dev.apikeys;

import dev.apikeys.Verification.Code;
import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.verification.Feed;
import dev.apikeys.jdbc.SimulatedH2;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A random program of two or three nodes on one store, with the age of each answer. One thread makes all steps, in simulated
 * time: a call into the store takes time, in which the others go on.
 */
final class FollowingProgram {
    static final Duration MAX_AGE = Duration.ofSeconds(5);
    static final Duration LIFETIME = Duration.ofMinutes(1);

    private static final Duration DEAD = Duration.ofMinutes(10);
    private static final int STEPS = 800;
    private static final int KEYS = 6;

    /** What has to happen, or the programs show nothing. */
    enum Event {
        /** An answer from a record that is older than cacheMaxAge. */
        OLD_RECORD_USED,
        /** An answer that was no longer right. */
        STALE,
        UNAVAILABLE,
        ANSWER_LOST,
        POLL_FAILED,
        POLL_IN_DOUBT,
        /** A feed that fails for ten minutes. */
        FEED_DEAD,
        ALL_STORES_DOWN,
        /** A node does nothing for up to a minute. */
        NODE_PAUSED,
        /** A call that takes up to twelve seconds, in which its node goes on. */
        CALL_PAUSED,
        JOURNAL_PURGED,
        JOURNAL_EMPTIED,
        BULK_CHANGED,
        /** The clock of a node, up to 70 s ahead of the store's or behind it, steps. */
        CLOCK_STEPPED,
        SERVER_CLOCK_STEPPED,
        FOUND_BY_LOOKUP
    }

    /** The store that the nodes share. */
    enum Where {
        /** Tells in the order of the writes. */
        MEMORY,
        /** Tells by time, and each node has a server with a clock of its own, which steps: by up to 25 s. */
        H2,
        /** The same with clocks that are up to 70 s from the time. */
        H2_WITH_CLOCKS_FAR_APART
    }

    /** Stores that break S19, each in one way. */
    enum Twin {
        NONE,
        /** Leaves out one key in four, as who reads only a page does. */
        SKIPS_KEYS,
        /** Goes by a mark that it has moved before its answer arrived. */
        MOVES_THE_MARK_FIRST,
        /** Says that nothing changed where it does not know what changed. */
        TAKES_A_GAP_FOR_NOTHING,
        /** Tells in the next call. */
        TELLS_A_CALL_LATE,
        /** Answers for itself where it is cut off from the others. */
        ANSWERS_WHILE_CUT_OFF
    }

    /** What a key answered, and until when. */
    private record Era(Code code, long until) {}

    /** A key, with all that it ever answered. */
    private static final class Known {
        final KeyId id;
        final String secret;
        final List<Era> past = new ArrayList<>();

        /** When a node's own change returned last; it has to know of it at once. */
        final Map<Node, Long> changedBy = new HashMap<>();

        Code code = Code.VALID;
        boolean isChanging;

        Known(KeyId id, String secret) {
            this.id = id;
            this.secret = secret;
        }

        /** When an answer was right for the last time. */
        long lastRight(Code answer, long now) {
            if (fits(answer, code)) {
                return now;
            }
            return past.stream()
                    .filter(era -> fits(answer, era.code))
                    .mapToLong(Era::until)
                    .max()
                    .orElse(Long.MIN_VALUE / 2);
        }

        /** A node whose clock is behind takes a revoked key for a disabled one for a while. */
        private static boolean fits(Code answer, Code code) {
            return answer == code || (answer == Code.DISABLED && code == Code.REVOKED);
        }

        boolean isOver() {
            return code == Code.REVOKED || code == Code.UNKNOWN;
        }
    }

    private final Random random;
    private final Twin twin;

    /** How old an answer may be of which no poll has told, in nanoseconds. */
    private final long bound;

    private final boolean pollsAreTrusted;
    private final Where where;
    private final @Nullable SimulatedH2 database;
    private final ApiKeyStore store;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Known> keys = new ArrayList<>();
    private final ApiKeyManager admin;
    private final Map<Event, Integer> events = new EnumMap<>(Event.class);
    private final int slowness;
    private long now;
    private long storesDownUntil;
    private int depth;
    private long greatestStaleness;
    private long greatestWhileFollowing;

    /** Kept, because a manager catches what is thrown in the midst of a poll. */
    private @Nullable AssertionError failure;

    /**
     * Creates a program.
     *
     * @param bound how old an answer may be of which no poll has told; null where nothing that is told is to be relied on
     */
    FollowingProgram(long seed, Where where, Twin twin, @Nullable Duration bound) {
        this.random = new Random(seed);
        this.where = where;
        this.database = where == Where.MEMORY ? null : new SimulatedH2();
        this.store = database == null
                ? new InMemoryApiKeyStore(this::time)
                : database.store(() -> time().toEpochMilli(), () -> now);
        this.twin = twin;
        this.bound = (bound == null ? LIFETIME : bound).toNanos();
        this.pollsAreTrusted = bound != null;
        this.slowness = 1 + random.nextInt(200);
        this.admin = ApiKeys.builder(store)
                .clock(this::time)
                .ticker(() -> now)
                .cacheMaxAge(Duration.ZERO)
                .cacheLifetime(Duration.ZERO)
                .maintainedByHost()
                .build();
        int count = 2 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            nodes.add(new Node());
        }
        for (int i = 0; i < KEYS; i++) {
            keys.add(i < 2 ? newKeyWithLookup() : newKey());
        }
    }

    private Known newKey() {
        CreatedKey created = admin.create(KeySpec.builder("a").role("read_only").build());
        return new Known(created.id(), created.secret().reveal());
    }

    /** As an import leaves it: found by the hash of its secret, which names no id. */
    private Known newKeyWithLookup() {
        KeyId id = admin.create(KeySpec.builder("b").role("read_only").build()).id();
        String secret = "sk_" + String.format("%016x", random.nextLong()).repeat(4);
        SecretHasher hasher = Pepper.hasher(null, List.of());
        KeyRow row = Objects.requireNonNull(store.find(id.value()));
        KeyRow found = row.toBuilder()
                .lookup(hasher.lookup(secret.getBytes(StandardCharsets.US_ASCII)))
                .hash(hasher.store(secret.getBytes(StandardCharsets.US_ASCII)))
                .build();
        write(WriteSet.builder().delete(new WriteSet.Delete(row.id(), row.hash(), row.version())));
        write(WriteSet.builder().insert(found));
        return new Known(id, secret);
    }

    private JournalRow about(String keyId) {
        return JournalRow.builder(KeyId.random().value().replace("ak_", "jr_"), "UPDATED", "program")
                .keyId(keyId)
                .build();
    }

    private Instant time() {
        return Instant.ofEpochMilli(1_764_115_200_000L + now / 1_000_000);
    }

    void run() {
        for (int i = 0; i < STEPS; i++) {
            step();
            // Mostly busy, and idle for up to a minute now and then.
            pass(Duration.ofMillis(random.nextInt(40) == 0 ? random.nextInt(60_000) : random.nextInt(400)));
            if (failure != null) {
                throw failure;
            }
        }
    }

    Map<Event, Integer> events() {
        return events;
    }

    /** In milliseconds. */
    long greatestStaleness() {
        return greatestStaleness / 1_000_000;
    }

    /** In milliseconds, of the answers of nodes whose last poll succeeded and began at most an interval ago. */
    long greatestWhileFollowing() {
        return greatestWhileFollowing / 1_000_000;
    }

    void close() {
        storesDownUntil = 0;
        depth++; // No step goes on meanwhile.
        nodes.forEach(node -> {
            node.downUntil = 0;
            node.manager.close();
        });
        admin.close();
        if (database != null) {
            database.close();
        }
    }

    private void count(Event event) {
        events.merge(event, 1, Integer::sum);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private long in(Duration most) {
        return now + (long) (random.nextDouble() * most.toNanos());
    }

    private void step() {
        switch (random.nextInt(40)) {
            case 0, 1, 2, 3 -> change(any(nodes), any(keys));
            case 4, 5 -> any(nodes).meetTrouble();
            case 6 -> meetTrouble();
            case 7 -> replaceWhatIsOver();
            default -> any(nodes).verify(any(keys));
        }
    }

    private void meetTrouble() {
        switch (random.nextInt(3)) {
            case 0 -> {
                storesDownUntil = in(Duration.ofSeconds(60));
                count(Event.ALL_STORES_DOWN);
            }
            case 1 -> purgeJournal();
            default -> changeMany();
        }
    }

    /** With what was changed a moment ago, and by many nodes not read. */
    private void purgeJournal() {
        Known key = any(keys);
        if (key.code == Code.VALID && !key.isChanging) {
            boolean unusedDone = changing(key, Code.DISABLED, () -> admin.disable(key.id));
        }
        if (where == Where.H2 && random.nextBoolean()) {
            Objects.requireNonNull(database).emptyJournal();
            count(Event.JOURNAL_EMPTIED);
            return;
        }
        // With less than the clocks are apart, what was just written would be purged as old.
        Duration age = switch (where) {
            case MEMORY -> Duration.ZERO;
            case H2 -> Duration.ofMinutes(1);
            case H2_WITH_CLOCKS_FAR_APART -> Duration.ofMinutes(3);
        };
        Rest rest = Rest.MORE;
        while (rest == Rest.MORE) {
            rest = store.purgeJournal(age, time().toEpochMilli(), 1_000).rest();
        }
        count(Event.JOURNAL_PURGED);
    }

    /** More than a call of the feed tells, and a key among them. */
    private void changeMany() {
        Known key = any(keys);
        writeAboutOthers(600);
        if (key.code == Code.VALID && !key.isChanging) {
            boolean unusedDone = changing(key, Code.REVOKED, () -> admin.revoke(key.id, "leaked"));
        }
        writeAboutOthers(600);
        count(Event.BULK_CHANGED);
    }

    private void writeAboutOthers(int count) {
        WriteSet.Builder set = WriteSet.builder();
        for (int i = 0; i < count; i++) {
            set.journal(about(KeyId.random().value()));
        }
        write(set);
    }

    private void write(WriteSet.Builder set) {
        if (!store.write(set.build())) {
            throw new IllegalStateException("a write of the program itself was refused");
        }
    }

    private void replaceWhatIsOver() {
        Known key = any(keys);
        if (key.isOver() && !key.isChanging && nodes.stream().noneMatch(node -> node.loading.contains(key))) {
            keys.set(keys.indexOf(key), random.nextBoolean() ? newKey() : newKeyWithLookup());
        }
    }

    private void change(Node node, Known key) {
        if (node.isPaused() || key.isChanging || key.code == Code.UNKNOWN) {
            return;
        }
        switch (random.nextInt(6)) {
            case 0 -> node.change(key, Code.UNKNOWN, () -> node.manager.delete(key.id));
            case 1 -> node.change(key, Code.REVOKED, () -> node.manager.revoke(key.id, "leaked"));
            case 2 -> {
                if (key.code == Code.VALID) {
                    node.change(key, Code.REVOKED, () -> node.manager.rotate(key.id, Rotation.immediate()));
                }
            }
            default -> {
                if (key.code == Code.VALID) {
                    node.change(key, Code.DISABLED, () -> node.manager.disable(key.id));
                } else if (key.code == Code.DISABLED) {
                    node.change(key, Code.VALID, () -> node.manager.enable(key.id));
                }
            }
        }
    }

    /**
     * Changes a key. Meanwhile the old answer is right, and the new one; whether it was made, the store knows afterwards.
     *
     * @return whether the change was made, or was acknowledged because nothing was left to be done
     */
    private boolean changing(Known key, Code next, Runnable change) {
        Code before = key.code;
        boolean done = true;
        key.isChanging = true;
        key.past.add(new Era(before, Long.MAX_VALUE));
        key.code = next;
        try {
            change.run();
        } catch (StorageException e) {
            done = false;
            count(Event.UNAVAILABLE);
        }
        key.isChanging = false;
        key.past.remove(key.past.size() - 1);
        key.code = stored(key);
        if (key.code != before) {
            key.past.add(new Era(before, now));
        }
        return done || key.code != before;
    }

    private Code stored(Known key) {
        KeyRow row = store.find(key.id.value());
        if (row == null) {
            return Code.UNKNOWN;
        }
        if (row.revokedAt() != null) {
            return Code.REVOKED;
        }
        return row.disabledAt() == null ? Code.VALID : Code.DISABLED;
    }

    /** Time goes on, and the feeds of the nodes with it. */
    private void pass(Duration time) {
        long end = now + time.toNanos();
        if (depth == 0) {
            for (Node next = nextToPoll(end); next != null; next = nextToPoll(end)) {
                now = Math.max(now, next.pollsAt());
                next.poll();
            }
        }
        now = Math.max(now, end);
    }

    private @Nullable Node nextToPoll(long end) {
        Node next = null;
        for (Node node : nodes) {
            if (!node.isPolling && node.pollsAt() <= end && (next == null || node.pollsAt() < next.pollsAt())) {
                next = node;
            }
        }
        return next;
    }

    /** What goes on while a call is on its way. */
    private void meanwhile() {
        if (random.nextInt(300) == 0) {
            count(Event.CALL_PAUSED);
            pass(Duration.ofMillis(random.nextInt(12_000)));
        }
        pass(Duration.ofMillis(random.nextInt(slowness)));
        if (depth == 0 && random.nextInt(3) == 0) {
            depth++;
            try {
                step();
            } finally {
                depth--;
            }
        }
    }

    /** A manager with a clock of its own, on a way of its own to the store. */
    private final class Node {
        /** Keys that are being verified here: who joins the load of another waits, and there is one thread. */
        final Set<Known> loading = new HashSet<>();

        /** Where its ticker began. */
        private final long start = random.nextLong();

        private final long interval =
                Duration.ofMillis(100 + random.nextInt(2_400)).toNanos();
        private final ApiKeyStore server;
        final ApiKeyManager manager;
        private final Feed feed;

        /** How far its clock is from the store's, in milliseconds. */
        private long skew = newSkew(70);

        /** The same of its database server. */
        private long serverSkew = newServerSkew();

        private long nextPoll = now;
        private long pausedUntil = now;
        private long downUntil = now;
        private long feedDeadUntil = now;
        private boolean isInDoubt;
        private boolean losesAnAnswer;
        private boolean isPolling;

        /** When the last poll began that succeeded and has ended. */
        private long followed = Long.MIN_VALUE / 2;

        private long lastFind = now;
        private Changes.@Nullable Mark movedFirst;
        private Set<String> held = Set.of();

        Node() {
            server = database == null
                    ? store
                    : database.store(() -> time().toEpochMilli() + serverSkew, () -> now + start);
            ApiKeys.Builder builder = ApiKeys.builder(behindTheWire())
                    .clock(() -> time().plusMillis(skew))
                    .ticker(() -> now + start)
                    .cacheMaxAge(MAX_AGE)
                    .cacheLifetime(!pollsAreTrusted || random.nextBoolean() ? LIFETIME : Duration.ofHours(1))
                    .alsoAccept(KeyFormat.sha64Hex())
                    .maintainedByHost();
            builder.followsItself = false;
            manager = builder.build();
            feed = Objects.requireNonNull(((DefaultApiKeyManager) manager).parts.feed);
        }

        private long newSkew(int most) {
            return Duration.ofSeconds(random.nextInt(2 * most + 1) - most).toMillis();
        }

        private long newServerSkew() {
            return newSkew(where == Where.H2_WITH_CLOCKS_FAR_APART ? 70 : 25);
        }

        boolean isPaused() {
            return now < pausedUntil;
        }

        long pollsAt() {
            return Math.max(nextPoll, pausedUntil);
        }

        void meetTrouble() {
            switch (random.nextInt(7)) {
                case 0 -> downUntil = in(Duration.ofSeconds(60));
                case 1 -> {
                    feedDeadUntil = random.nextBoolean() ? now + DEAD.toNanos() : in(Duration.ofSeconds(20));
                    count(Event.FEED_DEAD);
                }
                case 2 -> isInDoubt = true;
                case 3 -> losesAnAnswer = true;
                case 4 -> {
                    skew = newSkew(70);
                    count(Event.CLOCK_STEPPED);
                }
                case 5 -> {
                    serverSkew = newServerSkew();
                    count(Event.SERVER_CLOCK_STEPPED);
                }
                default -> {
                    pausedUntil = in(Duration.ofSeconds(60));
                    count(Event.NODE_PAUSED);
                }
            }
        }

        void poll() {
            isPolling = true;
            long begun = now;
            feed.poll();
            long good = now - feed.lag().toNanos();
            if (good >= begun) {
                followed = good;
            }
            isPolling = false;
            nextPoll = now + interval;
        }

        void change(Known key, Code next, Runnable change) {
            if (changing(key, next, change)) {
                key.changedBy.put(this, now);
            }
        }

        void verify(Known key) {
            if (isPaused() || !loading.add(key)) {
                return;
            }
            long begun = now;
            long polled = pollsAreTrusted ? followed : Long.MIN_VALUE / 2;
            long oldest = Math.max(begun - bound + 1, Math.max(polled, key.changedBy.getOrDefault(this, polled)));
            boolean isOld = begun - lastFind >= MAX_AGE.toNanos();
            Code code = manager.verify(key.secret).code();
            loading.remove(key);
            if (code == Code.STORE_UNAVAILABLE) {
                count(Event.UNAVAILABLE);
                return;
            }
            judge(key, code, begun, oldest);
            if (isOld && begun - lastFind >= MAX_AGE.toNanos()) {
                count(Event.OLD_RECORD_USED);
            }
        }

        private void judge(Known key, Code code, long begun, long oldest) {
            long right = key.lastRight(code, now);
            if (right < oldest && failure == null) {
                failure = new AssertionError(code + " at " + begun + " was right for the last time at " + right
                        + ", allowed: " + oldest + " and later; it is " + key.code + " after " + key.past);
            }
            long staleness = begun - right;
            if (staleness > 0) {
                count(Event.STALE);
                greatestStaleness = Math.max(greatestStaleness, staleness);
                if (begun - followed <= interval) {
                    greatestWhileFollowing = Math.max(greatestWhileFollowing, staleness);
                }
            }
        }

        private ApiKeyStore behindTheWire() {
            return (ApiKeyStore) Proxy.newProxyInstance(
                    ApiKeyStore.class.getClassLoader(),
                    new Class<?>[] {ApiKeyStore.class},
                    (proxy, method, arguments) -> method.getName().equals("changes")
                            ? pollOverTheWire((Changes.Mark) arguments[0])
                            : callOverTheWire(method, arguments));
        }

        private Changes pollOverTheWire(Changes.@Nullable Mark mark) {
            if (isDown() || now < feedDeadUntil) {
                count(Event.POLL_FAILED);
                if (twin == Twin.ANSWERS_WHILE_CUT_OFF && mark != null) {
                    return Changes.of(Set.of(), mark);
                }
                throw new StorageException("down", null);
            }
            meanwhile();
            Changes changes = told(mark);
            meanwhile();
            loseAnAnswer();
            return changes;
        }

        private @Nullable Object callOverTheWire(Method method, Object[] arguments) throws Throwable {
            if (isDown()) {
                throw new StorageException("down", null);
            }
            boolean isFind = method.getName().startsWith("find");
            if (method.getName().equals("findByLookup")) {
                count(Event.FOUND_BY_LOOKUP);
            }
            if (isFind) {
                lastFind = now;
            }
            meanwhile();
            Object answer;
            try {
                answer = method.invoke(server, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            meanwhile();
            if (isFind || method.getName().equals("write")) {
                loseAnAnswer();
            }
            return answer;
        }

        private boolean isDown() {
            return now < downUntil || now < storesDownUntil;
        }

        /** What was done stays done. */
        private void loseAnAnswer() {
            if (losesAnAnswer) {
                losesAnAnswer = false;
                count(Event.ANSWER_LOST);
                throw new StorageException("lost", null, true);
            }
        }

        private Changes told(Changes.@Nullable Mark mark) {
            Changes changes =
                    server.changes(twin == Twin.MOVES_THE_MARK_FIRST && movedFirst != null ? movedFirst : mark);
            movedFirst = changes.next();
            if (isInDoubt) {
                isInDoubt = false;
                count(Event.POLL_IN_DOUBT);
                return Changes.inDoubt(changes.next());
            }
            return switch (twin) {
                case SKIPS_KEYS -> changes.isAll() ? changes : Changes.of(threeInFour(changes.ids()), changes.next());
                case TAKES_A_GAP_FOR_NOTHING ->
                    changes.isAll() && mark != null ? Changes.of(Set.of(), changes.next()) : changes;
                case TELLS_A_CALL_LATE -> late(changes);
                default -> changes;
            };
        }

        private Set<String> threeInFour(Set<String> ids) {
            Set<String> left = new HashSet<>(ids);
            left.removeIf(id -> random.nextInt(4) == 0);
            return left;
        }

        private Changes late(Changes changes) {
            Changes late = changes.isAll() ? changes : Changes.of(held, changes.next());
            held = changes.ids();
            return late;
        }
    }
}
