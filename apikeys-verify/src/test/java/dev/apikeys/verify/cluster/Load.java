package dev.apikeys.verify.cluster;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Several JVMs that work on one cluster, and the ledger of what they were acknowledged. Keys that one makes are verified by
 * all; they are revoked at a steady pace, tickets are claimed and keys rotated by all at once. Thread-safe.
 */
final class Load implements AutoCloseable {

    /** In which time a node that can work must have done something. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final long REVOKE_EACH_MILLIS = 60;

    /** Calls of one kind in one JVM. */
    record Calls(int member, String kind, long acknowledged, long refused, long unknown, long longestMillis) {}

    /** How a claim ended; unsure if an attempt before it may have claimed. */
    record Claim(String outcome, boolean unsure) {}

    /** What one JVM saw of a key: how often it was good, and when the last verification began that found it so. */
    record Seen(int member, long valid, long lastValidBegan) {}

    /** A JVM. */
    private static final class Member {
        final Process process;
        final BufferedWriter commands;
        final AtomicLong acknowledged = new AtomicLong();
        final CountDownLatch ready = new CountDownLatch(1);
        final CountDownLatch rests = new CountDownLatch(1);
        final CountDownLatch ended = new CountDownLatch(1);

        Member(Process process) {
            this.process = process;
            this.commands = process.outputWriter(StandardCharsets.UTF_8);
        }
    }

    private final Path log;
    private final List<Member> members = new ArrayList<>();
    private final ScheduledExecutorService pacer = Executors.newSingleThreadScheduledExecutor();
    private final Queue<String> revocable = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> seenBy = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicLong unknown = new AtomicLong();
    private final AtomicInteger toBeRevoked = new AtomicInteger();
    private volatile List<Integer> revokers;
    private int gathered;

    final Queue<List<String>> made = new ConcurrentLinkedQueue<>();
    final Map<String, Long> revoked = new ConcurrentHashMap<>();
    final Map<String, Queue<Claim>> claims = new ConcurrentHashMap<>();
    final Map<String, String> successors = new ConcurrentHashMap<>();
    final Map<String, Queue<Seen>> seen = new ConcurrentHashMap<>();
    final Map<String, Set<String>> lastCodes = new ConcurrentHashMap<>();
    final Queue<Calls> calls = new ConcurrentLinkedQueue<>();
    final AtomicLong cacheHits = new AtomicLong();
    final AtomicLong cacheMisses = new AtomicLong();
    final AtomicLong unavailable = new AtomicLong();
    final Queue<String> broken = new ConcurrentLinkedQueue<>();

    private Load(Path log) {
        this.log = log;
    }

    /** Starts a JVM for each URL and waits until all have begun. */
    static Load start(Path log, String... urls) {
        Load load = new Load(log);
        try {
            for (String url : urls) {
                load.launch(url);
            }
            load.revokers = load.all();
            for (int i = 0; i < urls.length; i++) {
                load.require(load.members.get(i).ready, "begin");
            }
            load.pacer.scheduleAtFixedRate(
                    load::revokeNext, REVOKE_EACH_MILLIS, REVOKE_EACH_MILLIS, TimeUnit.MILLISECONDS);
            return load;
        } catch (RuntimeException | Error e) {
            load.close();
            throw e;
        }
    }

    private List<Integer> all() {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            all.add(i);
        }
        return List.copyOf(all);
    }

    private void launch(String url) {
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            LoadNode.class.getName(),
                            url)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            int number = members.size();
            members.add(new Member(process));
            Thread reader = new Thread(() -> read(number), "load-" + number);
            reader.setDaemon(true);
            reader.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(int number) {
        Member member = members.get(number);
        try (BufferedReader lines = member.process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                note(number, member, line.split(" "));
            }
        } catch (IOException | RuntimeException e) {
            broken.add(number + " " + e);
        } finally {
            member.ready.countDown();
            member.rests.countDown();
            member.ended.countDown();
        }
    }

    private void note(int number, Member member, String[] line) {
        switch (line[0]) {
            case "READY" -> member.ready.countDown();
            case "MADE" -> acknowledged(member, Arrays.asList(line).subList(1, line.length));
            case "KEY" -> {
                acknowledged(member, List.of(line[1]));
                tellAll("WATCH " + line[1] + " " + line[2]);
            }
            case "SEEN" -> {
                if (seenBy.computeIfAbsent(line[1], id -> new AtomicInteger()).incrementAndGet() == members.size()) {
                    revocable.add(line[1]);
                }
            }
            case "REVOKED" -> revoked.put(line[1], Long.parseLong(line[2]));
            case "TICKET" -> {
                acknowledged(member, List.of(line[1]));
                claims.put(line[2], new ConcurrentLinkedQueue<>());
                tellAll("CLAIM " + line[2]);
            }
            case "CLAIM" -> claims.get(line[1]).add(new Claim(line[2], line[3].equals("UNSURE")));
            case "ROTATABLE" -> {
                acknowledged(member, List.of(line[1]));
                tellAll("ROTATE " + line[1]);
            }
            case "ROTATED" -> {
                String other = successors.putIfAbsent(line[1], line[2]);
                if (other != null) {
                    broken.add("Two successors of " + line[1] + " were acknowledged: " + other + " and " + line[2]);
                }
            }
            case "CONFLICT", "FAILED" -> {
                // The other one was first, or the outcome is not known.
            }
            case "CODE" ->
                lastCodes
                        .computeIfAbsent(line[1], id -> ConcurrentHashMap.newKeySet())
                        .add(line[2]);
            case "COUNT" ->
                seen.computeIfAbsent(line[1], id -> new ConcurrentLinkedQueue<>())
                        .add(new Seen(number, Long.parseLong(line[2]), Long.parseLong(line[3])));
            case "CALLS" ->
                calls.add(new Calls(
                        number,
                        line[1],
                        Long.parseLong(line[2]),
                        Long.parseLong(line[3]),
                        Long.parseLong(line[4]),
                        Long.parseLong(line[5])));
            case "VERIFIED" -> {
                cacheHits.addAndGet(Long.parseLong(line[1]));
                cacheMisses.addAndGet(Long.parseLong(line[2]));
                unavailable.addAndGet(Long.parseLong(line[3]));
            }
            case "UNKNOWN" -> unknown.incrementAndGet();
            case "RESTS" -> member.rests.countDown();
            case "END" -> member.ended.countDown();
            default -> broken.add(number + " " + String.join(" ", line));
        }
    }

    private void acknowledged(Member member, List<String> ids) {
        made.add(List.copyOf(ids));
        member.acknowledged.incrementAndGet();
    }

    /** Lets no JVM revoke keys until so many are there that all have found good. While a JVM cannot verify, no more come. */
    void gather(int count) {
        revokedBy();
        awaitThat("keys that all have seen", () -> revocable.size() >= count && revoked.size() >= toBeRevoked.get());
        gathered = revoked.size() + count;
    }

    /** Waits until as many keys as were gathered have been revoked since then. */
    void awaitGatheredRevoked() {
        awaitThat("keys to be revoked that all had seen", () -> revoked.size() >= gathered);
    }

    /** Says which of them revoke keys from now on, if any. */
    void revokedBy(Integer... numbers) {
        revokers = List.of(numbers);
    }

    private void revokeNext() {
        List<Integer> now = revokers;
        String id = now.isEmpty() ? null : revocable.poll();
        if (id != null) {
            toBeRevoked.incrementAndGet();
            tell(members.get(now.get(turn.getAndIncrement() % now.size())), "REVOKE " + id);
        }
    }

    private void tellAll(String command) {
        members.forEach(member -> tell(member, command));
    }

    private void tell(Member member, String command) {
        synchronized (member) {
            try {
                member.commands.write(command);
                member.commands.newLine();
                member.commands.flush();
            } catch (IOException e) {
                broken.add(command.split(" ")[0] + " could not be told: " + e);
            }
        }
    }

    /** Waits until a JVM was acknowledged so many calls that make keys, and returns how long that took. */
    Duration awaitMade(int number, int count) {
        long began = System.nanoTime();
        AtomicLong acknowledged = members.get(number).acknowledged;
        long enough = acknowledged.get() + count;
        awaitThat("JVM " + number + " to make keys", () -> acknowledged.get() >= enough);
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Waits until so many more keys were revoked. */
    void awaitRevoked(int count) {
        int enough = revoked.size() + count;
        awaitThat("keys to be revoked", () -> revoked.size() >= enough);
    }

    /** Waits until so many more calls ended of which it is not known whether they took effect. */
    void awaitUnknown(int count) {
        long enough = unknown.get() + count;
        awaitThat("outcomes to be unknown", () -> unknown.get() >= enough);
    }

    private void awaitThat(String what, BooleanSupplier condition) {
        await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            requireSound();
            return condition.getAsBoolean();
        });
    }

    private void requireSound() {
        if (!broken.isEmpty()) {
            throw new IllegalStateException(String.join("\n", broken));
        }
    }

    /** Ends the load, with all that is under way, once all must know of each revocation. */
    void finish() {
        revokedBy();
        awaitThat("revocations to be acknowledged", () -> revoked.size() >= toBeRevoked.get());
        long ended = System.nanoTime();
        awaitThat("cached records to age", () -> System.nanoTime() - ended > LoadNode.CACHE_MAX_AGE.toNanos());
        pacer.shutdownNow();
        // Each ticket of the last keys must be known to all before the first of them ends.
        tellAll("REST");
        members.forEach(member -> require(member.rests, "rest"));
        tellAll("FINISH");
        members.forEach(member -> require(member.ended, "end"));
        requireSound();
    }

    private void require(CountDownLatch latch, String what) {
        try {
            if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("A JVM does not " + what + "; see " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The longest time that a revoked key was accepted after the revoke was acknowledged; negative if none was. */
    Duration greatestStaleness() {
        long most = Long.MIN_VALUE;
        for (Map.Entry<String, Long> each : revoked.entrySet()) {
            for (Seen by : seen.getOrDefault(each.getKey(), new ConcurrentLinkedQueue<>())) {
                if (by.lastValidBegan() != Long.MIN_VALUE) {
                    most = Math.max(most, by.lastValidBegan() - each.getValue());
                }
            }
        }
        return Duration.ofNanos(most);
    }

    @Override
    public void close() {
        pacer.shutdownNow();
        members.forEach(member -> member.process.destroyForcibly());
        members.forEach(member -> member.process.onExit().join());
    }
}
