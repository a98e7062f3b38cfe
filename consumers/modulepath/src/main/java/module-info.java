/** A program on the module path. */
module consumer {
    requires dev.apikeys.core;
    requires dev.apikeys.memory;
}
