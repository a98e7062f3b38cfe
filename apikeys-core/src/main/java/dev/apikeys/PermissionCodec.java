package dev.apikeys;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a set of permissions as stored text, and decodes it. Thread-safe.
 *
 * <p>Decoding never fails: it returns a {@link DecodedPermissions} with a grade for any stored text, never null, and
 * throws nothing. A manager calls its codec (see {@link ApiKeys.Builder#permissionCodec}) on the caller's thread.
 *
 * @since 0.1
 */
public interface PermissionCodec {

    /**
     * Returns the standard codec: a JSON array, sorted, without duplicates and blanks, such as
     * {@code ["read","upload"]}.
     *
     * <p>A JSON array of at most 128 well-formed names is <em>intact</em>; order, duplicates, inner blanks and escapes
     * do not matter. The following is <em>repaired</em>, alone or combined where that makes sense, under the rule that
     * names it:
     *
     * <ul>
     *   <li>{@code NULL}, {@code BLANK}, {@code JSON_NULL}: no text, only blanks, {@code null}. Read as the empty set.
     *   <li>{@code BYTE_ORDER_MARK}, {@code OUTER_BLANKS}: around the list.
     *   <li>{@code DOUBLE_ENCODED}: a JSON string that holds the array; two levels at most.
     *   <li>{@code SINGLE_QUOTES}: all quotes are single ones. {@code TRAILING_COMMA}: one comma after the last name.
     *   <li>{@code QUOTES_STRIPPED}: the quotes were lost, their backslashes kept, {@code [read\,\download\]}; one
     *       stray quote and blanks before the first name are skipped.
     *   <li>{@code BRACES}: an array as PostgreSQL prints it, {@code {read,upload}}.
     *   <li>{@code COMMA_LIST} or {@code BARE_NAME}, always with {@code UNTERMINATED}: names without brackets. If such
     *       a text was truncated, that cannot be detected, and its last name may be part of a longer one.
     *   <li>{@code UPPER_CASE}: only the letters A to Z are lowered.
     * </ul>
     *
     * <p>Anything else is <em>quarantined</em>, with one rule: {@code TOO_LONG} (over 16 384 characters; it is not
     * parsed), {@code TOO_MANY}, {@code TRUNCATED} (opened but not closed), {@code NOT_A_NAME} (a list, but a name in
     * it is outside the grammar), {@code NOT_A_LIST}.
     *
     * <p>If the only brackets of a text are its first and last characters, no prefix or suffix of it yields a name that
     * the whole text does not.
     *
     * @return the codec, always the same instance
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
