/** Guards HTTP routes with API keys, hands secrets over, and serves the admin API and its page. */
module dev.apikeys.http {
    requires transitive dev.apikeys.core;
    requires static transitive org.jspecify;
    requires static transitive jdk.httpserver;
    requires com.fasterxml.jackson.core;
    requires org.slf4j;

    exports dev.apikeys.http;
    exports dev.apikeys.http.jdk;
}
