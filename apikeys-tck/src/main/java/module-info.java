/** The store contract as tests: extend a contract class, override one method, and run it with JUnit. */
module dev.apikeys.tck {
    requires transitive dev.apikeys.core;
    requires transitive org.junit.jupiter.api;

    exports dev.apikeys.tck;
}
