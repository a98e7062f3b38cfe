package dev.apikeys.http;

import dev.apikeys.ApiKey;
import dev.apikeys.ConflictException;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.Page;
import dev.apikeys.PermissionRepair.Finding;
import dev.apikeys.PermissionRepair.Outcome;
import java.util.Map;
import java.util.Set;

/** Damaged permission lists: a look, and what can be done about them. */
final class RepairRoutes {
    private static final int PAGE = 200;

    private RepairRoutes() {}

    static Response inspect(Call call) {
        return Envelope.success(
                200,
                "Damaged permission lists",
                KeyJson.page("repairs", found(call), finding -> KeyJson.finding(finding, finding.outcome())));
    }

    static Response apply(Call call) {
        Fields fields = call.fields();
        String id = fields.text("id");
        Set<String> permissions = fields.texts("permissions");
        if (id == null && permissions != null) {
            throw Failure.invalid("permissions", "nothing unless there is an id");
        }
        if (id == null) {
            return Envelope.success(
                    200,
                    "Permission lists repaired",
                    KeyJson.page("repairs", found(call), finding -> KeyJson.finding(finding, repaired(call, finding))));
        }
        ApiKey key = call.keys().find(KeyId.of(id)).orElseThrow(Failure::noSuchKey);
        if (permissions == null && key.grade() != Grade.REPAIRED) {
            throw Failure.invalid("permissions", "a list, since the stored one has no single reading");
        }
        Set<String> wanted = permissions == null ? key.permissions() : permissions;
        call.administrator().requireCanGive(wanted);
        if (key.grade() == Grade.INTACT) {
            throw Failure.invalid("id", "a key whose permission list is damaged; change another with PATCH");
        }
        ApiKey changed = set(call, key, wanted);
        return Envelope.success(200, "Permission list repaired", Map.of("api_key", KeyJson.key(changed)));
    }

    private static Page<Finding> found(Call call) {
        Fields fields = call.fields();
        int limit = fields.has("limit") ? Queries.limit(fields) : PAGE;
        KeyQuery all = KeyQuery.all().limit(limit);
        KeyQuery query = Queries.narrowed(all, fields, "cursor", fields.text("cursor"), KeyQuery::after);
        return call.keys().permissionRepair().inspect(query);
    }

    /** One by one, since what a list grants once it is repaired must be within what this administrator can give. */
    private static Outcome repaired(Call call, Finding finding) {
        if (finding.grade() != Grade.REPAIRED || !call.administrator().canGive().containsAll(finding.permissions())) {
            return Outcome.LEFT;
        }
        try {
            ApiKey key = call.keys().find(finding.id()).orElse(null);
            if (key == null
                    || key.grade() != Grade.REPAIRED
                    || !key.permissions().equals(finding.permissions())) {
                return Outcome.CHANGED_MEANWHILE;
            }
            set(call, key, finding.permissions());
            return Outcome.REWRITTEN;
        } catch (ConflictException | KeyNotFoundException e) {
            return Outcome.CHANGED_MEANWHILE;
        } catch (InvalidArgumentException e) {
            return Outcome
                    .LEFT; // Names of a codec of the host's: one row must not keep the others from being repaired.
        }
    }

    private static ApiKey set(Call call, ApiKey key, Set<String> permissions) {
        // As for an edit: also a list that takes permissions away needs canGive for them.
        call.administrator().requireCanGive(call.mayHold(key));
        return call.at(key).permissionRepair().set(key.id(), permissions);
    }
}
