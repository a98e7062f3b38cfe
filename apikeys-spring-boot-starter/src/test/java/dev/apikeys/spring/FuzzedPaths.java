package dev.apikeys.spring;

import java.util.List;
import java.util.Random;

/** Makes paths that servers, filters and routers read differently. */
final class FuzzedPaths {
    private static final List<String> PIECES = List.of(
            ("files admin public x app FILES Admin .. . %2e%2e %2E. .%2e %2e ..; .; ..;x=1 admin; admin;jsessionid=1 ;admin"
                            + " %61dmin adm%69n %2561dmin %252e%252e admin%20 %20admin admin%00 admin%0a admin%2e admin."
                            + " ..%00 %c0%ae%c0%ae %u002e % %zz admin%3b admin%3f admin%23 admin\\ ..\\ %5c.. \\admin admin%5c")
                    .split(" "));
    private static final List<String> SEPARATORS =
            List.of("/", "/", "/", "/", "/", "//", "%2f", "%2F", "\\", "%5c", "/./", ";/", "/;/");

    private FuzzedPaths() {}

    /** Returns a path that begins with a stem, or in one of four cases with anything. */
    static String below(String stem, Random random) {
        StringBuilder path = new StringBuilder(random.nextInt(4) == 0 ? "" : stem);
        int pieces = 1 + random.nextInt(5);
        for (int i = 0; i < pieces; i++) {
            path.append(separator(random));
            path.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return path.toString();
    }

    /** Returns what a reader may take for a slash. */
    static String separator(Random random) {
        return SEPARATORS.get(random.nextInt(SEPARATORS.size()));
    }
}
