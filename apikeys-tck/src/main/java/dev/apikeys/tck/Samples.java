package dev.apikeys.tck;

import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempRow;
import java.util.Locale;

/**
 * Rows for tests of a store, with plain default values, and ids of the usual length that ascend with their number.
 *
 * <pre>{@code
 * KeyRow row = Samples.key(1).owner("team-a").build();
 * }</pre>
 *
 * @since 0.1
 */
public final class Samples {
    /** The creation time of sample rows: epoch milliseconds whose last digits a store that rounds would lose. */
    public static final long T0 = 1_763_930_645_789L;

    /** The hash of sample keys. */
    public static final String HASH = "sha256$$" + "0123456789abcdef".repeat(4);

    private Samples() {}

    /**
     * Returns a key id.
     *
     * @param number at least 0; greater numbers make ids that sort later
     * @return {@code ak_} and 26 characters
     */
    public static String id(int number) {
        return String.format(Locale.ROOT, "ak_01k%023d", number);
    }

    /**
     * Starts a key row.
     *
     * @param number of its id
     * @return a builder of a row of version 1
     */
    public static KeyRow.Builder key(int number) {
        return key(id(number));
    }

    /**
     * Starts a key row.
     *
     * @param id its id
     * @return a builder of a row of version 1
     */
    public static KeyRow.Builder key(String id) {
        return KeyRow.builder(id, HASH, "a key").createdAt(T0).updatedAt(T0);
    }

    /**
     * Starts a journal row.
     *
     * @param number of its id, at least 0; greater numbers make ids that sort later
     * @return a builder of a row that is about no key
     */
    public static JournalRow.Builder journal(int number) {
        return JournalRow.builder(String.format(Locale.ROOT, "01k%023d", number), "UPDATED", "system");
    }

    /**
     * Returns a ticket hash.
     *
     * @param number at least 0; greater numbers make hashes that sort later
     * @return 64 hex digits
     */
    public static String ticket(int number) {
        return String.format(Locale.ROOT, "%064x", number);
    }

    /**
     * Returns a live temp row.
     *
     * @param ticket number of its ticket hash
     * @param key number of its key's id
     * @param deadline epoch milliseconds
     * @return a row created at {@link #T0}
     */
    public static TempRow temp(int ticket, int key, long deadline) {
        return new TempRow(ticket(ticket), id(key), "sealed" + ticket, T0, deadline, null);
    }
}
