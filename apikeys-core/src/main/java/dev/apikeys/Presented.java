package dev.apikeys;

import org.jspecify.annotations.Nullable;

/** A presented text of a known format. Lives as long as one verification; holds the secret, so it is never shown. */
final class Presented {
    /** Of a known format, with a wrong checksum: nothing that it says can be relied on. */
    static final Presented MISTYPED = new Presented(KeyFormat.standard(), new byte[0], null);

    final KeyFormat format;
    final byte[] text;

    /** The id that stands in the text; null for a format by whose hash the key is looked up. */
    final @Nullable String id;

    Presented(KeyFormat format, byte[] text, @Nullable String id) {
        this.format = format;
        this.text = text;
        this.id = id;
    }

    @Override
    public String toString() {
        return "Presented[hidden]";
    }
}
