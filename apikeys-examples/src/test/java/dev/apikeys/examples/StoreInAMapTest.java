package dev.apikeys.examples;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.tck.ApiKeyStoreContract;

/** The store of the document on the store contract keeps it. */
class StoreInAMapTest extends ApiKeyStoreContract {

    @Override
    protected ApiKeyStore store() {
        return new StoreInAMap();
    }
}
