package dev.apikeys.jdbc;

import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Rows for tests. */
final class Rows {

    static final String HASH = "sha256$$00";

    private Rows() {}

    static String id(int number) {
        return String.format(Locale.ROOT, "ak_%08d", number);
    }

    static KeyRow key(String id) {
        return builder(id).build();
    }

    static KeyRow.Builder builder(String id) {
        return KeyRow.builder(id, HASH, "name")
                .owner("owner")
                .role("role")
                .permissions("[]")
                .createdBy("creator")
                .createdAt(1)
                .updatedAt(1);
    }

    /** New rows, without a journal row. */
    static WriteSet insert(String... ids) {
        return inserts(Arrays.stream(ids).map(Rows::key).toList());
    }

    static WriteSet inserts(Collection<KeyRow> rows) {
        WriteSet.Builder set = WriteSet.builder();
        rows.forEach(set::insert);
        return set.build();
    }

    static KeyRow endingAt(String id, long at) {
        return builder(id).expiresAt(at).build();
    }

    static WriteSet.Replace replacing(String id, long version) {
        return new WriteSet.Replace(
                builder(id).updatedAt(version).version(version).build(), HASH, null);
    }

    static WriteSet replace(String id, long version) {
        return WriteSet.builder().replace(replacing(id, version)).build();
    }

    static WriteSet delete(String id) {
        return WriteSet.builder().delete(new WriteSet.Delete(id, HASH, null)).build();
    }

    /** The id of a journal row. */
    static String told(int number) {
        return String.format(Locale.ROOT, "01%024d", number);
    }

    static JournalRow journal(int number) {
        return JournalRow.builder(told(number), "CREATED", "actor").build();
    }

    static UsageBatch usage(long number, String... ids) {
        return usage("node", number, ids);
    }

    /** One use of each key at time 1. */
    static UsageBatch usage(String node, long number, String... ids) {
        return new UsageBatch(
                node,
                number,
                Arrays.stream(ids).map(id -> new UsageBatch.Delta(id, 1, 1)).toList());
    }

    static TempRow temp(String ticketHash, String keyId, long createdAt, long deadline) {
        return new TempRow(ticketHash, keyId, "c2VhbGVk", createdAt, deadline, null);
    }

    static List<TempRow> temps(TempRow... rows) {
        return List.of(rows);
    }
}
