package dev.apikeys.memory;

import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.WriteSet;
import dev.apikeys.tck.Samples;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Sets of sample rows, and temp rows with short tickets. */
final class TestRows {

    private TestRows() {}

    static KeyRow row(String id) {
        return row(id, null, "name", null, 1);
    }

    static KeyRow row(String id, @Nullable String lookup, String name, @Nullable Long expiresAt, long version) {
        return Samples.key(id)
                .lookup(lookup)
                .name(name)
                .expiresAt(expiresAt)
                .version(version)
                .build();
    }

    static WriteSet.Builder inserting(KeyRow... rows) {
        WriteSet.Builder set = WriteSet.builder();
        Arrays.stream(rows).forEach(set::insert);
        return set;
    }

    static WriteSet insert(KeyRow... rows) {
        return inserting(rows).build();
    }

    static WriteSet.Replace replace(KeyRow row) {
        return new WriteSet.Replace(row, Samples.HASH, null);
    }

    static WriteSet replacing(KeyRow row) {
        return WriteSet.builder().replace(replace(row)).build();
    }

    static WriteSet deleting(String id) {
        return WriteSet.builder()
                .delete(new WriteSet.Delete(id, Samples.HASH, null))
                .build();
    }

    static TempRow temp(String ticket, String keyId, long createdAt, long deadline) {
        return new TempRow(ticket, keyId, "sealed-" + ticket, createdAt, deadline, null);
    }
}
