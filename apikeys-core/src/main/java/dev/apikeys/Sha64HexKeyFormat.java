package dev.apikeys;

import org.jspecify.annotations.Nullable;

/** {@code sk_} and 64 hexadecimal digits; see {@link KeyFormat#sha64Hex}. */
final class Sha64HexKeyFormat extends KeyFormat {
    private static final int PREFIX_LENGTH = 3;
    private static final int LENGTH = PREFIX_LENGTH + 64;

    Sha64HexKeyFormat(boolean acceptsUnpeppered) {
        super(acceptsUnpeppered);
    }

    @Override
    public KeyFormat acceptingUnpeppered() {
        return new Sha64HexKeyFormat(true);
    }

    @Override
    boolean readsSameAs(KeyFormat other) {
        return other instanceof Sha64HexKeyFormat;
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
