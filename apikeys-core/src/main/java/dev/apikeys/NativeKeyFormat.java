package dev.apikeys;

import dev.apikeys.internal.text.Base62;
import dev.apikeys.internal.text.Ulid;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** {@code <prefix>_<ULID>_<43 base62><6 base62>}; see {@link KeyFormat#prefix}. */
final class NativeKeyFormat extends KeyFormat {
    static final int RANDOM_BYTES = 32;
    private static final int RANDOM_DIGITS = Base62.LENGTH_OF_256_BITS;
    private static final int CHECKSUM_DIGITS = Base62.LENGTH_OF_32_BITS;

    /** From the end of the prefix: two separators, the ULID, the random part, the checksum. */
    private static final int TAIL = 1 + Ulid.LENGTH + 1 + RANDOM_DIGITS + CHECKSUM_DIGITS;

    private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?");

    private final byte[] prefix;

    NativeKeyFormat(String prefix, boolean acceptsUnpeppered) {
        super(acceptsUnpeppered);
        if (prefix == null || prefix.length() > 32 || !PREFIX.matcher(prefix).matches()) {
            throw Arguments.refused("prefix", prefix, PREFIX.pattern());
        }
        this.prefix = prefix.getBytes(StandardCharsets.US_ASCII);
    }

    private NativeKeyFormat(byte[] prefix) {
        super(true);
        this.prefix = prefix;
    }

    @Override
    public KeyFormat acceptingUnpeppered() {
        return new NativeKeyFormat(prefix);
    }

    @Override
    boolean readsSameAs(KeyFormat other) {
        return other instanceof NativeKeyFormat format && Arrays.equals(prefix, format.prefix);
    }

    /** Returns the text of a secret, from a key id in standard form and 32 random bytes. */
    byte[] secret(String keyId, byte[] random) {
        byte[] out = new byte[prefix.length + TAIL];
        System.arraycopy(prefix, 0, out, 0, prefix.length);
        int at = prefix.length;
        out[at++] = '_';
        for (int i = KeyId.PREFIX.length(); i < keyId.length(); i++) {
            out[at++] = (byte) keyId.charAt(i);
        }
        out[at++] = '_';
        Base62.encode256(random, out, at);
        at += RANDOM_DIGITS;
        Base62.encode32(checksum(out, at), out, at);
        return out;
    }

    /** Parses from the right, since a prefix may hold the separator. */
    @Override
    Reading read(byte[] text) {
        int end = text.length - TAIL;
        if (end != prefix.length || text[end] != '_' || text[end + 1 + Ulid.LENGTH] != '_' || !startsWithPrefix(text)) {
            return Reading.OTHER;
        }
        int ulid = end + 1;
        int random = ulid + Ulid.LENGTH + 1;
        if (!Ulid.isUlid(text, ulid) || !Base62.isBase62(text, random, text.length)) {
            return Reading.OTHER;
        }
        return checksumHolds(text) ? Reading.SECRET : Reading.MISTYPED;
    }

    private boolean startsWithPrefix(byte[] text) {
        for (int i = 0; i < prefix.length; i++) {
            if (text[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /** Overwrites the secret's prefix with the id's for a moment: saves a copy, and no other thread has the array. */
    @Override
    @SuppressWarnings("deprecation") // The only constructor that makes an ASCII string without decoding.
    String keyId(byte[] secret) {
        int from = prefix.length + 1 - KeyId.PREFIX.length();
        byte first = secret[from];
        byte second = secret[from + 1];
        secret[from] = 'a';
        secret[from + 1] = 'k';
        String id = new String(secret, 0, from, KeyId.PREFIX.length() + Ulid.LENGTH);
        secret[from] = first;
        secret[from + 1] = second;
        return id;
    }

    private static boolean checksumHolds(byte[] text) {
        int at = text.length - CHECKSUM_DIGITS;
        return Base62.is32(checksum(text, at), text, at);
    }

    private static int checksum(byte[] text, int length) {
        CRC32 crc = new CRC32();
        crc.update(text, 0, length);
        return (int) crc.getValue();
    }

    @Override
    public String toString() {
        return "KeyFormat[" + new String(prefix, StandardCharsets.US_ASCII) + "_…]";
    }
}
