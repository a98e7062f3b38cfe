package dev.apikeys;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a set of permissions into stored text and back. Thread-safe.
 *
 * <p>Decoding is total: for any stored text the answer is a {@link DecodedPermissions} with a grade, never an exception
 * and never null. A manager calls its codec, see {@link ApiKeys.Builder#permissionCodec}, on the caller's thread.
 *
 * @since 0.1
 */
public interface PermissionCodec {

    /**
     * Returns the codec of this library: a JSON array, sorted, without duplicates and blanks, such as {@code ["read","upload"]}.
     *
     * <p>A JSON array of at most 128 well-formed names is <em>intact</em>, in any order, with repeats, inner blanks and
     * escapes. <em>Repaired</em> are these, alone or together where that makes sense, with the rules that name them:
     *
     * <ul>
     *   <li>{@code NULL}, {@code BLANK}, {@code JSON_NULL}: no text, only blanks, {@code null}. The empty set.
     *   <li>{@code BYTE_ORDER_MARK}, {@code OUTER_BLANKS}: around the list.
     *   <li>{@code DOUBLE_ENCODED}: a JSON string that holds the array. Two levels, not three.
     *   <li>{@code SINGLE_QUOTES}: all quotes are single ones. {@code TRAILING_COMMA}: one, after the last name.
     *   <li>{@code QUOTES_STRIPPED}: the quotes went and their backslashes stayed, {@code [read\,\download\]}; one stray
     *       quote and blanks before the first name are passed over.
     *   <li>{@code BRACES}: an array as PostgreSQL prints it, {@code {read,upload}}.
     *   <li>{@code COMMA_LIST} or {@code BARE_NAME}, always with {@code UNTERMINATED}: names without anything around them.
     *       If such a text was cut off, nothing shows it and its last name may be a piece of a longer one.
     *   <li>{@code UPPER_CASE}: the letters A to Z are lowered, no others.
     * </ul>
     *
     * <p>Anything else is <em>quarantined</em>, with one rule: {@code TOO_LONG} (over 16 384 characters; it is not parsed),
     * {@code TOO_MANY}, {@code TRUNCATED} (opened and not closed), {@code NOT_A_NAME} (a list, but a name in it is outside
     * the grammar), {@code NOT_A_LIST}.
     *
     * <p>Of a text whose only brackets are its first and its last character, no beginning and no end yields a name that
     * the whole does not.
     *
     * @return the codec, always the same
     */
    static PermissionCodec json() {
        return JsonPermissionCodec.INSTANCE;
    }

    /**
     * Encodes a set.
     *
     * @param permissions at most 128 names of the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
     * @return the canonical text
     * @throws InvalidArgumentException if there are more, or a name is outside the grammar
     */
    String encode(Set<String> permissions);

    /**
     * Decodes a stored text.
     *
     * @param stored any text, or null
     * @return the permissions with their grade
     */
    DecodedPermissions decode(@Nullable String stored);
}
