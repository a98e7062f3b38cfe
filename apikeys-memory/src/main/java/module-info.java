/** Stores that keep keys and temp keys in the memory of one JVM. */
module dev.apikeys.memory {
    requires transitive dev.apikeys.core;

    exports dev.apikeys.memory;
}
