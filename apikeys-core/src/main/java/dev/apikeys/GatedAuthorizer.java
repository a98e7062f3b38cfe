package dev.apikeys;

import dev.apikeys.spi.Authorizer;
import java.util.Set;

/** The authorizer behind its gate. */
final class GatedAuthorizer {
    private final Authorizer authorizer;
    private final Gate gate;

    GatedAuthorizer(Authorizer authorizer, Gate gate) {
        this.authorizer = authorizer;
        this.gate = gate;
    }

    boolean allows(Operation operation, Set<String> granted, Access.Resource resource) {
        return gate.read(
                operation, "authorizer.allows", () -> authorizer.allows(granted, resource.path(), resource.action()));
    }
}
