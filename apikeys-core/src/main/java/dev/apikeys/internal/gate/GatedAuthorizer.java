package dev.apikeys.internal.gate;

import dev.apikeys.spi.Authorizer;
import java.util.Set;

/** The authorizer behind its gate. */
public final class GatedAuthorizer {
    private final Authorizer authorizer;
    private final Gate gate;

    public GatedAuthorizer(Authorizer authorizer, Gate gate) {
        this.authorizer = authorizer;
        this.gate = gate;
    }

    public boolean allows(Operation operation, Set<String> granted, String path, String action) {
        return gate.read(operation, "authorizer.allows", () -> authorizer.allows(granted, path, action));
    }
}
