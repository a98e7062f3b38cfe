package dev.apikeys.examples;

// snippet: docs/http.md, adapter
import dev.apikeys.http.Handler;
import dev.apikeys.http.Request;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Serves a handler on Jetty without servlets. */
final class JettyAdapter extends org.eclipse.jetty.server.Handler.Abstract {
    private final Handler handler;

    JettyAdapter(Handler handler) {
        this.handler = handler;
    }

    @Override
    public boolean handle(org.eclipse.jetty.server.Request request, Response response, Callback callback)
            throws IOException {
        dev.apikeys.http.Response answer = handler.handle(new JettyRequest(request));
        response.setStatus(answer.status());
        answer.headers().forEach((name, values) -> response.getHeaders().put(name, values));
        Content.Sink.write(response, true, request.getMethod().equals("HEAD") ? "" : answer.body(), callback);
        return true;
    }

    private record JettyRequest(org.eclipse.jetty.server.Request request) implements Request {
        @Override
        public String method() {
            return request.getMethod();
        }

        @Override
        public String rawPath() {
            return request.getHttpURI().getPath(); // not getCanonicalPath, which was decoded and normalised
        }

        @Override
        public String contextPath() {
            return "";
        }

        @Override
        public String rawQuery() {
            return request.getHttpURI().getQuery();
        }

        @Override
        public List<String> headers(String name) {
            return request.getHeaders().getValuesList(name);
        }

        @Override
        public String remoteAddress() {
            String address = org.eclipse.jetty.server.Request.getRemoteAddr(request);
            return address == null ? "" : address.replaceAll("[\\[\\]]|%.*", ""); // of [fe80::1%eth0] fe80::1
        }

        @Override
        public byte[] body(int atMost) throws IOException {
            InputStream in = Content.Source.asInputStream(request);
            byte[] body = in.readNBytes(atMost + 1);
            return body.length > atMost ? null : body;
        }
    }
}
// end of snippet
