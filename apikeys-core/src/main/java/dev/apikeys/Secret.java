package dev.apikeys;

import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sensitive text: the secret of a key, or a ticket. Only {@link #reveal()} returns it, so that one search of a code
 * base finds every place where a secret leaves. Thread-safe.
 *
 * <p>Two secrets are equal only if they are the same object; compare with {@link #matches}.
 *
 * @since 0.1
 */
public final class Secret {
    /** Transient, to hide it from mappers that read fields. */
    private transient volatile byte @Nullable [] text;

    private Secret(byte[] text) {
        this.text = text;
    }

    /**
     * Returns a secret with a given text.
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

    /** Takes ownership of the array: the caller must not keep it. */
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

    /** Returns false for a text with a lone surrogate, which would be encoded like, and match, a question mark. */
    private static boolean isWhole(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /** Wipes the text. Copies made by {@link #reveal()} stay. Idempotent. */
    public void destroy() {
        byte[] current = text;
        text = null;
        VarHandle.fullFence(); // Unlinks the array before it is wiped.
        if (current != null) {
            Arrays.fill(current, (byte) 0);
        }
    }

    /** Returns a constant, never the text. */
    @Override
    public String toString() {
        return "Secret[hidden]";
    }

    /** Must be called after reading {@link #bytes}: if the array is still linked, what was read had not been wiped. */
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
