package dev.apikeys.memory;

import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.TempKeyStoreContract;

class InMemoryTempKeyStoreContractTest extends TempKeyStoreContract {

    @Override
    protected TempKeyStore store() {
        return new InMemoryTempKeyStore();
    }

    @Override
    protected TempKeyStore storeOf(int maxLive) {
        return new InMemoryTempKeyStore(maxLive);
    }
}
