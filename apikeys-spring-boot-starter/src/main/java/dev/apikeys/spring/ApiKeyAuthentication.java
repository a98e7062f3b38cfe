package dev.apikeys.spring;

import dev.apikeys.ApiKey;
import dev.apikeys.Proof;
import dev.apikeys.Verification;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.Transient;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/**
 * A caller that proved an API key. The principal is the {@link ApiKey}, the name its id, the authorities the permissions that
 * are granted, by their own names: no authority stands for the role, since a key may have fewer permissions than its role.
 * There are no credentials, it is kept in no session, and it cannot be serialized. Immutable
 * and thread-safe.
 *
 * <pre>{@code
 * @GetMapping("/files")
 * List<File> files(@AuthenticationPrincipal ApiKey key) { ... }
 * }</pre>
 *
 * @since 0.1
 */
@Transient
public final class ApiKeyAuthentication implements Authentication, KeyHolder {
    private static final long serialVersionUID = 1L;

    private final transient ApiKey key;
    private final transient Proof proof;
    private final transient List<GrantedAuthority> authorities;

    ApiKeyAuthentication(Verification.Verified verified) {
        this(verified.key(), verified.proof());
    }

    ApiKeyAuthentication(ApiKey key, Proof proof) {
        this.key = key;
        this.proof = proof;
        this.authorities = key.granted().stream()
                .<GrantedAuthority>map(SimpleGrantedAuthority::new)
                .toList();
    }

    /**
     * Returns the key.
     *
     * @return the key as it was when the request came
     */
    @Override
    public ApiKey key() {
        return key;
    }

    /** Returns what the manager decides by, if it is asked again for this request. */
    Proof proof() {
        return proof;
    }

    @Override
    public Collection<? extends GrantedAuthority> getAuthorities() {
        return authorities;
    }

    /**
     * Returns nothing: the secret is not kept.
     *
     * @return null
     */
    @Override
    public @Nullable Object getCredentials() {
        return null;
    }

    @Override
    public @Nullable Object getDetails() {
        return null;
    }

    @Override
    public ApiKey getPrincipal() {
        return key;
    }

    /**
     * Returns the id of the key.
     *
     * @return the id
     */
    @Override
    public String getName() {
        return key.id().value();
    }

    @Override
    public boolean isAuthenticated() {
        return true;
    }

    /**
     * Refuses: a caller is made by its key alone.
     *
     * @throws IllegalArgumentException always
     */
    @Override
    public void setAuthenticated(boolean isAuthenticated) {
        throw new IllegalArgumentException("An ApiKeyAuthentication is immutable");
    }

    /**
     * Refuses to be serialized.
     *
     * @param out unused
     * @throws NotSerializableException always
     */
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException("An ApiKeyAuthentication is proven anew with each request");
    }

    @Override
    public String toString() {
        return "ApiKeyAuthentication[" + key.id() + "]";
    }
}
