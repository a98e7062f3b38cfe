package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.KeyWriter.Change;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The repair job as one caller sees it. */
final class DefaultPermissionRepair implements PermissionRepair {
    private static final String OPERATION = "permissionRepair";

    private final Assembly parts;
    private final Caller caller;

    DefaultPermissionRepair(Assembly parts, Caller caller) {
        this.parts = parts;
        this.caller = caller;
    }

    @Override
    public Page<Finding> inspect(KeyQuery query) {
        Objects.requireNonNull(query, "query");
        return parts.entrance.run(OPERATION, operation -> page(operation, query, (row, decoded) -> Outcome.FOUND));
    }

    @Override
    public Page<Finding> apply(KeyQuery query) {
        Objects.requireNonNull(query, "query");
        return parts.entrance.run(OPERATION, operation -> {
            try {
                return page(operation, query, (row, decoded) -> rewrite(operation, row, decoded));
            } finally {
                // Other nodes may have repaired the rows that were skipped; the cache here would be stale.
                parts.store.moveAllStamps();
            }
        });
    }

    @Override
    public ApiKey set(KeyId id, Set<String> permissions) {
        Objects.requireNonNull(id, "id");
        Set<String> names = Arguments.permissions("permissions", permissions);
        return parts.entrance.run(
                OPERATION,
                id.value(),
                operation -> parts.writer
                        .change(operation, caller, id, (row, key, now) -> {
                            if (row.role() != null && !isReadAs(names, key)) {
                                parts.roles.requireWithin(row.role(), names);
                            }
                            return repair(row, names, "set to " + names);
                        })
                        .key());
    }

    /** A rewrite in the canonical form, as apply does it, grants no more than before: the role still bounds it. */
    private static boolean isReadAs(Set<String> names, ApiKey key) {
        return key.grade() != Grade.QUARANTINED && names.equals(key.permissions());
    }

    private Change repair(KeyRow row, Set<String> names, String detail) {
        return Change.to(
                KeyEvent.Type.PERMISSIONS_REPAIRED, row.toBuilder().permissions(parts.codec.encode(names)), detail);
    }

    @FunctionalInterface
    private interface Treatment {
        Outcome of(KeyRow row, DecodedPermissions decoded);
    }

    private Page<Finding> page(Operation operation, KeyQuery query, Treatment treatment) {
        ApiKeyStore.Slice slice = parts.finder.page(operation, query);
        List<Finding> findings = new ArrayList<>();
        for (KeyRow row : slice.rows()) {
            if (!caller.mayOwn(row)) {
                continue;
            }
            DecodedPermissions decoded = parts.rows.decode(row.permissions());
            if (decoded.grade() != Grade.INTACT) {
                Outcome outcome = treatment.of(row, decoded);
                findings.add(new Finding(
                        new KeyId(row.id()),
                        row.permissions(),
                        decoded.grade(),
                        decoded.rules(),
                        decoded.permissions(),
                        outcome));
            }
        }
        return new Page<>(findings, Optional.ofNullable(slice.next()).map(query::cursor));
    }

    private Outcome rewrite(Operation operation, KeyRow listed, DecodedPermissions decoded) {
        if (decoded.grade() == Grade.QUARANTINED) {
            return Outcome.LEFT;
        }
        Operation part = parts.operations.part(operation).about(listed.id());
        try {
            KeyWriter.Made made = parts.writer.change(
                    part,
                    caller,
                    new KeyId(listed.id()),
                    listed,
                    (row, key, now) -> row.version() == listed.version()
                                    && row.hash().equals(listed.hash())
                            ? repair(row, decoded.permissions(), decoded.rules() + " to " + decoded.permissions())
                            : Change.none(KeyEvent.Type.PERMISSIONS_REPAIRED));
            return made.change().kind() == Change.Kind.UNTOUCHED ? Outcome.CHANGED_MEANWHILE : Outcome.REWRITTEN;
        } catch (KeyNotFoundException deleted) {
            return Outcome.CHANGED_MEANWHILE;
        } catch (ConflictException refused) {
            return Outcome.LEFT;
        }
    }
}
