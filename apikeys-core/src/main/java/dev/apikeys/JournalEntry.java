package dev.apikeys;

import dev.apikeys.internal.text.Described;
import dev.apikeys.internal.text.Masked;
import dev.apikeys.internal.text.SortedNames;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
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
    public record Changed(@Nullable String from, @Nullable String to) {}

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

    JournalEntry(
            String id,
            Instant time,
            Type type,
            @Nullable KeyId keyId,
            Actor actor,
            @Nullable Long version,
            long count,
            @Nullable String owner,
            @Nullable String name,
            Map<String, Changed> changes,
            Set<String> fields,
            boolean repeated,
            boolean cut) {
        this.id = id;
        this.time = time;
        this.type = type;
        this.keyId = keyId;
        this.actor = actor;
        this.version = version;
        this.count = count;
        this.owner = owner;
        this.name = name;
        this.changes = Collections.unmodifiableMap(new TreeMap<>(changes));
        this.fields = SortedNames.copyOf("fields", fields);
        this.repeated = repeated;
        this.cut = cut;
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

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JournalEntry that
                && id.equals(that.id)
                && time.equals(that.time)
                && type == that.type
                && Objects.equals(keyId, that.keyId)
                && actor.equals(that.actor)
                && Objects.equals(version, that.version)
                && count == that.count
                && Objects.equals(owner, that.owner)
                && Objects.equals(name, that.name)
                && changes.equals(that.changes)
                && fields.equals(that.fields)
                && repeated == that.repeated
                && cut == that.cut;
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Returns all fields that are set; secrets within the texts are masked. */
    @Override
    public String toString() {
        return Described.as("JournalEntry")
                .with("id", id)
                .with("time", time)
                .with("type", type)
                .with("keyId", keyId)
                .with("actor", actor)
                .with("version", version)
                .with("count", count)
                .with("owner", Masked.shown(owner))
                .with("name", Masked.shown(name))
                .with("changes", Masked.shown(changes.toString()))
                .with("fields", fields)
                .with("repeated", repeated)
                .with("cut", cut)
                .toString();
    }
}
