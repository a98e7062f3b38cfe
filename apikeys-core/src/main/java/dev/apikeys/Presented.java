package dev.apikeys;

import org.jspecify.annotations.Nullable;

/** A presented text of a known format. Lives as long as one verification; holds the secret, so it is never shown. */
final class Presented {
    final KeyFormat format;
    final byte[] text;

    /** The id that stands in the text; null for a format by whose hash the key is looked up. */
    final @Nullable String id;

    final boolean checksumHolds;

    Presented(KeyFormat format, byte[] text, @Nullable String id, boolean checksumHolds) {
        this.format = format;
        this.text = text;
        this.id = id;
        this.checksumHolds = checksumHolds;
    }

    @Override
    public String toString() {
        return "Presented[hidden]";
    }
}
