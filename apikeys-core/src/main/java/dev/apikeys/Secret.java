package dev.apikeys;

import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A text that opens something: the secret of a key, or a ticket. It shows itself only to {@link #reveal()}, so that one
 * search of a code base finds every place where a secret leaves. Thread-safe.
 *
 * <p>Two secrets are equal only if they are the same object; compare with {@link #matches}.
 *
 * @since 0.1
 */
public final class Secret {
    /** Transient for mappers that read fields. */
    private transient volatile byte @Nullable [] text;

    private Secret(byte[] text) {
        this.text = text;
    }

    /**
     * Returns a secret of a given text.
     *
     * @param text the text, at least one character
     * @return a secret
     * @throws InvalidArgumentException if {@code text} is empty or holds a lone surrogate
     */
    public static Secret of(String text) {
        Objects.requireNonNull(text, "text");
        if (text.isEmpty()) {
            throw Arguments.refusedValue("text", "empty", "at least one character");
        }
        if (!isWhole(text)) {
            String allowed = "whole characters";
            throw Arguments.invalid("text", "text holds a lone surrogate; allowed: " + allowed, allowed);
        }
        return new Secret(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Takes the array over: the caller must not keep it. */
    static Secret owning(byte[] text) {
        return new Secret(text);
    }

    /**
     * Reveals the text; there is no other way to get it.
     *
     * @return the text
     * @throws IllegalStateException if it was destroyed
     */
    public String reveal() {
        String revealed = new String(bytes(), StandardCharsets.UTF_8);
        requireWhole();
        return revealed;
    }

    /**
     * Compares in constant time.
     *
     * @param presented the text that a caller presents, or null
     * @return true if it is this text
     * @throws IllegalStateException if it was destroyed
     */
    public boolean matches(@Nullable String presented) {
        byte[] current = bytes();
        boolean equal = presented != null && MessageDigest.isEqual(current, presented.getBytes(StandardCharsets.UTF_8));
        requireWhole();
        return equal && presented != null && isWhole(presented);
    }

    /** A lone surrogate would be encoded like a question mark, and so make two texts one. */
    private static boolean isWhole(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /** Wipes the text. Copies made by {@link #reveal()} stay. Doing it twice is harmless. */
    public void destroy() {
        byte[] current = text;
        text = null;
        VarHandle.fullFence(); // Nothing is wiped before it is let go.
        if (current != null) {
            Arrays.fill(current, (byte) 0);
        }
    }

    /** Never the text. */
    @Override
    public String toString() {
        return "Secret[hidden]";
    }

    /** To be called after reading {@link #bytes}: if the array is still held, nothing of what was read was wiped. */
    void requireWhole() {
        VarHandle.acquireFence();
        bytes();
    }

    byte[] bytes() {
        byte[] current = text;
        if (current == null) {
            throw new IllegalStateException("This secret was destroyed");
        }
        return current;
    }
}
