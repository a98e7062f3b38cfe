/** The guard, claims and the admin API of {@code dev.apikeys.http} for jakarta.servlet. */
module dev.apikeys.servlet {
    requires transitive dev.apikeys.core;
    requires transitive dev.apikeys.http;
    requires static transitive jakarta.servlet;
    requires static transitive org.jspecify;

    exports dev.apikeys.servlet;
}
