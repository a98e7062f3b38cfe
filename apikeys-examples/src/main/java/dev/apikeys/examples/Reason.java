package dev.apikeys.examples;

import dev.apikeys.ApiKey;
import dev.apikeys.Verification;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Explains the outcome of a verification in words. Reads results, never secrets. */
final class Reason {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("d MMM HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Reason() {}

    static String of(Verification verification) {
        ApiKey key = verification.provenKey().orElse(null);
        return switch (verification.code()) {
            case VALID -> key == null ? "" : "may " + words(key.granted());
            case MISSING -> "nothing was presented";
            case MALFORMED -> "no secret of ours; the store was not asked";
            case BAD_CHECKSUM -> "the checksum does not fit; the store was not asked";
            case UNKNOWN -> "there is no such key";
            case SECRET_MISMATCH -> "there is such a key, with another secret";
            case NOT_CACHED -> "the store was not to be asked, and the key is not cached";
            case STORE_UNAVAILABLE -> "the store did not answer";
            case CORRUPT_RECORD ->
                key == null ? "its record cannot be read" : "cannot read its " + words(key.damaged());
            case REVOKED -> key == null ? "" : "since " + time(key.revokedAt()) + ": " + key.revokedReason();
            case EXPIRED -> key == null ? "" : "since " + time(key.expiresAt());
            case DISABLED -> key == null ? "" : "since " + time(key.disabledAt());
            case INSUFFICIENT_PERMISSIONS -> insufficient(verification, key);
            case AUTHORIZER_FAILED -> "the authorizer did not answer";
        };
    }

    private static String insufficient(Verification verification, @Nullable ApiKey key) {
        String may = key == null ? "" : "may " + words(key.granted());
        return verification instanceof Verification.Rejected rejected
                        && !rejected.missing().isEmpty()
                ? may + ", not " + words(rejected.missing())
                : may;
    }

    static String words(Collection<String> names) {
        return names.isEmpty() ? "nothing" : String.join(", ", names);
    }

    static String time(@Nullable Instant instant) {
        return instant == null ? "-" : TIME.format(instant);
    }
}
