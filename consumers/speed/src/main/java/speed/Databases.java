package speed;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeySpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import speed.Service.Protection;

/** What 250 clients with a key each need of the database, and what they notice when it stops, as the guide configures it. */
final class Databases {
    private static final int CLIENTS = 250;
    private static final int REQUESTS = 200_000;
    private static final int SENDERS = 8;
    private static final int POOL_MINIMUM = 2;
    private static final long THINKING = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long ASKING = TimeUnit.MILLISECONDS.toNanos(5);

    private final Service service;
    private final List<String> secrets = new ArrayList<>();

    private Databases(Service service) {
        this.service = service;
        ApiKeyManager keys = service.bean(ApiKeyManager.class);
        for (int i = 0; i < CLIENTS; i++) {
            secrets.add(keys.create(KeySpec.builder("speed").role("read_only").build())
                    .secret()
                    .reveal());
        }
    }

    /** Measures both, and returns their rows. */
    static List<String> measure(String boot, Map<String, Object> database, DataSource server) throws Exception {
        Map<String, Object> settings = new HashMap<>(database);
        settings.put("spring.datasource.hikari.minimum-idle", POOL_MINIMUM);
        settings.put("spring.datasource.hikari.connection-timeout", 1_000);
        settings.put("spring.datasource.hikari.validation-timeout", 1_000);
        settings.put("apikeys.operation-timeout", "2s");
        List<String> rows = new ArrayList<>();
        try (Service service = Service.start(Protection.FILTER, settings)) {
            Databases databases = new Databases(service);
            rows.add("| " + boot + ": " + databases.connections());
            databases.outage(server).forEach(row -> rows.add("| " + boot + ": " + row));
        }
        return rows;
    }

    private List<Client> clients() throws IOException {
        List<Client> clients = new ArrayList<>();
        for (String secret : secrets) {
            Client client = new Client(service.port(), "/nothing", secret);
            client.send();
            clients.add(client);
        }
        return clients;
    }

    private String connections() throws Exception {
        List<Client> clients = clients();
        HikariDataSource pool = service.bean(HikariDataSource.class);
        Connections connections = Connections.of(pool);
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        List<Callable<Void>> sending = new ArrayList<>();
        for (Client client : clients) {
            sending.add(() -> {
                client.sendMany(REQUESTS / CLIENTS);
                client.close();
                return null;
            });
        }
        for (Future<Void> sent : senders.invokeAll(sending)) {
            sent.get();
        }
        senders.shutdown();
        return String.format(
                Locale.ROOT,
                "connections for %,d requests with %d keys, %d at a time | used %d times, %d at once at the most, %d"
                        + " opened; the pool has %d, its minimum is %d |",
                REQUESTS,
                CLIENTS,
                SENDERS,
                connections.uses(),
                connections.mostInUse(),
                connections.opened(),
                pool.getHikariPoolMXBean().getTotalConnections(),
                POOL_MINIMUM);
    }

    /** Of another endpoint, and of the protected one, which answers from its cache until that is too old. */
    private List<String> outage(DataSource server) throws Exception {
        List<Client> other = List.of(new Client(service.port(), "/other", "none"));
        try (Load clients = new Load(clients(), THINKING);
                Load asking = new Load(other, ASKING)) {
            TimeUnit.SECONDS.sleep(3);
            clients.take();
            asking.take();
            TimeUnit.SECONDS.sleep(10);
            String before = asking.take().shown();
            String served = clients.take().shown();
            String during;
            String refused;
            try (Outage outage = Outage.of(server)) {
                TimeUnit.SECONDS.sleep(20);
                during = asking.take().shown();
                refused = clients.take().shown();
            }
            return List.of(
                    "another endpoint, under " + CLIENTS + " clients | " + before + " |",
                    "the same, database stopped | " + during + " |",
                    "the endpoint of those clients | " + served + " |",
                    "the same, database stopped | " + refused + " |");
        }
    }
}
