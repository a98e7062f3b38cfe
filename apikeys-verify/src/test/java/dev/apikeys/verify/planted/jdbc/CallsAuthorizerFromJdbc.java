package dev.apikeys.verify.planted.jdbc;

import dev.apikeys.spi.Authorizer;
import java.util.Set;

/** Breaks: L4 a store calls no host code. */
public final class CallsAuthorizerFromJdbc {
    public boolean allows(Authorizer authorizer) {
        return authorizer.allows(Set.of(), "/", "read");
    }
}
