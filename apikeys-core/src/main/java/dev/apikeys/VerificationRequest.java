package dev.apikeys;

import dev.apikeys.internal.text.Described;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request to verify: the presented text, and facts about the call. Each method returns a new request. Immutable and
 * thread-safe; {@code toString} never shows the presented text.
 *
 * <pre>{@code
 * Verification v = keys.verify(VerificationRequest.of(presented)
 *         .access(Access.permission("upload"))
 *         .from(request.getRemoteAddr()));
 * }</pre>
 *
 * @since 0.1
 */
public final class VerificationRequest {
    /** For a text of this form, the JDK parses a literal or fails, without a look-up. */
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9a-fA-F:][0-9a-fA-F:.]{1,44}");

    private static final VerificationRequest FOR_PROOF = new VerificationRequest(true, null, Access.NONE, null, false);

    final boolean forProof;

    /** Transient, to hide it from mappers that read fields. */
    final transient @Nullable String presented;

    final Access access;
    final @Nullable String address;
    final boolean cachedOnly;

    private VerificationRequest(
            boolean forProof, @Nullable String presented, Access access, @Nullable String address, boolean cachedOnly) {
        this.forProof = forProof;
        this.presented = presented;
        this.access = access;
        this.address = address;
        this.cachedOnly = cachedOnly;
    }

    /**
     * Returns a request for a presented text, for {@link ApiKeyManager#verify(VerificationRequest)}.
     *
     * @param presented the text that the caller sent, unchanged; may be null or anything else
     * @return a request that asks for no permission
     */
    public static VerificationRequest of(@Nullable String presented) {
        return new VerificationRequest(false, presented, Access.NONE, null, false);
    }

    /**
     * Returns a request without a presented text, for {@link ApiKeyManager#authorize}.
     *
     * @return a request that asks for no permission
     */
    public static VerificationRequest forProof() {
        return FOR_PROOF;
    }

    /**
     * Returns this request with the access that the call needs.
     *
     * @param access the access
     * @return a request
     */
    public VerificationRequest access(Access access) {
        return new VerificationRequest(
                forProof, presented, Objects.requireNonNull(access, "access"), address, cachedOnly);
    }

    /**
     * Returns this request with the address of the caller, which is added to the detail of
     * {@link KeyEvent.Type#REJECTED} events.
     *
     * @param address an IPv4 or IPv6 address in digits, without brackets, zone or port; never a host name, since
     *     nothing is looked up. IPv4-mapped IPv6 addresses are converted to IPv4
     * @return a request
     * @throws InvalidArgumentException if it is null or no such address
     */
    public VerificationRequest from(String address) {
        return new VerificationRequest(forProof, presented, access, literal(address), cachedOnly);
    }

    private static String literal(@Nullable String address) {
        if (address != null && isIpv4(address)) {
            return address;
        }
        if (address != null && IPV6.matcher(address).matches()) {
            try {
                return InetAddress.getByName(address).getHostAddress();
            } catch (UnknownHostException noLiteral) {
                // Refused below, like any other text that is not an address.
            }
        }
        throw Arguments.refused("from", address, "an IPv4 or IPv6 address in digits, without brackets, zone or port");
    }

    /**
     * Four numbers without leading zeros, so that the text is the address in its one form. A matcher would be the largest
     * object of a verification.
     */
    private static boolean isIpv4(String address) {
        int octets = 1;
        int octet = -1; // none yet
        for (int i = 0; i < address.length(); i++) {
            char c = address.charAt(i);
            if (c == '.' && octet >= 0) {
                octets++;
                octet = -1;
            } else if (c >= '0' && c <= '9' && octet != 0) {
                octet = Math.max(octet, 0) * 10 + c - '0';
            } else {
                return false;
            }
            if (octet > 255) {
                return false;
            }
        }
        return octets == 4 && octet >= 0;
    }

    /**
     * Returns this request limited to keys that the cache knows: {@link Verification.Code#NOT_CACHED} for others, without
     * store access. The record of a key that it knows is read again when its time is nearly over, and once after all
     * records were invalidated. For callers with too many failures.
     *
     * @return a request
     */
    public VerificationRequest cachedOnly() {
        return new VerificationRequest(forProof, presented, access, address, true);
    }

    /**
     * Returns the presented text, which may be a secret.
     *
     * @return the text, or null
     */
    public @Nullable String presented() {
        return presented;
    }

    /**
     * Returns the access that the call needs.
     *
     * @return the access; an empty one if it was not set
     */
    public Access access() {
        return access;
    }

    /**
     * Returns the address of the caller.
     *
     * @return the address in digits, or null if it was not set
     */
    public @Nullable String from() {
        return address;
    }

    /**
     * Returns whether only the cache may answer.
     *
     * @return true if {@link #cachedOnly()} was called
     */
    public boolean isCachedOnly() {
        return cachedOnly;
    }

    /**
     * Returns whether the request has no presented text, and is for a {@link Proof}.
     *
     * @return true if it was made by {@link #forProof()}
     */
    public boolean isForProof() {
        return forProof;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof VerificationRequest that
                && forProof == that.forProof
                && Objects.equals(presented, that.presented)
                && access.equals(that.access)
                && Objects.equals(address, that.address)
                && cachedOnly == that.cachedOnly;
    }

    /** Omits the presented text, about which a hash code would leak information. */
    @Override
    public int hashCode() {
        return Objects.hash(forProof, access, address, cachedOnly);
    }

    /** Returns the facts about the call, never the presented text. */
    @Override
    public String toString() {
        return Described.as("VerificationRequest")
                .with("presented", forProof ? null : presented != null)
                .with("access", access)
                .with("from", address)
                .with("cachedOnly", cachedOnly)
                .toString();
    }
}
