package dev.apikeys;

import dev.apikeys.internal.rows.Dates;
import dev.apikeys.internal.text.KeyIds;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Evidence that a key's secret was verified earlier: for a session, or a stream that stays open. Immutable and
 * thread-safe.
 *
 * <pre>{@code
 * if (keys.verify(presented) instanceof Verification.Verified verified) {
 *     session.setAttribute("key", verified.proof().text());
 * }
 * // later
 * Proof proof = Proof.parse(session.getAttribute("key"));
 * Verification v = keys.authorize(proof, VerificationRequest.forProof().access(upload));
 * }</pre>
 *
 * <p>A proof is neither secret nor protected: a caller that can forge it acts as that key. Keep it where the caller
 * cannot change it, such as a session on the server or a signed cookie.
 *
 * @param id the key
 * @param createdAt when the key was created, cut to milliseconds: a new key under the same id is another one
 * @since 0.1
 */
public record Proof(KeyId id, Instant createdAt) {
    private static final char SEPARATOR = '.';
    private static final int MAX_TEXT = 64 + 1 + 15;

    /**
     * Creates a proof. To get one from a verification, call {@link Verification.Verified#proof()}.
     *
     * @throws InvalidArgumentException if {@code createdAt} lies before the year 1 or after 9999
     */
    public Proof {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(createdAt, "createdAt");
        if (!Dates.isReadable(createdAt)) {
            throw Arguments.refusedValue("createdAt", createdAt, "from the year 1 to 9999");
        }
        createdAt = createdAt.truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Returns the text form.
     *
     * @return the id, a dot and epoch milliseconds; at most 80 characters that are safe in cookies and URLs
     */
    public String text() {
        return id.value() + SEPARATOR + createdAt.toEpochMilli();
    }

    /**
     * Parses the text form.
     *
     * @param text from {@link #text()}
     * @return the proof
     * @throws InvalidArgumentException if the text is null or anything else
     */
    public static Proof parse(@Nullable String text) {
        if (text != null && text.length() <= MAX_TEXT) {
            int dot = text.indexOf(SEPARATOR);
            if (dot > 0 && KeyIds.isValid(text.substring(0, dot))) {
                Proof proof = of(text.substring(0, dot), text.substring(dot + 1));
                if (proof != null && proof.text().equals(text)) {
                    return proof;
                }
            }
        }
        throw Arguments.refused("proof", text, "what Proof.text() returned");
    }

    private static @Nullable Proof of(String id, String millis) {
        try {
            Instant created = Instant.ofEpochMilli(Long.parseLong(millis));
            return Dates.isReadable(created) ? new Proof(KeyId.of(id), created) : null;
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }
}
