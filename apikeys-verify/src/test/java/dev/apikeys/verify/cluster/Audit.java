package dev.apikeys.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rows that a load has left behind, against what was acknowledged to it. Immutable. */
final class Audit {

    /** What is asked of a row. */
    private record Row(boolean revoked, @Nullable String rotatedTo, long used) {}

    private final Load load;
    private final Map<String, Row> rows = new HashMap<>();
    private final Map<String, Set<String>> successors = new HashMap<>();
    private final Set<String> createdInJournal = new HashSet<>();

    private Audit(Load load) {
        this.load = load;
    }

    /** Reads the rows of a database that nobody writes to any more. */
    static Audit of(Load load, Connection connection) throws SQLException {
        Audit audit = new Audit(load);
        try (connection;
                Statement statement = connection.createStatement()) {
            audit.read(statement);
        }
        return audit;
    }

    private void read(Statement statement) throws SQLException {
        try (ResultSet keys = statement.executeQuery(
                "SELECT id, revoked_at, rotated_from, rotated_to, usage_count FROM apikeys_key")) {
            while (keys.next()) {
                String id = keys.getString(1);
                rows.put(id, new Row(keys.getString(2) != null, keys.getString(4), keys.getLong(5)));
                String from = keys.getString(3);
                if (from != null) {
                    successors.computeIfAbsent(from, none -> new HashSet<>()).add(id);
                }
            }
        }
        createdInJournal.addAll(texts(
                statement.getConnection(), "SELECT key_id FROM apikeys_journal WHERE type IN ('CREATED', 'ROTATED')"));
    }

    /** Returns the first column of a query. */
    static List<String> texts(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            List<String> texts = new ArrayList<>();
            while (result.next()) {
                texts.add(result.getString(1));
            }
            return texts;
        }
    }

    /** Nothing that was acknowledged is missing, nothing happened twice, and no revoked key was accepted for too long. */
    void requireAllKept(Duration longestVerify, Duration longestCall) {
        everyKeyIsThere();
        everyRevocationHeld();
        oneSuccessorOfEachRotation();
        everyTicketWasClaimedOnce();
        everyUseWasCountedOnce();
        everyCallerCameBack(longestVerify, longestCall);
    }

    private void everyKeyIsThere() {
        assertThat(load.made).isNotEmpty();
        for (List<String> call : load.made) {
            assertThat(rows.keySet()).as("rows of one call").containsAll(call);
            assertThat(createdInJournal).as("journal of one call").containsAll(call);
        }
    }

    private void everyRevocationHeld() {
        assertThat(load.revoked).isNotEmpty();
        load.revoked.keySet().forEach(id -> {
            assertThat(rows.get(id).revoked()).as("%s is revoked", id).isTrue();
            assertThat(load.lastCodes.get(id)).as("last answers for %s", id).containsOnly(Code.REVOKED.name());
        });
        assertThat(load.greatestStaleness())
                .as("how long a revoked key was accepted")
                .isLessThanOrEqualTo(LoadNode.CACHE_MAX_AGE);
    }

    private void oneSuccessorOfEachRotation() {
        assertThat(load.successors).isNotEmpty();
        assertThat(successors.values()).allSatisfy(all -> assertThat(all).hasSize(1));
        load.successors.forEach((old, made) -> {
            assertThat(successors.get(old)).as("successors of %s", old).containsOnly(made);
            assertThat(rows.get(old).rotatedTo()).as("successor of %s", old).isEqualTo(made);
        });
    }

    private void everyTicketWasClaimedOnce() {
        assertThat(load.claims).isNotEmpty();
        load.claims.forEach((ticket, claims) -> {
            long claimed = claims.stream()
                    .filter(claim -> claim.outcome().equals("Claimed"))
                    .count();
            boolean unsure = claims.stream().anyMatch(Load.Claim::unsure);
            assertThat(claims)
                    .as("claims of one ticket")
                    .extracting(Load.Claim::outcome)
                    .isSubsetOf("Claimed", "AlreadyClaimed");
            // A claim whose outcome is unknown may have been the one.
            assertThat(claimed).as("claims that won: %s", claims).isBetween(unsure ? 0L : 1L, 1L);
        });
    }

    private void everyUseWasCountedOnce() {
        load.seen.forEach((id, nodes) -> {
            long valid = nodes.stream().mapToLong(Load.Seen::valid).sum();
            assertThat(rows.get(id).used()).as("uses of %s", id).isEqualTo(valid);
        });
    }

    private void everyCallerCameBack(Duration longestVerify, Duration longestCall) {
        for (Load.Calls calls : load.calls) {
            Duration bound = calls.kind().equals("verify") ? longestVerify : longestCall;
            assertThat(Duration.ofMillis(calls.longestMillis()))
                    .as("longest of %s", calls)
                    .isLessThan(bound);
        }
    }

    /** Notes what there was. */
    void note(Results results) {
        results.note(
                "keys acknowledged", load.made.stream().mapToLong(List::size).sum());
        results.note("revocations acknowledged", load.revoked.size());
        results.note("tickets claimed", load.claims.size());
        results.note("rotations acknowledged", load.successors.size());
        results.note(
                "uses counted",
                load.seen.values().stream()
                        .flatMap(Queue::stream)
                        .mapToLong(Load.Seen::valid)
                        .sum());
        results.note(
                "outcomes unknown",
                load.calls.stream().mapToLong(Load.Calls::unknown).sum());
        results.note("verifications from the cache", load.cacheHits.get());
        results.note("verifications that missed the cache", load.cacheMisses.get());
        results.note("verifications answered STORE_UNAVAILABLE", load.unavailable.get());
        results.note(
                "longest verification, ms",
                load.calls.stream()
                        .filter(calls -> calls.kind().equals("verify"))
                        .mapToLong(Load.Calls::longestMillis)
                        .max()
                        .orElseThrow());
        results.note(
                "longest other call, ms",
                load.calls.stream()
                        .filter(calls -> !calls.kind().equals("verify"))
                        .mapToLong(Load.Calls::longestMillis)
                        .max()
                        .orElseThrow());
        results.note(
                "greatest staleness of a revoked key (bound: " + LoadNode.CACHE_MAX_AGE.toMillis() + ")",
                load.greatestStaleness());
    }
}
