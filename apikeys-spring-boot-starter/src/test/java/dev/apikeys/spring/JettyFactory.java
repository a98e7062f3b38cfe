package dev.apikeys.spring;

import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.boot.web.servlet.server.AbstractServletWebServerFactory;

/** Starts Jetty on a free port of the loopback address, with servlets alone: Boot's own factory needs web applications. */
final class JettyFactory extends AbstractServletWebServerFactory {
    private final UriCompliance compliance;

    JettyFactory(UriCompliance compliance) {
        this.compliance = compliance;
    }

    @Override
    public WebServer getWebServer(ServletContextInitializer... initializers) {
        Server server = new Server();
        HttpConfiguration http = new HttpConfiguration();
        http.setUriCompliance(compliance);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(context(initializers));
        try {
            server.start();
        } catch (Exception e) {
            throw new WebServerException("Jetty did not start", e);
        }
        return new Started(server, connector);
    }

    private ServletContextHandler context(ServletContextInitializer... initializers) {
        ServletContextHandler handler =
                new ServletContextHandler(getContextPath().isEmpty() ? "/" : getContextPath());
        handler.getServletHandler().setDecodeAmbiguousURIs(true); // only what the compliance lets through
        handler.addServletContainerInitializer((classes, context) -> {
            for (ServletContextInitializer initializer : initializers) {
                initializer.onStartup(context);
            }
        });
        ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
        getErrorPages().forEach(page -> errors.addErrorPage(ErrorPageErrorHandler.GLOBAL_ERROR_PAGE, page.getPath()));
        handler.setErrorHandler(errors);
        return handler;
    }

    private record Started(Server server, ServerConnector connector) implements WebServer {
        @Override
        public void start() {
            // It was, so that the context had its filters.
        }

        @Override
        public void stop() {
            try {
                server.stop();
            } catch (Exception e) {
                throw new WebServerException("Jetty did not stop", e);
            }
        }

        @Override
        public int getPort() {
            return connector.getLocalPort();
        }
    }
}
