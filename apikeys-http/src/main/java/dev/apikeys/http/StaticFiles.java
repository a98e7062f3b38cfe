package dev.apikeys.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The page: files of one flat folder in the jar, all of them text, each read once. */
final class StaticFiles {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}\\.(html|css|js|json|svg)");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml; charset=utf-8");
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    // Only names of files that exist get in, so that no caller can fill it.
    private final Map<String, Asset> loaded = new ConcurrentHashMap<>();

    /** A file; equal to itself alone. */
    private static final class Asset {
        private final String type;
        private final String text;
        private final String tag;

        Asset(String type, String text, String tag) {
            this.type = type;
            this.text = text;
            this.tag = tag;
        }
    }

    /** Returns a file for GET and HEAD, or null if there is none of this name. */
    @Nullable Response find(Request request, String name) {
        Asset asset = asset(name);
        if (asset == null) {
            return null;
        }
        if (!RequestPath.method(request).equals("GET")) {
            throw Failure.notAllowed("GET, HEAD");
        }
        Response response = Response.of(request.headers("If-None-Match").contains(asset.tag) ? 304 : 200)
                .with("Cache-Control", "no-cache")
                .with("ETag", asset.tag);
        response = Envelope.hardened(response, POLICY);
        return response.status() == 304 ? response : response.withBody(asset.type, asset.text);
    }

    private @Nullable Asset asset(String name) {
        Asset known = loaded.get(name);
        if (known != null || !NAME.matcher(name).matches()) {
            return known;
        }
        Asset read = read(name);
        if (read != null) {
            loaded.put(name, read);
        }
        return read;
    }

    private static @Nullable Asset read(String name) {
        String text = text("page/" + name);
        if (text == null) {
            return null;
        }
        String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "text/plain");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return new Asset(type, text, "\"" + HexFormat.of().formatHex(hash, 0, 16) + "\"");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Returns a text in the jar, or null if there is none of this name. */
    static @Nullable String text(String name) {
        try (InputStream in = StaticFiles.class.getResourceAsStream(name)) {
            return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
