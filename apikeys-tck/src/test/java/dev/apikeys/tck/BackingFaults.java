package dev.apikeys.tck;

import java.util.function.Supplier;

/** The faults of a reference store. */
record BackingFaults<S>(Backing backing, Supplier<S> narrow) implements StoreFaults<S> {
    @Override
    public void fail() {
        backing.fail();
    }

    @Override
    public void hang() {
        backing.hang();
    }

    @Override
    public void recover() {
        backing.recover();
    }

    @Override
    public S onOneConnection() {
        return narrow.get();
    }
}
