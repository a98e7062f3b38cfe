package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.Samples;
import dev.apikeys.tck.TempKeyStoreContract;
import java.util.List;
import org.junit.jupiter.api.Test;

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

    /** A settle that throws has replaced the row: the secret is lost. */
    @Test
    void settlesInAStoreOfAnySize() {
        TempKeyStore store = storeOf(Integer.MAX_VALUE);
        store.insert(List.of(Samples.temp(1, 1, Samples.T0 + 1)));
        assertThat(store.settle(Samples.ticket(1), Samples.T0)).isTrue();
    }
}
