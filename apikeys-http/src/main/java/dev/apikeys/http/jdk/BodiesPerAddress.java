package dev.apikeys.http.jdk;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.apikeys.http.Response;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets one client address send a few bodies at a time: a thread waits for each of them, so that an address that sends slowly
 * would else hold all threads. Requests without a body always pass. Thread-safe.
 */
final class BodiesPerAddress extends Filter {
    private final int most;

    /** Has no more entries than the server has threads. */
    private final ConcurrentMap<InetAddress, Integer> arriving = new ConcurrentHashMap<>();

    BodiesPerAddress(int most) {
        this.most = most;
    }

    @Override
    public String description() {
        return "bodies of one address";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        InetAddress address = exchange.getRemoteAddress().getAddress();
        if (!hasBody(exchange.getRequestHeaders())) {
            chain.doFilter(exchange);
        } else if (enter(address)) {
            Arrival arrival = new Arrival(address);
            exchange.setStreams(new Body(exchange.getRequestBody(), arrival), null);
            try {
                chain.doFilter(exchange);
            } finally {
                arrival.end(); // of a body that was not read, which the server waits for when the exchange is closed
            }
        } else {
            refuse(exchange);
        }
    }

    private static boolean hasBody(Headers headers) {
        List<String> lengths = headers.getOrDefault("Content-Length", List.of("0"));
        return headers.containsKey("Transfer-Encoding") || !lengths.equals(List.of("0"));
    }

    private boolean enter(InetAddress address) {
        for (; ; ) {
            Integer count = arriving.putIfAbsent(address, 1);
            if (count == null) {
                return true;
            }
            if (count >= most) {
                return false;
            }
            if (arriving.replace(address, count, count + 1)) {
                return true;
            }
        }
    }

    private void leave(InetAddress address) {
        for (; ; ) {
            Integer count = arriving.get(address);
            if (count == null
                    || (count == 1 ? arriving.remove(address, count) : arriving.replace(address, count, count - 1))) {
                return;
            }
        }
    }

    private static void refuse(HttpExchange exchange) throws IOException {
        Response busy = Response.refusal(503, "BUSY", "This address sends too many bodies at a time; try again")
                .with("Retry-After", "1");
        JdkHandlers.sendAndCutOff(exchange, busy);
    }

    /** One body; it ends once. Equal to itself alone. */
    private final class Arrival {
        private final InetAddress address;
        private final AtomicBoolean hasEnded = new AtomicBoolean();

        Arrival(InetAddress address) {
            this.address = address;
        }

        void end() {
            if (hasEnded.compareAndSet(false, true)) {
                leave(address);
            }
        }
    }

    /** Gives the place back at the end of the body, before the answer: what takes long after that is not the sender. */
    private static final class Body extends FilterInputStream {
        private final Arrival arrival;

        Body(InputStream in, Arrival arrival) {
            super(in);
            this.arrival = arrival;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            if (read < 0) {
                arrival.end();
            }
            return read;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int read = super.read(bytes, from, length);
            if (read < 0) {
                arrival.end();
            }
            return read;
        }
    }
}
