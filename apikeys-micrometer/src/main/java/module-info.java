/** Meters of a key manager for Micrometer. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"
}) // Micrometer has a module name but no descriptor.
module dev.apikeys.micrometer {
    requires transitive dev.apikeys.core;
    requires transitive micrometer.core;
    requires static transitive org.jspecify;

    exports dev.apikeys.micrometer;
}
