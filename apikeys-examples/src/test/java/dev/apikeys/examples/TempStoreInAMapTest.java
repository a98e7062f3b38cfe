package dev.apikeys.examples;

import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.TempKeyStoreContract;

/** The store of temp keys of the document on the store contract keeps it. */
class TempStoreInAMapTest extends TempKeyStoreContract {

    @Override
    protected TempKeyStore store() {
        return storeOf(10_000);
    }

    @Override
    protected TempKeyStore storeOf(int maxLive) {
        return new TempStoreInAMap(maxLive);
    }
}
