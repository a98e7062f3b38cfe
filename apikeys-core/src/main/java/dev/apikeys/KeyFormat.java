package dev.apikeys;

import dev.apikeys.internal.text.Base62;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.internal.text.Ulid;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The text format of a secret. A manager issues one format, and verifies only that and those registered with
 * {@link ApiKeys.Builder#alsoAccept}. Immutable and thread-safe.
 *
 * @since 0.1
 */
public abstract sealed class KeyFormat {
    private final boolean acceptsUnpeppered;

    KeyFormat(boolean acceptsUnpeppered) {
        this.acceptsUnpeppered = acceptsUnpeppered;
    }

    /**
     * Returns the format with the prefix {@code sk}.
     *
     * @return the format
     */
    public static KeyFormat standard() {
        return Native.of("sk");
    }

    /**
     * Returns the format {@code <prefix>_<ULID of the key id>_<43 base62><6 base62>}: 256 random bits, then the CRC-32
     * of all before it. The id makes the key findable without an index of hashes; the checksum rejects typos and
     * look-alikes without a store access.
     *
     * @param prefix {@code [a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?}
     * @return the format
     * @throws InvalidArgumentException if the prefix is not of that form
     */
    public static KeyFormat prefix(String prefix) {
        return Native.of(prefix);
    }

    /**
     * Returns the format of keys that were imported: {@code sk_} and 64 hexadecimal digits in lower case, stored as
     * plain SHA-256. Such keys are verified, never issued. A manager with a pepper rejects them unless the format is
     * registered {@link #acceptingUnpeppered()}.
     *
     * @return the format
     */
    public static KeyFormat sha64Hex() {
        return new Sha64Hex(false);
    }

    /**
     * Returns this format, also accepting keys whose stored hash has no pepper although the manager has one. By default
     * such keys are rejected: write access to the table would be enough to forge them.
     *
     * @return a format
     */
    public abstract KeyFormat acceptingUnpeppered();

    final boolean acceptsUnpeppered() {
        return acceptsUnpeppered;
    }

    /** Returns whether both read the same texts, so that the second would never be used. */
    abstract boolean readsSameAs(KeyFormat other);

    /** The result of reading a presented text in a format. */
    enum Reading {
        /** A text of another format. */
        OTHER,
        /** A text of this format with a wrong checksum: nothing in it is reliable. */
        MISTYPED,
        /** A secret. */
        SECRET
    }

    /** Reads a presented text. */
    abstract Reading read(byte[] text);

    /** Returns the key id in a secret of this format; null if keys are found by the hash of the secret. */
    abstract @Nullable String keyId(byte[] secret);

    /** {@code <prefix>_<ULID>_<43 base62><6 base62>}; see {@link #prefix}. */
    static final class Native extends KeyFormat {
        static final int RANDOM_BYTES = 32;
        private static final int RANDOM_DIGITS = Base62.LENGTH_OF_256_BITS;
        private static final int CHECKSUM_DIGITS = Base62.LENGTH_OF_32_BITS;

        /** From the end of the prefix: two separators, the ULID, the random part, the checksum. */
        private static final int TAIL = 1 + Ulid.LENGTH + 1 + RANDOM_DIGITS + CHECKSUM_DIGITS;

        private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?");

        private final byte[] prefix;

        private Native(byte[] prefix, boolean acceptsUnpeppered) {
            super(acceptsUnpeppered);
            this.prefix = prefix;
        }

        /** Returns a format; refuses a prefix that is not of the form. */
        static Native of(@Nullable String prefix) {
            if (prefix == null
                    || prefix.length() > 32
                    || !PREFIX.matcher(prefix).matches()) {
                throw Arguments.refused("prefix", prefix, PREFIX.pattern());
            }
            return new Native(prefix.getBytes(StandardCharsets.US_ASCII), false);
        }

        @Override
        public KeyFormat acceptingUnpeppered() {
            return new Native(prefix, true);
        }

        @Override
        boolean readsSameAs(KeyFormat other) {
            return other instanceof Native format && MessageDigest.isEqual(prefix, format.prefix);
        }

        /** Returns the text of a secret, from a key id in standard form and 32 random bytes. */
        byte[] secret(String keyId, byte[] random) {
            byte[] out = new byte[prefix.length + TAIL];
            System.arraycopy(prefix, 0, out, 0, prefix.length);
            int at = prefix.length;
            out[at++] = '_';
            for (int i = KeyIds.PREFIX.length(); i < keyId.length(); i++) {
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
            if (end != prefix.length
                    || text[end] != '_'
                    || text[end + 1 + Ulid.LENGTH] != '_'
                    || !startsWithPrefix(text)) {
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
            int from = prefix.length + 1 - KeyIds.PREFIX.length();
            byte first = secret[from];
            byte second = secret[from + 1];
            secret[from] = 'a';
            secret[from + 1] = 'k';
            String id = new String(secret, 0, from, KeyIds.PREFIX.length() + Ulid.LENGTH);
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

    /** {@code sk_} and 64 hexadecimal digits; see {@link #sha64Hex}. */
    private static final class Sha64Hex extends KeyFormat {
        private static final int PREFIX_LENGTH = 3;
        private static final int LENGTH = PREFIX_LENGTH + 64;

        Sha64Hex(boolean acceptsUnpeppered) {
            super(acceptsUnpeppered);
        }

        @Override
        public KeyFormat acceptingUnpeppered() {
            return new Sha64Hex(true);
        }

        @Override
        boolean readsSameAs(KeyFormat other) {
            return other instanceof Sha64Hex;
        }

        @Override
        Reading read(byte[] text) {
            if (text.length != LENGTH || text[0] != 's' || text[1] != 'k' || text[2] != '_') {
                return Reading.OTHER;
            }
            for (int i = PREFIX_LENGTH; i < LENGTH; i++) {
                byte c = text[i];
                if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                    return Reading.OTHER;
                }
            }
            return Reading.SECRET;
        }

        @Override
        @Nullable String keyId(byte[] secret) {
            return null;
        }

        @Override
        public String toString() {
            return "KeyFormat[sk_<64 hex>]";
        }
    }
}
