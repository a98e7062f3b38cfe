package dev.apikeys.importer;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads SHA-256 hashes as text. */
final class Hashes {

    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

    /** Base64 in either alphabet, padded or not. */
    private static final Pattern BASE64 = Pattern.compile("[0-9A-Za-z+/_-]{43}=?");

    private Hashes() {}

    /**
     * Reads a hash of 64 hexadecimal digits in either case, or of Base64.
     *
     * @return 64 hexadecimal digits in lower case; null for any other text
     */
    static @Nullable String hex(@Nullable String text) {
        if (text == null) {
            return null;
        }
        if (HEX.matcher(text).matches()) {
            return text.toLowerCase(Locale.ROOT);
        }
        return BASE64.matcher(text).matches() ? decoded(text) : null;
    }

    /** Decodes Base64. The last digit has two unused bits: unless they are 0, this was not encoded from 32 bytes. */
    private static @Nullable String decoded(String text) {
        String digits = text.substring(0, 43).replace('-', '+').replace('_', '/');
        byte[] hash = Base64.getDecoder().decode(digits);
        boolean exact =
                Base64.getEncoder().withoutPadding().encodeToString(hash).equals(digits);
        return exact ? HexFormat.of().formatHex(hash) : null;
    }
}
