package dev.apikeys.http;

import dev.apikeys.Proof;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the session of an administrator as the value of a cookie, so that every node with the secret knows it. It
 * names a key and proves nothing by itself: each request asks the manager about the key.
 */
final class SessionCookie {
    static final Duration ABSOLUTE = Duration.ofHours(8);
    static final Duration IDLE = Duration.ofMinutes(30);
    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final String LABEL = "apikeys admin session";
    private static final String VERSION = "1";
    private static final int MAX_LENGTH = 1_024;

    /** The current one first. */
    private final List<byte[]> secrets;

    /** Of the admin API, so that a cookie of one is no cookie of another. */
    private final String basePath;

    SessionCookie(List<byte[]> secrets, String basePath) {
        this.secrets = secrets;
        this.basePath = basePath;
    }

    SessionCookie at(String otherPath) {
        return new SessionCookie(secrets, otherPath);
    }

    SessionCookie signedWith(List<byte[]> otherSecrets) {
        return new SessionCookie(otherSecrets, basePath);
    }

    /**
     * A login.
     *
     * @param id random, by which a logout is remembered
     * @param proof the key that logged in
     * @param login when
     * @param lastUse when it was last used, to the minute
     */
    record Session(String id, Proof proof, Instant login, Instant lastUse) {
        Instant end() {
            Instant idle = lastUse.plus(IDLE);
            Instant absolute = login.plus(ABSOLUTE);
            return idle.isBefore(absolute) ? idle : absolute;
        }

        Session usedAt(Instant now) {
            return new Session(id, proof, login, now);
        }
    }

    /** @param name of the cookie, under which alone the value can be read */
    String write(Session session, String name) {
        String payload = String.join(
                " ",
                VERSION,
                session.id(),
                Long.toString(session.login().toEpochMilli()),
                Long.toString(session.lastUse().toEpochMilli()),
                session.proof().text());
        byte[] text = payload.getBytes(StandardCharsets.UTF_8);
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString(text) + "." + base64.encodeToString(signature(text, name));
    }

    /** Returns the session, or null if the value is forged, of another name, version or base path, too old, or ahead of time. */
    @Nullable Session read(String value, String name, Instant now) {
        int dot = value.indexOf('.');
        if (dot < 0 || value.length() > MAX_LENGTH) {
            return null;
        }
        try {
            byte[] text = Base64.getUrlDecoder().decode(value.substring(0, dot));
            byte[] signature = Base64.getUrlDecoder().decode(value.substring(dot + 1));
            return isSigned(text, name, signature) ? parsed(new String(text, StandardCharsets.UTF_8), now) : null;
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    private boolean isSigned(byte[] text, String name, byte[] signature) {
        boolean isSigned = false;
        for (byte[] secret : secrets) {
            isSigned |= MessageDigest.isEqual(signature(secret, text, name), signature);
        }
        return isSigned;
    }

    private static @Nullable Session parsed(String payload, Instant now) {
        String[] parts = payload.split(" ", 5);
        if (parts.length != 5 || !parts[0].equals(VERSION)) {
            return null;
        }
        Instant login = Instant.ofEpochMilli(Long.parseLong(parts[2]));
        Instant lastUse = Instant.ofEpochMilli(Long.parseLong(parts[3]));
        Session session = new Session(parts[1], Proof.parse(parts[4]), login, lastUse);
        Instant latest = now.plus(SKEW);
        boolean isAhead = login.isAfter(latest) || lastUse.isAfter(latest);
        return isAhead || !now.isBefore(session.end()) ? null : session;
    }

    byte[] signature(byte[] text, String name) {
        return signature(secrets.get(0), text, name);
    }

    private byte[] signature(byte[] secret, byte[] text, String name) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((LABEL + "\n" + basePath + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
