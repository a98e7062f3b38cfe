package dev.apikeys.importer;

import dev.apikeys.Actor;
import dev.apikeys.internal.text.Masked;
import dev.apikeys.internal.text.Ulid;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the batches of one source, each with its mark and its journal row. Not thread-safe. */
final class Batches {

    private static final String TYPE = "IMPORTED";
    private static final int TIME_BITS = 48;

    private final Target target;
    private final String source;
    private final Actor actor;

    private @Nullable String mark;

    /** Creates a writer that continues after a mark; null starts from the beginning. */
    Batches(Target target, String source, Actor actor, @Nullable String mark) {
        this.target = target;
        this.source = source;
        this.actor = actor;
        this.mark = mark;
    }

    /**
     * Writes the next rows, except those whose keys exist already.
     *
     * @return the ids of these
     * @throws IllegalStateException if the same source is being imported elsewhere, or its mark was lost
     */
    Set<String> write(List<KeyRow> rows) {
        if (rows.isEmpty()) {
            return Set.of();
        }
        if (mark == null && target.isTold(journalId())) {
            throw target.marks().find(source).isPresent() ? elsewhere() : markLost(null);
        }
        String last = rows.get(rows.size() - 1).id();
        Set<String> present = new HashSet<>();
        List<KeyRow> absent = rows;
        while (!written(last, absent, present)) {
            absent = rows.stream().filter(row -> !present.contains(row.id())).toList();
        }
        mark = last;
        return present;
    }

    /** Tries to insert all, since usually none exists; existing ones are added to {@code present}. */
    private boolean written(String last, List<KeyRow> absent, Set<String> present) {
        JournalRow journal = journal(absent.size());
        try {
            if (target.write(source, mark, last, absent, journal)) {
                return true;
            }
            throw elsewhere();
        } catch (KeyExistsException e) {
            if (e.keyId().filter(journal.id()::equals).isPresent()) {
                throw markLost(e);
            }
            int before = present.size();
            present.addAll(target.present(absent));
            e.keyId().ifPresent(present::add);
            if (present.size() == before) {
                throw e;
            }
            return false;
        }
    }

    private IllegalStateException elsewhere() {
        return new IllegalStateException("\"" + source + "\" is being imported elsewhere at this moment; nothing of"
                + " this page was written. Run it again when that has ended");
    }

    private IllegalStateException markLost(@Nullable KeyExistsException cause) {
        return new IllegalStateException(
                "The journal holds an import of these rows of \"" + source + "\", but its mark is lost; nothing"
                        + " of this page was written, since it may restore keys that were deleted. To do so"
                        + " nevertheless, import under another name: source(...)",
                cause);
    }

    private JournalRow journal(int count) {
        String via = actor.via() == null ? "import of " + source : actor.via();
        String requestId = actor.requestId();
        return JournalRow.builder(journalId(), TYPE, Masked.text(actor.name()))
                .via(Masked.text(via))
                .requestId(requestId == null ? null : Masked.text(requestId))
                .count(count)
                .build();
    }

    /**
     * Returns an id derived from the source and the mark before the batch: the same batch always has the same id, even
     * if the mark is lost. Those of later batches depend on where the pages ended, so without a mark the first counts.
     */
    private String journalId() {
        byte[] hash = sha256(source + '\n' + (mark == null ? "" : mark));
        long time = ByteBuffer.wrap(hash).getLong() >>> (Long.SIZE - TIME_BITS);
        return Ulid.text(time, Arrays.copyOfRange(hash, Long.BYTES, Long.BYTES + Ulid.RANDOM_BYTES));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }
}
