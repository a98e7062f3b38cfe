/** Issues, hands over, verifies and manages API keys inside the service that imports it. */
module dev.apikeys.core {
    requires static transitive org.jspecify;
    requires java.management;
    requires org.slf4j;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.github.benmanes.caffeine;

    exports dev.apikeys;
    exports dev.apikeys.spi;
}
