package dev.apikeys.benchmarks;

import dev.apikeys.benchmarks.Ratio.AtLeast;
import dev.apikeys.benchmarks.Ratio.AtMost;
import dev.apikeys.benchmarks.Ratio.None;
import dev.apikeys.benchmarks.Ratio.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts what a run measured beside what it is measured against, with the targets. */
final class Ratios {
    static final String CREATE_ON_CORES = "create, memory, threads: 2";
    static final String CREATE_POSTGRESQL = "create, postgresql, threads: 8";
    static final String VERIFY_WARM = "verify, warm";
    static final String VAULT_SPRING = "put and claim a temp key, 10 k wait";
    static final String AUTHORIZE_CASBIN = "verify and authorize, 10 k keys";

    private static final String FLOOR = "the floor";
    private static final String WARM = "VerifyBenchmark.warm";
    private static final String SPRING = "Spring Security's one-time tokens, which seal nothing";
    private static final Target FLAT = new AtMost(1.5);
    private static final Target NONE = new None();

    private final Results results;
    private final List<Ratio> all = new ArrayList<>();

    Ratios(Results results) {
        this.results = results;
    }

    /** Every ratio that the run has the figures for. */
    List<Ratio> all() {
        create();
        verify();
        vault();
        authorize();
        guard();
        codec();
        list();
        jdbc();
        scale();
        return List.copyOf(all);
    }

    private void add(String question, String against, Optional<Measured> a, Optional<Measured> b, Target target) {
        Ratio.of(question, against, a, b, target).ifPresent(all::add);
    }

    private void create() {
        for (int threads : List.of(1, 2, 4, 8)) {
            add(
                    "create, memory, threads: " + threads,
                    FLOOR,
                    results.at("CreateBenchmark.create", threads),
                    results.at("CreateBenchmark.floor", threads),
                    threads > 2 ? NONE : new AtLeast(0.7));
        }
        for (int threads : List.of(1, 2)) {
            add(
                    "create, memory, threads: " + threads,
                    "the floor and a journal row by hand",
                    results.at("CreateBenchmark.create", threads),
                    results.at("CreateBenchmark.floorWithJournal", threads),
                    NONE);
        }
        for (String size : List.of("1", "50", "500")) {
            add(
                    "create " + size + " in one call, memory",
                    FLOOR,
                    results.at("CreateBenchmark.createAll" + size, 1),
                    results.at("CreateBenchmark.floor", 1),
                    NONE);
        }
        add(
                "time to create, 5 M keys present",
                "the same with 1 k present",
                results.at("CreateGrowthBenchmark.create", "present", "5000000"),
                results.at("CreateGrowthBenchmark.create", "present", "1000"),
                FLAT);
    }

    private void verify() {
        Optional<Measured> warm = results.at(WARM, 1);
        Optional<Measured> copied = results.at("VerifyBenchmark.floorCopied", 1);
        Optional<Measured> fresh = results.at("VerifyBenchmark.floorNew", 1);
        Optional<Measured> floor = copied.flatMap(a -> fresh.map(b -> a.score() < b.score() ? a : b));
        add(VERIFY_WARM, "one hash and one map get", floor, warm, new AtLeast(0.65));
        add(
                "verify, warm, with a pepper",
                "one HMAC and one map get",
                results.at("VerifyBenchmark.floorPeppered", 1),
                results.at("VerifyBenchmark.warmPeppered", 1),
                new AtLeast(0.5));
        add(
                "refuse a bad checksum",
                "verify, warm",
                warm,
                results.at("VerifyBenchmark.badChecksum", 1),
                new AtLeast(6));
        add(
                "time to authorize a key that was proven before",
                VERIFY_WARM,
                results.at("VerifyBenchmark.authorize", 1),
                warm,
                new AtMost(1.3));
        add(
                VERIFY_WARM,
                "Spring Security's bcrypt, which finds no key and slows down guessing",
                results.at("VerifyBenchmark.springBcrypt", 1),
                warm,
                NONE);
        add(
                VERIFY_WARM,
                "Spring Security's `{sha256}`, which finds no key",
                results.at("VerifyBenchmark.springSha256", 1),
                warm,
                NONE);
        warm.map(Measured::allocated)
                .filter(bytes -> !bytes.isNaN())
                .ifPresent(bytes ->
                        all.add(new Ratio("verify, warm, bytes allocated", "-", bytes, bytes, bytes, new AtMost(400))));
    }

    private void vault() {
        String ours = "VaultBenchmark.Ours.putAndClaim";
        add(
                "time to put and claim a temp key, 1 M wait",
                "the same where 100 wait",
                results.at(ours, "live", "1000000"),
                results.at(ours, "live", "100"),
                FLAT);
        vault(VAULT_SPRING, "10000", 20, 50);
        vault("put and claim a temp key, 1 M wait", "1000000", 1_000, 1_000);
        for (String live : List.of("10000", "100000")) {
            add(
                    "put and claim a temp key in H2, " + thousands(live) + " k wait",
                    "Spring Security's JdbcOneTimeTokenService, which seals nothing and deletes what was claimed",
                    results.at("JdbcVaultBenchmark.Spring.generateAndConsume", "live", live),
                    results.at("JdbcVaultBenchmark.Ours.putAndClaim", "live", live),
                    NONE);
        }
    }

    private void vault(String question, String live, int timesFixed, int timesSpring) {
        Optional<Measured> ours = results.at("VaultBenchmark.Ours.putAndClaim", "live", live);
        add(
                question,
                SPRING,
                results.at("VaultBenchmark.Spring.generateAndConsume", "live", live),
                ours,
                new AtLeast(timesSpring));
        add(
                question,
                "the source system's vault without its deadlock, which seals nothing",
                results.at("VaultBenchmark.Fixed.putAndTake", "live", live),
                ours,
                new AtLeast(timesFixed));
        add(
                question,
                "a bare ConcurrentHashMap, which seals nothing and keeps no deadline",
                results.at("VaultBenchmark.Bare.putAndRemove", "live", live),
                ours,
                NONE);
    }

    private void authorize() {
        String ours = "AuthorizeBenchmark.Ours.verify";
        for (String keys : List.of("10000", "1000000")) {
            add(
                    "time to verify and authorize, " + thousands(keys) + " k keys",
                    "the same with 10 keys",
                    results.at(ours, "keys", keys),
                    results.at(ours, "keys", "10"),
                    FLAT);
        }
        add(
                AUTHORIZE_CASBIN,
                "jCasbin's Enforcer with policies per key, its decision alone",
                results.at("AuthorizeBenchmark.PerKey.enforcer", "keys", "10000"),
                results.at(ours, "keys", "10000"),
                new AtLeast(1_000));
        add(
                AUTHORIZE_CASBIN,
                "jCasbin's SyncedEnforcer with policies per key, its decision alone",
                results.at("AuthorizeBenchmark.PerKey.syncedEnforcer", "keys", "10000"),
                results.at(ours, "keys", "10000"),
                new AtLeast(1_000));
    }

    private void guard() {
        guard("the guard on the server of the JDK", "GuardBenchmark.jdk");
        guard("the guard as a servlet filter", "GuardBenchmark.servlet");
    }

    private void guard(String question, String name) {
        Optional<Measured> guarded = results.at(name, 1);
        Optional<Measured> alone = results.at("GuardBenchmark.verification", 1);
        add("time of " + question, "the verification that it makes", guarded, alone, NONE);
        guarded.flatMap(a -> alone.map(b -> new Ratio(
                        question + ", ns beside the verification",
                        "-",
                        a.score() - b.score(),
                        a.low() - b.high(),
                        a.high() - b.low(),
                        new AtMost(2_000))))
                .ifPresent(all::add);
    }

    private static int thousands(String count) {
        return Integer.parseInt(count) / 1_000;
    }

    private void codec() {
        add(
                "decode an intact list",
                "Jackson reading a `String[]`, which checks no name",
                results.at("CodecBenchmark.floor", 1),
                results.at("CodecBenchmark.decodeIntact", 1),
                new AtLeast(0.3));
    }

    private void list() {
        list("time to list the last 100 keys of 1 M, memory", "last", "first");
        list("time to list the last 100 keys of one of ten owners, memory", "lastOfOwner", "firstOfOwner");
    }

    private void list(String question, String a, String b) {
        add(question, "the first 100", results.at("ListBenchmark." + a, 1), results.at("ListBenchmark." + b, 1), FLAT);
    }

    private void jdbc() {
        for (String database : List.of("postgresql", "mariadb", "h2", "sqlite")) {
            for (int threads : List.of(1, 8)) {
                add(
                        "create, " + database + ", threads: " + threads,
                        "the same INSERT by hand",
                        results.at("JdbcBenchmark.create", threads, "database", database),
                        results.at("JdbcBenchmark.insertByHand", threads, "database", database),
                        new AtLeast(0.9));
            }
            add(
                    "create with hand-off, " + database + ", threads: 8",
                    "two INSERTs by hand, which seal nothing",
                    results.at("JdbcBenchmark.createHandedOff", 8, "database", database),
                    results.at("JdbcBenchmark.insertTwoByHand", 8, "database", database),
                    new AtLeast(0.9));
            add(
                    "create 500 in one call, " + database,
                    "a batch by hand",
                    results.at("JdbcBenchmark.createAll500", "database", database),
                    results.at("JdbcBenchmark.batch500ByHand", "database", database),
                    new AtLeast(0.8));
            add(
                    "verify, cold, " + database + ", threads: 8",
                    "the same SELECT by hand, and a hash",
                    results.at("JdbcBenchmark.verifyCold", 8, "database", database),
                    results.at("JdbcBenchmark.selectByHand", 8, "database", database),
                    new AtLeast(0.9));
        }
    }

    private void scale() {
        scale("create", "to create", FLAT);
        scale("verifyCold", "of a cold verification", FLAT);
        scale("first", "to list the first 100 keys", FLAT);
        for (String present : List.of("50000", "5000000")) {
            add(
                    "time to list the first 100 keys of " + (present.equals("50000") ? "50 k" : "5 M") + ", postgresql",
                    "the same SELECT by hand",
                    results.at("ScaleBenchmark.first", "present", present),
                    results.at("ScaleBenchmark.firstByHand", "present", present),
                    NONE);
        }
        scale("newest", "to list the newest 100 keys", FLAT);
        scale("firstOfOwner", "to list the first 100 keys of an owner", FLAT);
        scale("lastOfOwner", "to list the last 100 keys of an owner", FLAT);
        scale("createdBy", "to list the first 100 keys that an administrator created", FLAT);
        scale("endedBefore", "to list 100 keys that ended long ago, without an index", NONE);
        scale("disabled", "to list keys of a rare status, without an index", NONE);
        scale("role", "to list keys of a rare role, without an index", NONE);
        scale("unused", "to list keys that are not used, without an index", NONE);
        scale("search", "to search names, without an index", NONE);
        scale("journal", "to read the newest 100 entries of the journal", FLAT);
        scale("journalOfKey", "to read the journal of a key", FLAT);
        scale("revokeAll", "to revoke one of 10 000 keys of an owner", FLAT);
        scale("purge", "to purge 1 000 keys", FLAT);
        scale("flush", "to add the use of 500 keys", FLAT);
    }

    private void scale(String method, String what, Target target) {
        add(
                "time " + what + ", postgresql, 5 M keys",
                "the same with 50 k keys",
                results.at("ScaleBenchmark." + method, "present", "5000000"),
                results.at("ScaleBenchmark." + method, "present", "50000"),
                target);
    }
}
