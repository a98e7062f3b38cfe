package dev.apikeys.http;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.Verification;
import dev.apikeys.Verification.Code;
import dev.apikeys.VerificationRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Counts failed attempts by client address, so that guessing keys or tickets costs the store nothing once it is over the
 * limit. Counted are unknown keys, wrong secrets and unknown tickets; never what failed without asking the store, nor what
 * failed after a secret was proven. Keys and tickets are counted apart. Over the limit a good key in use goes on, from the
 * cache. Attempts in progress when the limit is reached are answered too: each is counted once its answer is known, so that
 * good keys of one address are never counted. IPv6 addresses count by their /64. The counts are of this node and of a window
 * of time, a minute unless set; share one limit between guard, claims and admin API. Thread-safe.
 *
 * <pre>{@code
 * FailureLimit limit = FailureLimit.of(100, request -> addressFromMyProxy(request));
 * }</pre>
 *
 * @since 0.1
 */
public final class FailureLimit {
    private static final int STANDARD = 100;
    private static final int MAX = 100_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration MAX_WINDOW = Duration.ofDays(1);
    private static final int SLOTS = 1 << 13;
    private static final int COUNT_BITS = 20;
    private static final long COUNT = (1L << COUNT_BITS) - 1;

    private final int failures;
    private final Duration per;
    private final Function<Request, String> clientAddress;
    private final LongSupplier nanos;
    private final long start;

    private final long firstSeed;
    private final long secondSeed;

    /** Of keys, apart from tickets: guessed keys stop no claims. */
    final Counters keys = new Counters();

    /** Of tickets. */
    final Counters tickets = new Counters();

    FailureLimit(int failures, Duration per, Function<Request, String> clientAddress, LongSupplier nanos) {
        if (failures < 1 || failures > MAX) {
            throw new IllegalArgumentException("failures: " + failures + "; allowed: 1 to " + MAX);
        }
        if (per.toSeconds() < 1 || per.compareTo(MAX_WINDOW) > 0) {
            throw new IllegalArgumentException("per: " + per + "; allowed: 1 second to 1 day");
        }
        this.failures = failures;
        this.per = per;
        this.clientAddress = Objects.requireNonNull(clientAddress, "clientAddress");
        this.nanos = nanos;
        this.start = nanos.getAsLong();
        SecureRandom random = new SecureRandom();
        this.firstSeed = random.nextLong();
        this.secondSeed = random.nextLong();
    }

    /**
     * Returns a limit of 100 failures a minute by the address of the connection. Behind a proxy that is the proxy's: use
     * {@link #of} there.
     *
     * @return a limit of its own
     */
    public static FailureLimit standard() {
        return of(STANDARD, MINUTE, Request::remoteAddress);
    }

    /**
     * Returns a limit a minute, by an address that the host finds.
     *
     * @param failures how many failures of one address a minute are let through, 1 to 100 000
     * @param clientAddress the address of a request's client, as the host's own proxy reports it; never one that the client
     *     can write, and without a port
     * @return a limit of its own
     * @throws IllegalArgumentException if the number is out of bounds
     */
    public static FailureLimit of(int failures, Function<Request, String> clientAddress) {
        return of(failures, MINUTE, clientAddress);
    }

    /**
     * Returns a limit by an address that the host finds.
     *
     * @param failures how many failures of one address are let through in each window, 1 to 100 000
     * @param per the length of a window, 1 second to 1 day
     * @param clientAddress the address of a request's client, as the host's own proxy reports it; never one that the client
     *     can write, and without a port
     * @return a limit of its own
     * @throws IllegalArgumentException if the number or the length is out of bounds
     */
    public static FailureLimit of(int failures, Duration per, Function<Request, String> clientAddress) {
        return new FailureLimit(failures, per, clientAddress, System::nanoTime);
    }

    /** Where a request comes from. */
    Client client(Request request) {
        String address = Objects.requireNonNullElse(clientAddress.apply(request), "");
        return new Client(address, address.indexOf(':') < 0 ? address : network(address));
    }

    /**
     * The other end of a request.
     *
     * @param address as the host gives it
     * @param counted the address or network whose failures are counted together
     */
    record Client(String address, String counted) {

        /** Adds the address to a question, unless it is none. */
        VerificationRequest asking(VerificationRequest question) {
            try {
                return question.from(address);
            } catch (IllegalArgumentException noAddress) {
                return question;
            }
        }
    }

    /**
     * Verifies what a request presents, and counts it if it is wrong.
     *
     * @throws Failure if its client is over the limit, and has proven no secret of a cached key
     */
    Verification verify(ApiKeyManager manager, Request request, VerificationRequest question) {
        Client client = client(request);
        VerificationRequest asked = client.asking(question);
        boolean isOver = keys.isOver(client);
        Verification answer = manager.verify(isOver ? asked.cachedOnly() : asked);
        if (answer.code() == Code.UNKNOWN || answer.code() == Code.SECRET_MISMATCH) {
            keys.count(client);
        }
        if (isOver && tellsWhatIsCached(answer)) {
            throw exceeded();
        }
        return answer;
    }

    /** Else answers over the limit would show a stranger which ids are in use: one by one, and as many as they like. */
    private static boolean tellsWhatIsCached(Verification answer) {
        return switch (answer.code()) {
            case NOT_CACHED, UNKNOWN, SECRET_MISMATCH -> true;
            case CORRUPT_RECORD -> answer.provenKey().isEmpty();
            default -> false;
        };
    }

    /** Returns the refusal of a client over the limit, which need not wait for longer than a window. */
    Failure exceeded() {
        return new Failure(429, "RATE_LIMITED", "Too many failed attempts from this address; try again later")
                .retryAfter(per);
    }

    private static String network(String address) {
        try {
            InetAddress parsed = InetAddress.getByName("[" + address + "]"); // in brackets nothing is looked up
            byte[] bytes = parsed.getAddress();
            return bytes.length == 4 ? parsed.getHostAddress() : HexFormat.of().formatHex(bytes, 0, 8);
        } catch (UnknownHostException noAddress) {
            return ""; // counted together: with a port, each connection would have failures of its own
        }
    }

    /**
     * The failures of one kind. An address is over the limit only if both of its counters are, each under a hash of its own:
     * two addresses that share one counter hardly ever share both. The size is fixed, so that a flood of addresses fills no
     * memory.
     */
    final class Counters {
        private final AtomicLongArray first = new AtomicLongArray(SLOTS);
        private final AtomicLongArray second = new AtomicLongArray(SLOTS);

        /** Whether a client failed too often. */
        boolean isOver(Client client) {
            long window = window();
            String counted = client.counted();
            return countIn(window, first.get(slot(firstSeed, counted))) >= failures
                    && countIn(window, second.get(slot(secondSeed, counted))) >= failures;
        }

        void count(Client client) {
            long window = window();
            String counted = client.counted();
            increment(window, first, slot(firstSeed, counted));
            increment(window, second, slot(secondSeed, counted));
        }
    }

    private static void increment(long window, AtomicLongArray counters, int slot) {
        counters.updateAndGet(slot, seen -> window << COUNT_BITS | Math.min(COUNT, countIn(window, seen) + 1));
    }

    /** Counters hold a window and the count of that window. */
    private static long countIn(long window, long seen) {
        return seen >> COUNT_BITS == window ? seen & COUNT : 0;
    }

    /** From one on: the counters begin with window zero. */
    private long window() {
        return 1 + (nanos.getAsLong() - start) / per.toNanos();
    }

    private static int slot(long seed, String counted) {
        long hash = seed;
        for (int i = 0; i < counted.length(); i++) {
            hash = (hash ^ counted.charAt(i)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        return (int) (hash >>> 16) & (SLOTS - 1);
    }
}
