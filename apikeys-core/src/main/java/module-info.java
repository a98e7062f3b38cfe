/** Issues, hands over, verifies and manages API keys inside the service that imports it. */
@SuppressWarnings("module") // The modules of this library that share internal.text are compiled after this one.
module dev.apikeys.core {
    requires static transitive org.jspecify;
    requires java.management;
    requires org.slf4j;
    requires com.fasterxml.jackson.core;
    requires com.github.benmanes.caffeine;

    exports dev.apikeys;
    exports dev.apikeys.spi;
    exports dev.apikeys.internal.concurrent to
            dev.apikeys.http;
    exports dev.apikeys.internal.text to
            dev.apikeys.http,
            dev.apikeys.importer,
            dev.apikeys.jdbc;
}
