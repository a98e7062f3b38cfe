package dev.apikeys.memory;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.tck.ApiKeyStoreContract;

class InMemoryApiKeyStoreContractTest extends ApiKeyStoreContract {

    @Override
    protected ApiKeyStore store() {
        return new InMemoryApiKeyStore();
    }

    @Override
    protected ApiKeyStore anotherStore() {
        return new InMemoryApiKeyStore();
    }
}
