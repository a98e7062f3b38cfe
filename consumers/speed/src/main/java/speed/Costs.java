package speed;

import com.nimbusds.jose.JOSEException;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import speed.Service.Protection;

/**
 * CPU time and allocation of a request, in the threads of Tomcat alone: the client has its own. The protections take turns in
 * each round; the figure of each is its difference to no filter in the same round.
 */
final class Costs {
    private static final int WARM_UP_ROUNDS = 10;
    private static final int ROUNDS = 25;
    private static final int REQUESTS = 4_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Map<Protection, Client> clients = new EnumMap<>(Protection.class);
    private final Map<Protection, List<Cost>> costs = new EnumMap<>(Protection.class);
    private long[] measured = {};

    private record Cost(double micros, double bytes) {
        Cost minus(Cost other) {
            return new Cost(micros - other.micros, bytes - other.bytes);
        }
    }

    /** Measures all, and returns a row for each. */
    static List<String> measure(String boot, Map<String, Object> database) throws IOException, JOSEException {
        Map<String, Object> settings = new HashMap<>(database);
        settings.put("server.tomcat.threads.max", 1);
        settings.put("server.tomcat.threads.min-spare", 1);
        List<Service> services = new ArrayList<>();
        try {
            Costs costs = new Costs();
            for (Protection protection : Protection.values()) {
                Service service = Service.start(protection, settings);
                services.add(service);
                costs.add(protection, service);
            }
            costs.run();
            return costs.rows(boot);
        } finally {
            services.forEach(Service::close);
        }
    }

    private void add(Protection protection, Service service) throws IOException, JOSEException {
        try (Client stranger = new Client(service.port(), "/nothing", "none")) {
            boolean isProtected = stranger.send() == 401;
            if (isProtected == (protection == Protection.NONE || protection == Protection.OPEN)) {
                throw new IllegalStateException(protection + " protects: " + isProtected);
            }
        }
        Client client = new Client(service.port(), "/nothing", service.token());
        if (client.send() != 200) {
            throw new IllegalStateException(protection + " refuses a good token");
        }
        clients.put(protection, client);
        costs.put(protection, new ArrayList<>());
    }

    private void run() throws IOException {
        measured = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("http-nio-"))
                .mapToLong(Thread::getId)
                .toArray();
        for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
            for (Protection protection : Protection.values()) {
                Cost cost = costOf(clients.get(protection));
                if (round >= 0) {
                    costs.get(protection).add(cost);
                }
            }
        }
        for (Client client : clients.values()) {
            client.close();
        }
    }

    private Cost costOf(Client client) throws IOException {
        long cpu = sum(threads.getThreadCpuTime(measured));
        long bytes = sum(threads.getThreadAllocatedBytes(measured));
        client.sendMany(REQUESTS);
        return new Cost(
                (sum(threads.getThreadCpuTime(measured)) - cpu) / 1e3 / REQUESTS,
                (double) (sum(threads.getThreadAllocatedBytes(measured)) - bytes) / REQUESTS);
    }

    private static long sum(long[] values) {
        return LongStream.of(values).sum();
    }

    private List<String> rows(String boot) {
        List<Cost> none = costs.get(Protection.NONE);
        List<String> rows = new ArrayList<>();
        costs.forEach((protection, all) -> {
            double[] micros = new double[ROUNDS];
            double[] bytes = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                Cost cost = protection == Protection.NONE ? all.get(round) : all.get(round).minus(none.get(round));
                micros[round] = cost.micros();
                bytes[round] = cost.bytes();
            }
            Arrays.sort(micros);
            Arrays.sort(bytes);
            String sign = protection == Protection.NONE ? "" : "+ ";
            rows.add(String.format(
                    Locale.ROOT,
                    "| %s: %s | %s%.1f (%.1f to %.1f) | %s%,.0f |",
                    boot,
                    protection.shown,
                    sign,
                    micros[ROUNDS / 2],
                    micros[ROUNDS / 4],
                    micros[ROUNDS * 3 / 4],
                    sign,
                    bytes[ROUNDS / 2]));
        });
        return rows;
    }
}
