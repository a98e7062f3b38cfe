package dev.apikeys.memory;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.ConcurrentProgramsContract;

class ConcurrentProgramsTest extends ConcurrentProgramsContract {

    @Override
    protected ApiKeyStore store() {
        return new InMemoryApiKeyStore();
    }

    @Override
    protected TempKeyStore tempKeyStore() {
        return new InMemoryTempKeyStore();
    }
}
