package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
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
 */
public final class PermissionRepair {

    /** What became of a damaged list. */
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

    private final Engine engine;
    private final KeyEditor editor;
    private final Admissions admissions;

    PermissionRepair(Engine engine, KeyEditor editor, Admissions admissions) {
        this.engine = engine;
        this.editor = editor;
        this.admissions = admissions;
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
        return admissions.inside(() -> page(query, (row, decoded) -> Outcome.FOUND));
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
        return admissions.inside(() -> {
            try {
                return page(query, this::rewrite);
            } finally {
                // What it passed over may have been mended by others, of whom verifications here have not heard.
                engine.cache().changedAny();
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
        return admissions.inside(() -> editor.change(
                "permissionRepair", id, KeyEvent.Type.PERMISSIONS_REPAIRED, "set to " + names, (row, key, now) -> {
                    if (row.role() != null) {
                        engine.roles().requireWithin(row.role(), names);
                    }
                    RowEdit edit = new RowEdit(row);
                    edit.permissions = engine.codec().encode(names);
                    return edit;
                }));
    }

    @FunctionalInterface
    private interface Treatment {
        Outcome of(KeyRow row, DecodedPermissions decoded);
    }

    private Page<Finding> page(KeyQuery query, Treatment treatment) {
        ApiKeyStore.Slice slice = editor.slice(engine.operations().of("permissionRepair"), query);
        List<Finding> findings = new ArrayList<>();
        for (KeyRow row : KeyEditor.listable(slice.rows())) {
            DecodedPermissions decoded = engine.codec().decode(row.permissions());
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
        return new Page<>(findings, Optional.ofNullable(slice.next()).map(KeyQuery::cursor));
    }

    private Outcome rewrite(KeyRow row, DecodedPermissions decoded) {
        if (decoded.grade() == Grade.QUARANTINED) {
            return Outcome.LEFT;
        }
        long now = engine.clock().millis();
        RowEdit edit = new RowEdit(row);
        edit.permissions = engine.codec().encode(decoded.permissions());
        KeyRow next;
        try {
            next = edit.next(now);
        } catch (ConflictException unreadableVersion) {
            return Outcome.LEFT;
        }
        Operation operation = engine.operations().of("permissionRepair", row.id());
        if (!engine.store().write(operation, List.of(new Change.Replace(next)))) {
            return Outcome.CHANGED_MEANWHILE;
        }
        engine.emitter()
                .emit(
                        KeyEvent.Type.PERMISSIONS_REPAIRED,
                        new KeyId(row.id()),
                        now,
                        decoded.rules() + " to " + decoded.permissions());
        return Outcome.REWRITTEN;
    }
}
