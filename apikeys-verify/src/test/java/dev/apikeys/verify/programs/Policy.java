package dev.apikeys.verify.programs;

import dev.apikeys.casbin.CasbinAuthorizer;
import java.util.concurrent.atomic.AtomicInteger;

/** An authorizer whose policy is replaced by one that is written otherwise and lets programs do the same. Thread-safe. */
final class Policy {
    private static final String ONE = "p, read, /program, GET, allow\np, upload, /program, POST, allow\n";
    private static final String OTHER = "p, read, /*, GET|HEAD, allow\np, read, /other, GET, deny\n";

    private final AtomicInteger reloads = new AtomicInteger();
    private final CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy(ONE);

    CasbinAuthorizer authorizer() {
        return authorizer;
    }

    void reload() {
        authorizer.reload(reloads.incrementAndGet() % 2 == 0 ? ONE : OTHER);
    }
}
