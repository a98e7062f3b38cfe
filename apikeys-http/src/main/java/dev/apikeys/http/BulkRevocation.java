package dev.apikeys.http;

import dev.apikeys.ApiKey;
import dev.apikeys.ConflictException;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.Page;
import dev.apikeys.Precondition;
import dev.apikeys.spi.KeyStatus;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Revokes the keys that a query finds, some at a time: the caller says how many it expects, and repeats until none is left.
 * Nobody revokes the key that asks, nor keys that make administrators unless it is said.
 */
final class BulkRevocation {
    static final Set<String> NAMES = Set.of("query", "reason", "expected", "includeAdmins");

    private static final int MOST_A_CALL = 200;
    private static final int MAX_EXPECTED = 10_000;
    private static final int PAGE = 200;

    private final Call call;
    private final KeyQuery query;
    private final @Nullable Instant unusedSince;
    private final Set<String> administrative;
    private final boolean includesAdmins;

    private BulkRevocation(Call call, KeyQuery query, @Nullable Instant unusedSince, Set<String> administrative) {
        this.call = call;
        this.query = query;
        this.unusedSince = unusedSince;
        this.administrative = administrative;
        this.includesAdmins = call.fields().isTrue("includeAdmins");
    }

    /** @param administrative the permissions that make administrators */
    static Response answer(Call call, Set<String> administrative) {
        Fields fields = call.fields();
        Fields filters = fields.required("query", fields.object("query")).only(Queries.FILTERS);
        String status = filters.text("status");
        boolean isAll =
                status == null || KeyJson.lower(KeyStatus.ACTIVE).equals(status); // active keys are all but a few
        boolean isNarrowed = Queries.FILTERS.stream().anyMatch(name -> !name.equals("status") && filters.isSet(name));
        if ((isAll && !isNarrowed) || KeyJson.lower(KeyStatus.REVOKED).equals(status)) {
            throw Failure.invalid("query", "at least one filter besides the status active, and no status revoked");
        }
        // A key that is revoked leaves the query, so that each call begins with what is left.
        KeyQuery filtered = Queries.filtered(filters);
        KeyQuery query = status == null ? filtered.status(KeyStatus.ACTIVE) : filtered;
        Long expected = fields.whole("expected");
        int count = call.keys().count(query, MAX_EXPECTED);
        BulkRevocation bulk = new BulkRevocation(call, query, filters.instant("unusedSince"), administrative);
        if (expected == null || expected != count || bulk.hasMoreThan(count)) {
            throw new Failure(
                            409,
                            "EXPECTED",
                            "The query finds another number of keys than was expected, or more than can be counted")
                    .with("current", Map.of("count", count, "kept", bulk.kept(count)));
        }
        return bulk.run(count, fields.requiredText("reason"));
    }

    /** A count stops at its bound, so that there may be more keys only there. */
    private boolean hasMoreThan(int count) {
        return count == MAX_EXPECTED && keys().skip(count).findAny().isPresent();
    }

    /** Counts the keys that match and will stay. */
    private long kept(int count) {
        return keys().limit(count).filter(this::isKept).count();
    }

    /** The keys of the query, read page by page as they are asked for. */
    private Stream<ApiKey> keys() {
        return Stream.iterate(
                        Optional.of(call.keys().list(query.limit(PAGE))),
                        Optional::isPresent,
                        page -> page.flatMap(Page::next)
                                .map(cursor ->
                                        call.keys().list(query.limit(PAGE).after(cursor))))
                .flatMap(page -> page.orElseThrow().items().stream());
    }

    private boolean isKept(ApiKey key) {
        boolean isOwn = key.id().value().equals(call.administrator().actor().name());
        return isOwn || (!includesAdmins && key.permissions().stream().anyMatch(administrative::contains));
    }

    private Response run(int count, String reason) {
        int revoked = 0;
        int skipped = 0;
        Iterator<ApiKey> keys = keys().iterator();
        while (revoked < MOST_A_CALL && revoked + skipped < count && keys.hasNext()) {
            ApiKey key = keys.next();
            if (isKept(key) || !isRevoked(key, reason)) {
                skipped++;
            } else {
                revoked++;
            }
        }
        int left = count - revoked - skipped;
        int repeat = left > 0 && keys.hasNext() ? left : 0;
        return Envelope.success(
                200, "API keys revoked", Json.object("revoked", revoked, "skipped", skipped, "left", repeat));
    }

    /** Revokes the key as it was listed: one that was changed or used meanwhile may no longer be meant. */
    private boolean isRevoked(ApiKey listed, String reason) {
        Precondition.State version = Precondition.version(listed.version());
        Precondition asListed = unusedSince == null ? version : version.unusedSince(unusedSince);
        try {
            call.keys().provided(asListed).revoke(listed.id(), reason);
            return true;
        } catch (ConflictException | KeyNotFoundException meanwhile) {
            return false;
        }
    }
}
