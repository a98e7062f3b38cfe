package dev.apikeys.verify.races;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.Verification.Code;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.verify.programs.Stores;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Two managers of one service, or one in the place of both, with a clock and a sense of passing time that stand still
 * until the race moves them. The stores have clocks of their own, which go on: what is to be purged is made in the past,
 * because a purge is put off where the clocks differ by more than an hour. Thread-safe.
 */
final class Nodes implements AutoCloseable {
    /** So short that it can pass hundreds of times while one thread waits for the load of another. */
    static final Duration CACHE_AGE = Duration.ofMillis(5);

    static final Duration RETENTION = Duration.ofDays(1);

    /** What may upload posts files, and what may read gets them. */
    static final String POLICY = "p, upload, /files/*, POST, allow\np, read, /files/*, GET, allow\n";

    /** Where a race takes place, how often each outcome is to be seen, and within how many rounds. */
    enum Kind {
        ONE_IN_MEMORY(100, 20_000, 18),
        TWO_ON_POSTGRESQL(40, 4_000, 22);

        private final int times;
        private final int rounds;
        private final int hesitationBits;

        Kind(int times, int rounds, int hesitationBits) {
            this.times = times;
            this.rounds = rounds;
            this.hesitationBits = hesitationBits;
        }
    }

    private final AtomicLong millis = new AtomicLong(System.currentTimeMillis());
    private final AtomicLong nanos = new AtomicLong();
    private final CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy(POLICY);
    private final Random random;
    private final List<Stores> stores;
    private final List<ApiKeyManager> managers;

    /** Plays one round on these nodes. */
    interface Round<O> {
        @Nullable O play(Nodes nodes, Race.Start start) throws Exception;
    }

    private Nodes(Kind kind, Random random) {
        this.random = random;
        stores = switch (kind) {
            case ONE_IN_MEMORY -> List.of(Stores.of(Stores.Kind.MEMORY));
            case TWO_ON_POSTGRESQL -> Stores.ofTwoNodes();
        };
        managers = open();
    }

    static <O extends Enum<O>> void race(Kind kind, Class<O> outcomes, Round<O> round) {
        Random random = Race.random();
        try (Nodes nodes = new Nodes(kind, random)) {
            new Race<>(outcomes, kind.times, kind.rounds, kind.hesitationBits)
                    .run(random, start -> round.play(nodes, start));
        }
    }

    /** A manager on the stores of each node; whoever asks closes it. */
    List<ApiKeyManager> open() {
        List<ApiKeyManager> opened = new ArrayList<>();
        Pauses pauses = new Pauses(random);
        for (Stores node : stores) {
            opened.add(ApiKeys.builder(pauses.in(ApiKeyStore.class, node.keys()))
                    .handOff(pauses.in(TempKeyStore.class, node.tempKeys()))
                    .authorizer(authorizer)
                    .cacheMaxAge(CACHE_AGE)
                    .cacheLifetime(
                            CACHE_AGE) // no feed: purges are not told, and its thread knows nothing of this clock
                    .retention(RETENTION)
                    .stallThreshold(Duration.ofDays(1))
                    .clock(() -> Instant.ofEpochMilli(millis.get()))
                    .ticker(nanos::get)
                    .maintainedByHost()
                    .build());
        }
        return opened;
    }

    ApiKeyManager left() {
        return managers.get(0);
    }

    /** Another node than the left, if there are two. */
    ApiKeyManager right() {
        return managers.get(managers.size() - 1);
    }

    TempKeyStore tempKeys() {
        return stores.get(0).tempKeys();
    }

    CasbinAuthorizer authorizer() {
        return authorizer;
    }

    Instant now() {
        return Instant.ofEpochMilli(millis.get());
    }

    /** Sets the clock to so long before that of the stores. */
    void setClockBack(Duration ago) {
        millis.set(System.currentTimeMillis() - ago.toMillis());
    }

    void setClock(Instant now) {
        millis.set(now.toEpochMilli());
    }

    /** Lets the time pass within which a node may not know what another one did; a node itself knows at once. */
    void letTheOtherHear() {
        if (managers.size() > 1) {
            nanos.addAndGet(CACHE_AGE.toNanos());
        }
    }

    /** What each node answers once it must know what the other did. */
    Set<Code> verify(String secret) {
        letTheOtherHear();
        return EnumSet.of(left().verify(secret).code(), right().verify(secret).code());
    }

    @Override
    public void close() {
        managers.forEach(ApiKeyManager::close);
        stores.forEach(Stores::close);
    }
}
