package dev.apikeys.servlet;

import com.sun.net.httpserver.HttpExchange;
import dev.apikeys.http.jdk.JdkServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The servers that a site runs in, each on a free port of the loopback address. */
enum Container {
    JDK {
        @Override
        Running start(Site site, String context) throws IOException {
            JdkServer server = JdkServer.builder()
                    .guard(
                            "/files",
                            site.guard,
                            (exchange, key) -> send(
                                    exchange,
                                    site.service.answer(exchange.getRequestURI().getPath(), key)))
                    .handle(site.admin.path(), site.admin)
                    .handle(site.claims.path(), site.claims)
                    .start();
            return new Running(server.address().getPort(), "", server);
        }
    },
    JETTY {
        @Override
        Running start(Site site, String context) throws Exception {
            // An answer once began with the bytes of the request before it, as if its buffer was pooled while in use;
            // see issue 12939 of Jetty.
            Server server = new Server(null, null, new ByteBufferPool.NonPooling());
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler handler = new ServletContextHandler(context.isEmpty() ? "/" : context);
            FilterHolder filter = new FilterHolder(new ApiKeyFilter(site.guard));
            filter.setAsyncSupported(true);
            handler.addFilter(filter, "/files/*", EnumSet.allOf(DispatcherType.class));
            handler.addServlet(holder(new FilesServlet(site.service)), "/files/*");
            ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
            errors.addErrorPage(418, "/files/teapot");
            handler.setErrorHandler(errors);
            handler.addServlet(holder(new AdminServlet(site.admin)), site.admin.path() + "/*");
            handler.addServlet(holder(new ClaimsServlet(site.claims)), site.claims.path() + "/*");
            server.setHandler(handler);
            server.start();
            return new Running(connector.getLocalPort(), context, server::stop);
        }

        private ServletHolder holder(HttpServlet servlet) {
            ServletHolder holder = new ServletHolder(servlet);
            holder.setAsyncSupported(true);
            return holder;
        }
    },
    TOMCAT {
        @Override
        Running start(Site site, String context) throws Exception {
            APACHE.setLevel(Level.SEVERE);
            Path base = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "tomcat");
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.toString());
            tomcat.setPort(0);
            tomcat.getConnector().setProperty("address", "127.0.0.1");
            Context app = tomcat.addContext(context, base.toString());
            FilterDef definition = new FilterDef();
            definition.setFilterName("api keys");
            definition.setFilter(new ApiKeyFilter(site.guard));
            definition.setAsyncSupported("true");
            app.addFilterDef(definition);
            FilterMap map = new FilterMap();
            map.setFilterName("api keys");
            map.addURLPattern("/files/*");
            for (DispatcherType type : DispatcherType.values()) {
                map.setDispatcher(type.name());
            }
            app.addFilterMap(map);
            Tomcat.addServlet(app, "files", new FilesServlet(site.service)).setAsyncSupported(true);
            app.addServletMappingDecoded("/files/*", "files");
            ErrorPage teapot = new ErrorPage();
            teapot.setErrorCode(418);
            teapot.setLocation("/files/teapot");
            app.addErrorPage(teapot);
            Tomcat.addServlet(app, "admin", new AdminServlet(site.admin));
            app.addServletMappingDecoded(site.admin.path() + "/*", "admin");
            Tomcat.addServlet(app, "claims", new ClaimsServlet(site.claims));
            app.addServletMappingDecoded(site.claims.path() + "/*", "claims");
            tomcat.start();
            return new Running(tomcat.getConnector().getLocalPort(), context, () -> stop(tomcat));
        }

        private void stop(Tomcat tomcat) throws LifecycleException {
            tomcat.stop();
            tomcat.destroy();
        }
    };

    static {
        // Else the server waits 40 ms for an acknowledgement between the headers and the body of each answer.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** Held, or its level would be forgotten. */
    private static final Logger APACHE = Logger.getLogger("org.apache");

    abstract Running start(Site site, String context) throws Exception;

    Running start(Site site) throws Exception {
        return start(site, "");
    }

    /**
     * A server.
     *
     * @param port where it listens
     * @param context the context path
     * @param server what is closed
     */
    record Running(int port, String context, AutoCloseable server) implements Closeable {
        String base() {
            return "http://127.0.0.1:" + port + context;
        }

        @Override
        public void close() throws IOException {
            try {
                server.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException("The server could not be stopped", e);
            }
        }
    }

    private static void send(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        boolean isHead = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(200, isHead ? -1 : body.length);
        if (!isHead) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    /** Serves what the container takes for the path. */
    private static final class FilesServlet extends HttpServlet {
        private static final long serialVersionUID = 1L;
        private final transient Site.Service service;

        FilesServlet(Site.Service service) {
            this.service = service;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String rest = request.getPathInfo() == null ? "" : request.getPathInfo();
            if (rest.equals("/async")) {
                request.startAsync().dispatch("/files/done");
                return;
            }
            if (rest.equals("/fail")) {
                response.sendError(418);
                return;
            }
            byte[] body = service.answer(request.getServletPath() + rest, ApiKeyFilter.key(request))
                    .getBytes(StandardCharsets.UTF_8);
            response.getOutputStream().write(body);
        }
    }
}
