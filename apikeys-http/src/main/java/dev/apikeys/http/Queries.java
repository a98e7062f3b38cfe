package dev.apikeys.http;

import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyQuery;
import dev.apikeys.spi.KeyStatus;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Reads which keys a caller means. */
final class Queries {
    /** What narrows a list, in a query and in the body of a bulk revocation. */
    static final Set<String> FILTERS = Set.of("q", "owner", "role", "status", "endingBefore", "unusedSince");

    private static final int LIMIT = 50;
    private static final int MAX_LIMIT = 200;

    private Queries() {}

    static KeyQuery page(Fields fields) {
        String order = fields.text("order");
        if (order != null && !order.equals("newest") && !order.equals("oldest")) {
            throw Failure.invalid("order", "newest or oldest");
        }
        KeyQuery query = filtered(fields).limit(limit(fields));
        KeyQuery ordered = "oldest".equals(order) ? query : query.newestFirst();
        return narrowed(ordered, fields, "cursor", fields.text("cursor"), KeyQuery::after);
    }

    static KeyQuery filtered(Fields fields) {
        KeyQuery query = KeyQuery.all();
        query = narrowed(query, fields, "q", fields.text("q"), KeyQuery::matching);
        query = narrowed(query, fields, "owner", fields.text("owner"), KeyQuery::owner);
        query = narrowed(query, fields, "role", fields.text("role"), KeyQuery::role);
        query = narrowed(query, fields, "status", status(fields), KeyQuery::status);
        query = narrowed(query, fields, "endingBefore", fields.instant("endingBefore"), KeyQuery::endingBefore);
        return narrowed(query, fields, "unusedSince", fields.instant("unusedSince"), KeyQuery::unusedSince);
    }

    static int limit(Fields fields) {
        Long limit = fields.whole("limit");
        if (limit != null && (limit < 1 || limit > MAX_LIMIT)) {
            throw Failure.invalid("limit", "1 to " + MAX_LIMIT);
        }
        return limit == null ? LIMIT : limit.intValue();
    }

    private static @Nullable KeyStatus status(Fields fields) {
        String text = fields.text("status");
        if (text == null) {
            return null;
        }
        for (KeyStatus status : KeyStatus.values()) {
            if (KeyJson.lower(status).equals(text)) {
                return status;
            }
        }
        throw Failure.invalid(fields.pathTo("status"), "active, expired, disabled or revoked");
    }

    /** Adds a value, if there is one; a refusal names the field as the caller knows it. */
    static <Q, T> Q narrowed(Q query, Fields fields, String name, @Nullable T value, BiFunction<Q, T, Q> narrowing) {
        try {
            return value == null ? query : narrowing.apply(query, value);
        } catch (InvalidArgumentException e) {
            throw Failure.invalid(fields.pathTo(name), e);
        }
    }
}
