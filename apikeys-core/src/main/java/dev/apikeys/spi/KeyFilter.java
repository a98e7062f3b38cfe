package dev.apikeys.spi;

import org.jspecify.annotations.Nullable;

/**
 * Which rows {@link ApiKeyStore#list} yields; what is null does not restrict. Immutable and thread-safe.
 *
 * @param owner exactly this owner, compared code point by code point, or null
 * @param role exactly this role, or null
 * @param status this status at the time that goes with the call, see {@link KeyRow#status(long)}, or null
 */
public record KeyFilter(@Nullable String owner, @Nullable String role, KeyRow.@Nullable Status status) {

    /** Every row. */
    public static final KeyFilter ALL = new KeyFilter(null, null, null);

    /**
     * Whether a row passes.
     *
     * @param row the row
     * @param now the time at which its status is taken, epoch milliseconds
     * @return true if the row is one of those asked for
     */
    public boolean matches(KeyRow row, long now) {
        return (owner == null || owner.equals(row.owner()))
                && (role == null || role.equals(row.role()))
                && (status == null || status == row.status(now));
    }
}
