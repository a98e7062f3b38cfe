package dev.apikeys.http;

import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.Stats;
import dev.apikeys.spi.StorageException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who did what, and how the service does.
 *
 * @param admin knows the last failure of the store
 */
record ObservationRoutes(Admin admin) {
    static final Set<String> JOURNAL = Set.of("keyId", "actor", "limit", "cursor");

    Response journal(Call call) {
        Fields fields = call.fields();
        JournalQuery query = JournalQuery.all().limit(Queries.limit(fields));
        query = Queries.narrowed(query, fields, "keyId", fields.text("keyId"), (all, id) -> all.key(KeyId.of(id)));
        query = Queries.narrowed(query, fields, "actor", fields.text("actor"), JournalQuery::actor);
        query = Queries.narrowed(query, fields, "cursor", fields.text("cursor"), JournalQuery::after);
        return Envelope.success(
                200, "Journal", KeyJson.page("entries", call.keys().journal(query), KeyJson::entry));
    }

    Response health(Call call) {
        boolean isAnswering = isAnswering(call); // before the last failure is read, which this may be
        Stats stats = call.keys().stats();
        Map<String, Long> verifications = new TreeMap<>();
        stats.verifications().forEach((code, count) -> verifications.put(code.name(), count));
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("store", Json.object("answering", isAnswering, "lastFailure", admin.lastOutage()));
        data.put("stalls", call.keys().stalls().stream().map(KeyJson::stall).toList());
        data.put("verifications", verifications);
        data.put("usagePending", stats.usagePending());
        data.put("maxAge", call.keys().cacheMaxAge());
        return Envelope.success(200, "Health", data);
    }

    private boolean isAnswering(Call call) {
        try {
            call.keys().list(KeyQuery.all().limit(1));
            return true;
        } catch (StorageException e) {
            admin.note(e);
            return false;
        }
    }

    Response openApi(Call call) {
        String document = Objects.requireNonNull(StaticFiles.text("openapi.json"));
        return Envelope.unstored(200).withBody(Envelope.JSON, document);
    }
}
