package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Enumeration;
import java.util.List;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Matches requests that present a key of ours, good or not; those with other bearer tokens are for others. */
final class PresentedKey implements RequestMatcher {
    private static final String BEARER = "bearer";

    private final ApiKeyManager keys;
    private final List<String> prefixes;
    private final boolean isHeaderOurs;

    PresentedKey(ApiKeyManager keys, ApiKeysProperties properties) {
        this.keys = keys;
        this.prefixes = new ManagerSettings(properties).prefixes();
        this.isHeaderOurs = properties.web().header();
    }

    @Override
    public boolean matches(HttpServletRequest request) {
        if (isHeaderOurs && request.getHeaders(CredentialsReadOnce.KEY).hasMoreElements()) {
            return true;
        }
        Enumeration<String> values = request.getHeaders(CredentialsReadOnce.AUTHORIZATION);
        while (values.hasMoreElements()) {
            if (isOurs(values.nextElement())) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a header may hold a key. */
    boolean isCredential(String header) {
        return header.equalsIgnoreCase(CredentialsReadOnce.AUTHORIZATION)
                || (isHeaderOurs && header.equalsIgnoreCase(CredentialsReadOnce.KEY));
    }

    private boolean isOurs(String header) {
        String text = header.strip();
        if (!text.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return false;
        }
        int token = BEARER.length();
        while (token < text.length() && Character.isWhitespace(text.charAt(token))) {
            token++;
        }
        for (String prefix : prefixes) {
            if (text.startsWith(prefix, token)) {
                return true;
            }
        }
        return keys.recognizes(text.substring(token));
    }
}
