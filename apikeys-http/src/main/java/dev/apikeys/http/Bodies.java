package dev.apikeys.http;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/** Reads bodies: JSON in UTF-8 of at most 64 KiB, or nothing. */
final class Bodies {
    static final int MAX_BYTES = 64 * 1_024;
    private static final Pattern JSON =
            Pattern.compile("application/json([ \t]*;[ \t]*charset=\"?utf-8\"?)?", Pattern.CASE_INSENSITIVE);

    private Bodies() {}

    /** @throws Failure if the body is of another type, too long, or no JSON object with each name once */
    static Fields read(Request request) throws IOException {
        List<String> types = request.headers("Content-Type");
        boolean isJson = types.size() == 1 && JSON.matcher(types.get(0).strip()).matches();
        if (!types.isEmpty() && !isJson) { // before anything is read
            throw unsupported();
        }
        byte[] body = request.body(MAX_BYTES);
        if (body == null) {
            throw new Failure(413, "TOO_LARGE", "The body is longer than " + MAX_BYTES + " bytes");
        }
        if (body.length > 0 && !isJson) {
            throw unsupported();
        }
        return Fields.ofBody(body);
    }

    private static Failure unsupported() {
        return new Failure(415, "UNSUPPORTED_MEDIA_TYPE", "The body is not application/json in UTF-8");
    }
}
