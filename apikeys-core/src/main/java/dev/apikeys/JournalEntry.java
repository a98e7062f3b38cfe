package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.rows.Dates;
import dev.apikeys.internal.rows.JournalDetails;
import dev.apikeys.internal.text.Described;
import dev.apikeys.spi.JournalRow;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the journal: who did what to which key. It is written in the transaction of the change; never a secret,
 * hash or ticket is in it. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class JournalEntry {

    /**
     * The type of an entry. Later versions may add types: a {@code switch} needs a default.
     *
     * @since 0.1
     */
    public enum Type {
        /** A key was created. */
        CREATED,
        /** Keys were imported; {@link #count()} says how many. */
        IMPORTED,
        /** A key was changed. */
        UPDATED,
        /** A key was replaced by another. */
        ROTATED,
        /** A key was revoked. */
        REVOKED,
        /** A key was disabled. */
        DISABLED,
        /** A key was enabled. */
        ENABLED,
        /** A key was deleted. */
        DELETED,
        /** Keys beyond the retention were purged; {@link #count()} says how many. */
        PURGED,
        /** A permission list was rewritten. */
        PERMISSIONS_REPAIRED,
        /** A type that this version does not know, written by a later one. */
        OTHER
    }

    /**
     * The old and the new value of a field, as text.
     *
     * @param from the old value, or null for none
     * @param to the new value, or null for none
     * @since 0.1
     */
    public record Changed(@Nullable String from, @Nullable String to) {
        @Override
        public String toString() {
            return Described.as("Changed").with("from", from).with("to", to).toString();
        }
    }

    private final String id;
    private final Instant time;
    private final Type type;
    private final @Nullable KeyId keyId;
    private final Actor actor;
    private final @Nullable Long version;
    private final long count;
    private final @Nullable String owner;
    private final @Nullable String name;
    private final Map<String, Changed> changes;
    private final Set<String> fields;
    private final boolean repeated;
    private final boolean cut;

    /** Creates the entry of a row. Other software may have written it: what cannot be read is left out. */
    JournalEntry(JournalRow row, RowReader rows) {
        JournalDetails details = JournalDetails.read(row.details());
        this.id = row.id();
        this.time = Dates.shown(row.time());
        this.type = type(row.type());
        this.keyId = KeyId.stored(row.keyId());
        this.actor = Actor.stored(row.actor(), row.via(), row.requestId());
        this.version = row.version();
        this.count = row.count();
        this.owner = details.owner();
        this.name = details.name();
        Map<String, Changed> readable = new TreeMap<>();
        details.changes()
                .forEach((field, values) -> readable.put(
                        field,
                        new Changed(readable(rows, field, values.get(0)), readable(rows, field, values.get(1)))));
        this.changes = Collections.unmodifiableMap(readable);
        this.fields = details.fields();
        this.repeated = details.repeated();
        this.cut = details.cut();
    }

    private static Type type(String stored) {
        for (Type type : Type.values()) {
            if (type.name().equals(stored)) {
                return type;
            }
        }
        return Type.OTHER;
    }

    /** Returns a value in readable form: names for permissions, a moment for a time. */
    private static @Nullable String readable(RowReader rows, String field, @Nullable String stored) {
        if (stored == null) {
            return null;
        }
        return switch (field) {
            case JournalDetails.PERMISSIONS -> permissions(rows.decode(stored), stored);
            case JournalDetails.EXPIRES_AT, JournalDetails.REVOKED_FROM -> moment(stored);
            default -> stored;
        };
    }

    /** Returns the names; for a damaged list, the stored text. */
    private static String permissions(DecodedPermissions decoded, String stored) {
        return decoded.grade() == Grade.INTACT ? String.join(",", decoded.permissions()) : stored;
    }

    private static String moment(String stored) {
        try {
            long millis = Long.parseLong(stored);
            return Dates.isReadable(millis) ? Instant.ofEpochMilli(millis).toString() : stored;
        } catch (NumberFormatException notANumber) {
            return stored;
        }
    }

    /**
     * Returns the id of the entry.
     *
     * @return a ULID in lower case
     */
    public String id() {
        return id;
    }

    /**
     * Returns when it was written, by the store's clock.
     *
     * @return the moment, cut to milliseconds
     */
    public Instant time() {
        return time;
    }

    /**
     * Returns the type of the change.
     *
     * @return the type
     */
    public Type type() {
        return type;
    }

    /**
     * Returns the key.
     *
     * @return its id, or null where the entry is about several
     */
    public @Nullable KeyId keyId() {
        return keyId;
    }

    /**
     * Returns who did it.
     *
     * @return the actor; {@link Actor#SYSTEM} without {@link ApiKeyManager#as}
     */
    public Actor actor() {
        return actor;
    }

    /**
     * Returns the version of the key after the change.
     *
     * @return the number, or null where the entry is about several keys or the key is gone
     */
    public @Nullable Long version() {
        return version;
    }

    /**
     * Returns how many keys the entry is about.
     *
     * @return 1 unless it is about several
     */
    public long count() {
        return count;
    }

    /**
     * Returns the owner of the key at that time.
     *
     * @return the owner, or null
     */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * Returns the name of the key at that time.
     *
     * @return the name, or null
     */
    public @Nullable String name() {
        return name;
    }

    /**
     * Returns the changes of {@code role}, {@code permissions}, {@code owner}, {@code expiresAt} and
     * {@code revokedFrom}.
     *
     * @return old and new value by name of the field, sorted
     */
    public Map<String, Changed> changes() {
        return changes;
    }

    /**
     * Returns the other changed fields, whose values are not kept.
     *
     * @return their names, sorted
     */
    public Set<String> fields() {
        return fields;
    }

    /**
     * Returns whether the key was already in the requested state, such as revoked, so that nothing changed.
     *
     * @return true for a repetition
     */
    public boolean repeated() {
        return repeated;
    }

    /**
     * Returns whether texts were shortened to keep the entry within 4 KiB.
     *
     * @return true if something is missing
     */
    public boolean cut() {
        return cut;
    }

    private Described described() {
        return Described.as("JournalEntry")
                .with("id", id)
                .with("time", time)
                .with("type", type)
                .with("keyId", keyId)
                .with("actor", actor)
                .with("version", version)
                .with("count", count)
                .with("owner", owner)
                .with("name", name)
                .with("changes", changes)
                .with("fields", fields)
                .with("repeated", repeated)
                .with("cut", cut);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JournalEntry that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Returns all fields that are set; secrets within the texts are masked. */
    @Override
    public String toString() {
        return described().toString();
    }
}
