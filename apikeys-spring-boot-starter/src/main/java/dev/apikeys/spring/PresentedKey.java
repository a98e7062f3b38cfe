package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
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
        if (isHeaderOurs && request.getHeader("X-API-Key") != null) {
            return true;
        }
        return Collections.list(request.getHeaders("Authorization")).stream().anyMatch(this::isOurs);
    }

    private boolean isOurs(String header) {
        String text = header.strip();
        if (!text.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return false;
        }
        String token = text.substring(BEARER.length()).strip();
        return prefixes.stream().anyMatch(token::startsWith) || keys.recognizes(token);
    }
}
