package dev.apikeys.http.jdk;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.apikeys.http.Response;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Lets one client address send a few bodies at a time: a thread waits for each of them, so that an address that sends slowly
 * would else hold all threads. Requests without a body always pass. Addresses are counted in slots, those of an IPv6 network
 * of 64 bits together; now and then two share one. Thread-safe.
 */
final class BodiesPerAddress extends Filter {
    private static final int SLOTS = 4096;
    private static final int NETWORK = 8;

    private final int most;
    private final AtomicIntegerArray arriving = new AtomicIntegerArray(SLOTS);

    /** Another one each time, so that an address that shares a slot with a given one cannot be chosen. */
    private final long seed;

    BodiesPerAddress(int most) {
        this(most, new SecureRandom().nextLong());
    }

    BodiesPerAddress(int most, long seed) {
        this.most = most;
        this.seed = seed;
    }

    @Override
    public String description() {
        return "bodies of one address";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        int slot = slot(exchange.getRemoteAddress().getAddress());
        if (!hasBody(exchange.getRequestHeaders())) {
            chain.doFilter(exchange);
        } else if (enter(slot)) {
            Arrival arrival = new Arrival(slot);
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

    int slot(InetAddress address) {
        byte[] bytes = address.getAddress();
        long hash = seed;
        for (int i = 0; i < Math.min(bytes.length, NETWORK); i++) {
            hash = (hash ^ bytes[i]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        return (int) (hash >>> 16) & (arriving.length() - 1);
    }

    private boolean enter(int slot) {
        for (; ; ) {
            int count = arriving.get(slot);
            if (count >= most) {
                return false;
            }
            if (arriving.compareAndSet(slot, count, count + 1)) {
                return true;
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
        private final int slot;
        private final AtomicBoolean hasEnded = new AtomicBoolean();

        Arrival(int slot) {
            this.slot = slot;
        }

        void end() {
            if (hasEnded.compareAndSet(false, true)) {
                arriving.decrementAndGet(slot);
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
