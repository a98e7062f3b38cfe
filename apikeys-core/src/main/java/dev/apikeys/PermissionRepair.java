package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds damaged permission lists and mends them, page by page. Nothing is deleted, and what somebody else changes in
 * between is left alone. Thread-safe.
 *
 * <pre>{@code
 * PermissionRepair repair = keys.permissionRepair();
 * repair.inspect(KeyQuery.all()).items().forEach(finding -> ...); // writes nothing
 * repair.apply(KeyQuery.all());
 * }</pre>
 *
 * @since 0.1
 */
public final class PermissionRepair {

    /**
     * What became of a damaged list.
     *
     * @since 0.1
     */
    public enum Outcome {
        /** Nothing: it was only looked at. */
        FOUND,
        /** It was rewritten in the canonical form. */
        REWRITTEN,
        /** It is quarantined: nobody but the caller can say what it is to hold, with {@link PermissionRepair#set}. */
        LEFT,
        /** The key was changed or deleted in between; look again. */
        CHANGED_MEANWHILE
    }

    /**
     * A damaged list.
     *
     * @param id the key
     * @param stored the text as it stood in the store, or null
     * @param grade REPAIRED or QUARANTINED
     * @param rules what was mended, or why nothing could be
     * @param permissions what the list holds once it is mended, sorted; empty if quarantined
     * @param outcome what became of it
     * @since 0.1
     */
    public record Finding(
            KeyId id,
            @Nullable String stored,
            Grade grade,
            List<String> rules,
            Set<String> permissions,
            Outcome outcome) {
        /** Creates a finding of copies. */
        public Finding {
            rules = List.copyOf(rules);
            permissions = Arguments.sorted(permissions);
        }
    }

    private static final String OPERATION = "permissionRepair";

    private final Entrance entrance;
    private final Operations operations;
    private final GatedKeyStore store;
    private final KeyFinder finder;
    private final KeyWriter writer;
    private final RowReader rows;
    private final Roles roles;
    private final PermissionCodec codec;
    private final Caller caller;

    PermissionRepair(
            Entrance entrance,
            Operations operations,
            GatedKeyStore store,
            KeyFinder finder,
            KeyWriter writer,
            RowReader rows,
            ApiKeys.Builder settings,
            Caller caller) {
        this.entrance = entrance;
        this.operations = operations;
        this.store = store;
        this.finder = finder;
        this.writer = writer;
        this.rows = rows;
        this.roles = settings.roles;
        this.codec = settings.permissionCodec;
        this.caller = caller;
    }

    /**
     * Reports damaged lists without writing anything.
     *
     * @param query which keys to look at
     * @return the damaged lists among them
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    public Page<Finding> inspect(KeyQuery query) {
        Objects.requireNonNull(query, "query");
        return entrance.run(OPERATION, operation -> page(operation, query, (row, decoded) -> Outcome.FOUND));
    }

    /**
     * Rewrites the repairable lists; quarantined ones are reported and left as they stand. A key without a role, whose
     * repaired list grants nothing so far, is granted what the list holds from then on: inspect first.
     *
     * @param query which keys to look at
     * @return the damaged lists among them
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    public Page<Finding> apply(KeyQuery query) {
        Objects.requireNonNull(query, "query");
        return entrance.run(OPERATION, operation -> {
            try {
                return page(operation, query, (row, decoded) -> rewrite(operation, row, decoded));
            } finally {
                // What it passed over may have been mended by others, of whom verifications here have not heard.
                store.moveAllStamps();
            }
        });
    }

    /**
     * Sets a key's permission list, quarantined or not.
     *
     * @param id the key
     * @param permissions at most 128 names, within the key's role if it has one
     * @return the key
     * @throws IllegalArgumentException if there are more, a name is outside the grammar or beyond the role
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if the stored version cannot be read, or others keep changing the key
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    public ApiKey set(KeyId id, Set<String> permissions) {
        Objects.requireNonNull(id, "id");
        Set<String> names = Arguments.permissions("permissions", permissions);
        return entrance.run(
                OPERATION,
                id,
                operation -> writer.change(operation, caller, id, (row, key, now) -> {
                            if (row.role() != null) {
                                roles.requireWithin(row.role(), names);
                            }
                            return repair(row, names, "set to " + names);
                        })
                        .key());
    }

    private KeyChange repair(KeyRow row, Set<String> names, String detail) {
        return KeyChange.to(
                KeyEvent.Type.PERMISSIONS_REPAIRED, row.toBuilder().permissions(codec.encode(names)), detail);
    }

    @FunctionalInterface
    private interface Treatment {
        Outcome of(KeyRow row, DecodedPermissions decoded);
    }

    private Page<Finding> page(Operation operation, KeyQuery query, Treatment treatment) {
        ApiKeyStore.Slice slice = finder.page(operation, query);
        List<Finding> findings = new ArrayList<>();
        for (KeyRow row : slice.rows()) {
            DecodedPermissions decoded = rows.decode(row.permissions());
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
        Operation part = operations.part(operation).about(listed.id());
        try {
            KeyWriter.Made made = writer.change(
                    part,
                    caller,
                    new KeyId(listed.id()),
                    listed,
                    (row, key, now) -> row.version() == listed.version()
                                    && row.hash().equals(listed.hash())
                            ? repair(row, decoded.permissions(), decoded.rules() + " to " + decoded.permissions())
                            : KeyChange.none(KeyEvent.Type.PERMISSIONS_REPAIRED));
            return made.change().kind == KeyChange.Kind.UNTOUCHED ? Outcome.CHANGED_MEANWHILE : Outcome.REWRITTEN;
        } catch (KeyNotFoundException deleted) {
            return Outcome.CHANGED_MEANWHILE;
        } catch (ConflictException refused) {
            return Outcome.LEFT;
        }
    }
}
