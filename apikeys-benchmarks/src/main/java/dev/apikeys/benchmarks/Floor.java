package dev.apikeys.benchmarks;

import dev.apikeys.internal.text.Base62;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32;

/**
 * The least that a create can do and still be one: the same random bytes, id and secret text, hash, one record, and one
 * {@link ConcurrentHashMap#put}. No checks, no gate, no order, no events.
 */
final class Floor {
    private static final byte[] CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz".getBytes(StandardCharsets.US_ASCII);
    private static final int ULID = 26;
    private static final String PERMISSIONS = "[\"read\",\"upload\"]";

    /** As many rows as the journal of the store in memory keeps. */
    private static final int JOURNAL_ROWS = 100_000;

    final ConcurrentHashMap<String, KeyRow> rows = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<JournalRow> journal = new AtomicReferenceArray<>(JOURNAL_ROWS);
    private final AtomicLong journaled = new AtomicLong();
    private final SecureRandom random = new SecureRandom();

    String create() throws NoSuchAlgorithmException {
        long now = System.currentTimeMillis();
        byte[] secret = secret(now);
        KeyRow row = row(secret, now);
        rows.put(row.id(), row);
        return new String(secret, StandardCharsets.ISO_8859_1);
    }

    /** The same with a journal row, which takes the place of the oldest. */
    String createWithJournal() throws NoSuchAlgorithmException {
        long now = System.currentTimeMillis();
        byte[] secret = secret(now);
        KeyRow row = row(secret, now);
        rows.put(row.id(), row);
        journal.set((int) (journaled.getAndIncrement() % JOURNAL_ROWS), journalRow(row, now));
        return new String(secret, StandardCharsets.ISO_8859_1);
    }

    private static JournalRow journalRow(KeyRow row, long now) {
        byte[] bytes = new byte[10];
        ThreadLocalRandom.current().nextBytes(bytes);
        byte[] id = new byte[ULID];
        ulid(now, bytes, id, 0);
        String details = "{\"name\":\"" + row.name() + "\",\"owner\":\"" + row.owner()
                + "\",\"changes\":{\"role\":[null,\"" + row.role() + "\"],\"permissions\":[null,\""
                + PERMISSIONS.replace("\"", "\\\"") + "\"]}}";
        return JournalRow.builder(new String(id, StandardCharsets.ISO_8859_1), "CREATED", "system")
                .time(now)
                .keyId(row.id())
                .version(row.version())
                .details(details)
                .build();
    }

    /** A new secret. */
    byte[] secret(long now) {
        byte[] bytes = new byte[42];
        random.nextBytes(bytes);
        byte[] text = new byte[3 + ULID + 1 + 43 + 6];
        text[0] = 's';
        text[1] = 'k';
        text[2] = '_';
        ulid(now, bytes, text, 3);
        text[3 + ULID] = '_';
        Base62.encode256(Arrays.copyOfRange(bytes, 10, 42), text, 4 + ULID);
        CRC32 crc = new CRC32();
        crc.update(text, 0, text.length - 6);
        Base62.encode32((int) crc.getValue(), text, text.length - 6);
        return text;
    }

    /** What is stored of a key with this secret, and the same for all but that as {@link Scene#SPEC} says. */
    static KeyRow row(byte[] secret, long now) throws NoSuchAlgorithmException {
        String id = "ak_" + new String(secret, 3, ULID, StandardCharsets.ISO_8859_1);
        return KeyRow.builder(id, hash(secret), "deploys-from-the-ci1")
                .owner("team-platform")
                .role("read_upload")
                .permissions(PERMISSIONS)
                .createdAt(now)
                .updatedAt(now)
                .build();
    }

    /** The stored form of a secret. */
    static String hash(byte[] secret) throws NoSuchAlgorithmException {
        return "sha256$$"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(secret));
    }

    /** The id that is in a secret. */
    static String id(String secret) {
        return "ak_" + secret.substring(3, 3 + ULID);
    }

    private static void ulid(long millis, byte[] random, byte[] out, int at) {
        long time = millis;
        for (int i = at + 9; i >= at; i--) {
            out[i] = CROCKFORD[(int) time & 31];
            time >>>= 5;
        }
        for (int half = 0; half < 2; half++) {
            long bits = 0;
            for (int i = 0; i < 5; i++) {
                bits = (bits << 8) | (random[half * 5 + i] & 0xff);
            }
            for (int i = at + 17 + half * 8; i >= at + 10 + half * 8; i--) {
                out[i] = CROCKFORD[(int) bits & 31];
                bits >>>= 5;
            }
        }
    }
}
