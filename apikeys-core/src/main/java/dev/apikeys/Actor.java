package dev.apikeys;

import dev.apikeys.internal.text.Described;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The author of a change, for the journal and for {@link ApiKey#createdBy()}. Immutable and thread-safe.
 *
 * <pre>{@code
 * keys.as(Actor.of("alice@example.com").via("admin page").requestId(requestId)).revoke(id, "leaked");
 * }</pre>
 *
 * <p>The library does not authenticate: pass whom the host has authenticated. Secrets and tickets within these texts
 * are masked in the journal.
 *
 * @since 0.1
 */
public final class Actor {
    static final int MAX_TEXT = 200;

    /** The actor of a manager without {@link ApiKeyManager#as}, named {@code system}. */
    public static final Actor SYSTEM = new Actor("system", null, null);

    private final String name;
    private final @Nullable String via;
    private final @Nullable String requestId;

    private Actor(String name, @Nullable String via, @Nullable String requestId) {
        this.name = name;
        this.via = via;
        this.requestId = requestId;
    }

    /**
     * Returns an actor.
     *
     * @param name a person, service or key id, 1 to 200 code points
     * @return the actor
     * @throws InvalidArgumentException if the name is null or longer, or holds what is not allowed
     */
    public static Actor of(String name) {
        return new Actor(Arguments.text("actor", name, MAX_TEXT), null, null);
    }

    /** Returns an actor as stored in the journal, without checks: other software or a person may have written it. */
    static Actor stored(String name, @Nullable String via, @Nullable String requestId) {
        return new Actor(name, via, requestId);
    }

    /**
     * Returns this actor with the channel through which it acts.
     *
     * @param via such as {@code admin page}, 1 to 200 code points
     * @return an actor
     * @throws InvalidArgumentException if the text is null or longer, or holds what is not allowed
     */
    public Actor via(String via) {
        return new Actor(name, Arguments.text("via", via, MAX_TEXT), requestId);
    }

    /**
     * Returns this actor with the request in which it acts.
     *
     * @param requestId an id that the host's logs hold too, 1 to 200 code points
     * @return an actor
     * @throws InvalidArgumentException if the text is null or longer, or holds what is not allowed
     */
    public Actor requestId(String requestId) {
        return new Actor(name, via, Arguments.text("requestId", requestId, MAX_TEXT));
    }

    /**
     * Returns who acts.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Returns the channel through which the actor acts.
     *
     * @return the text, or null
     */
    public @Nullable String via() {
        return via;
    }

    /**
     * Returns the request in which the actor acts.
     *
     * @return the id, or null
     */
    public @Nullable String requestId() {
        return requestId;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Actor that
                && name.equals(that.name)
                && Objects.equals(via, that.via)
                && Objects.equals(requestId, that.requestId);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, via, requestId);
    }

    /** Returns name, channel and request; secrets within them are masked. */
    @Override
    public String toString() {
        return Described.as("Actor")
                .with("name", name)
                .with("via", via)
                .with("requestId", requestId)
                .toString();
    }
}
