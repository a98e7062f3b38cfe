package dev.apikeys.http;

import dev.apikeys.CreatedKey;
import dev.apikeys.HandOff;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a new secret reaches its holder: shown in the answer, or behind a link.
 *
 * @param isShown whether it is shown
 * @param handOff how long it waits in the vault, or null for not at all
 */
record Delivery(boolean isShown, @Nullable Duration handOff) {
    static final Duration DOWNLOAD = Duration.ofMinutes(10);
    private static final Duration LINK = Duration.ofHours(24);
    private static final Duration MAX_LINK = Duration.ofDays(7);

    /** @param download how long what is shown can be downloaded too, or null for not at all */
    static Delivery of(Fields fields, boolean hasHandOff, @Nullable Duration download) {
        String delivery = fields.text("delivery");
        Duration expiresIn = fields.duration("linkExpiresIn");
        if (delivery == null || delivery.equals("show")) {
            if (expiresIn != null) {
                throw Failure.invalid("linkExpiresIn", "nothing unless the delivery is link");
            }
            return new Delivery(true, download);
        }
        if (!delivery.equals("link") || !hasHandOff) {
            throw Failure.invalid("delivery", hasHandOff ? "show or link" : "show, since there is no temp key store");
        }
        Duration link = expiresIn == null ? LINK : expiresIn;
        if (link.compareTo(Duration.ofMinutes(1)) < 0 || link.compareTo(MAX_LINK) > 0) {
            throw Failure.invalid("linkExpiresIn", "PT1M to P7D");
        }
        return new Delivery(false, link);
    }

    Map<String, @Nullable Object> data(CreatedKey created, String claimLink) {
        Map<String, @Nullable Object> key = KeyJson.key(created.key());
        Map<String, @Nullable Object> data = Json.object("api_key", key);
        HandOff waiting = created.handOff().orElse(null);
        if (isShown) {
            key.put("key", created.secret().reveal());
        } else if (waiting != null) {
            data.put("claimUrl", claimLink + waiting.ticket().reveal());
            data.put("claimUntil", waiting.deadline());
        }
        if (isShown && waiting != null) {
            data.put("download_url", "api-keys/" + created.id().value() + "/download");
        }
        return data;
    }
}
