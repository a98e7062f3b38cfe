package dev.apikeys.verify.planted;

import java.util.Arrays;

/** Breaks: bytes are compared in constant time; each of these ends at the first difference. */
public final class ComparesBytes {
    public boolean whole(byte[] stored, byte[] presented) {
        return Arrays.equals(stored, presented);
    }

    public boolean difference(byte[] stored, byte[] presented) {
        return Arrays.mismatch(stored, presented) < 0;
    }

    public boolean order(byte[] stored, byte[] presented) {
        return Arrays.compare(stored, presented) == 0;
    }
}
