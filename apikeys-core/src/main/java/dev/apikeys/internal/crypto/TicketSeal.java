package dev.apikeys.internal.crypto;

import dev.apikeys.internal.text.Base62;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Creates tickets, and seals a secret so that only its ticket opens it: AES-256-GCM (NIST SP 800-38D) under a key
 * derived from the ticket by HKDF-SHA-256 (RFC 5869, one block), with key id and deadline as associated data. Only the
 * ticket's SHA-256 is stored, from which neither ticket nor key can be derived.
 */
public final class TicketSeal {
    private static final String PREFIX = "ho_";
    private static final int TICKET_LENGTH = PREFIX.length() + Base62.LENGTH_OF_256_BITS;
    private static final String TRANSFORMATION = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    /** RFC 5869 section 2.2: without a salt, one of zeros as long as the hash. */
    private static final byte[] NO_SALT = new byte[32];

    /** RFC 5869 section 2.3: the info and the block's number. */
    private static final byte[] INFO_AND_ONE = "apikeys temp key v1\u0001".getBytes(StandardCharsets.US_ASCII);

    private final SecureRandom random;
    private final HashFunction sha256 = HashFunction.sha256();
    private final HashFunction.HmacSha256 extract = HashFunction.hmacSha256(NO_SALT);
    private final Provider aes;

    public TicketSeal(SecureRandom random) {
        this.random = random;
        try {
            // Looking up the provider costs more than sealing.
            aes = Cipher.getInstance(TRANSFORMATION).getProvider();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The security providers of this JVM offer no AES-256-GCM", e);
        }
    }

    /** Returns a new ticket. */
    public byte[] newTicket() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        byte[] ticket = new byte[TICKET_LENGTH];
        System.arraycopy(PREFIX.getBytes(StandardCharsets.US_ASCII), 0, ticket, 0, PREFIX.length());
        Base62.encode256(bytes, ticket, PREFIX.length());
        return ticket;
    }

    /** Returns the bytes of a ticket, or null if the text cannot be one. */
    public static byte @Nullable [] parse(String ticket) {
        if (ticket.length() != TICKET_LENGTH) {
            return null;
        }
        byte[] text = ticket.getBytes(StandardCharsets.ISO_8859_1); // Shorter where there are surrogate pairs.
        boolean isTicket = text.length == TICKET_LENGTH
                && ticket.startsWith(PREFIX)
                && Base62.isBase62(text, PREFIX.length(), TICKET_LENGTH);
        return isTicket ? text : null;
    }

    /** Returns what is stored of a ticket. */
    public String hash(byte[] ticket) {
        return HexFormat.of().formatHex(sha256.hash(ticket));
    }

    /** Seals a secret, which is read and not kept. */
    public String seal(byte[] ticket, String keyId, long deadline, byte[] secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, ticket, nonce, keyId, deadline).doFinal(secret);
            byte[] out = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, out, NONCE_BYTES, sealed.length);
            return Base64.getEncoder().withoutPadding().encodeToString(out);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The security providers of this JVM cannot seal with AES-256-GCM", e);
        }
    }

    /**
     * Opens a seal of {@link #seal}; returns null if it was not made for this ticket, key and deadline, or is damaged.
     */
    public byte @Nullable [] open(byte[] ticket, String keyId, long deadline, String sealed) {
        try {
            byte[] in = Base64.getDecoder().decode(sealed);
            // Providers differ in how they fail on a text shorter than the tag.
            if (in.length <= NONCE_BYTES + TAG_BITS / Byte.SIZE) {
                return null;
            }
            byte[] nonce = Arrays.copyOf(in, NONCE_BYTES);
            return cipher(Cipher.DECRYPT_MODE, ticket, nonce, keyId, deadline)
                    .doFinal(in, NONCE_BYTES, in.length - NONCE_BYTES);
        } catch (IllegalArgumentException | AEADBadTagException notOurs) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The security providers of this JVM cannot open AES-256-GCM", e);
        }
    }

    private Cipher cipher(int mode, byte[] ticket, byte[] nonce, String keyId, long deadline)
            throws GeneralSecurityException {
        byte[] key = extract.under(extract.hash(ticket)).hash(INFO_AND_ONE);
        Cipher cipher = Cipher.getInstance(TRANSFORMATION, aes);
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD((keyId + '|' + deadline).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
