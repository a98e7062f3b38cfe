package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Host code on a thread of the manager sees nothing of whoever caused that thread to be made. */
@Timeout(30)
class DaemonThreadsTest {
    private static final InheritableThreadLocal<String> USER = new InheritableThreadLocal<>();

    /** What host code finds on the thread that it is called on. */
    private record Surroundings(
            String thread,
            @Nullable String user,
            @Nullable ClassLoader loader,
            int priority,
            boolean daemon,
            String group) {
        static Surroundings here() {
            Thread thread = Thread.currentThread();
            return new Surroundings(
                    thread.getName(),
                    USER.get(),
                    thread.getContextClassLoader(),
                    thread.getPriority(),
                    thread.isDaemon(),
                    thread.getThreadGroup().getName());
        }
    }

    private final Service service = new Service();
    private final ClassLoader hosts = new URLClassLoader(new URL[0]);
    private final List<Surroundings> seen = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        service.close();
    }

    /** Builds on a thread that has the host's class loader, and a user of its own. */
    private ApiKeyManager build(ApiKeys.Builder builder) throws Exception {
        return OwnThread.supply(() -> {
                    USER.set("deployer");
                    Thread.currentThread().setContextClassLoader(hosts);
                    return service.start(builder);
                })
                .get(20, TimeUnit.SECONDS);
    }

    private static void as(String user, Runnable call) throws Exception {
        ThreadGroup group = new ThreadGroup(user);
        group.setMaxPriority(Thread.MIN_PRIORITY);
        FutureTask<@Nullable Void> task = new FutureTask<>(
                () -> {
                    USER.set(user);
                    Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0]));
                    call.run();
                },
                null);
        Thread thread = new Thread(group, task, "of " + user);
        thread.setDaemon(true);
        thread.start();
        task.get(20, TimeUnit.SECONDS);
    }

    private void note() {
        seen.add(Surroundings.here());
    }

    private void assertSeen(String thread) {
        assertThat(seen)
                .isNotEmpty()
                .containsOnly(new Surroundings(thread, null, hosts, Thread.NORM_PRIORITY, true, "system"));
    }

    @Test
    void theAuthorizerNeverSeesWhoElseCalledBefore() throws Exception {
        ApiKeyManager keys = build(
                service.builder().operationTimeout(Duration.ofSeconds(20)).authorizer((granted, resource, action) -> {
                    note();
                    return "admin".equals(USER.get());
                }));
        String secret = keys.create(spec()).secret().reveal();

        for (String user : List.of("admin", "guest")) {
            as(user, () -> assertCode(keys.verify(secret, Access.resource("/", "GET")), Code.INSUFFICIENT_PERMISSIONS));
        }

        assertThat(seen).hasSize(2);
        assertSeen("apikeys-authorizer");
    }

    @Test
    void aStoreWithATimeoutSeesNothingOfItsCaller() throws Exception {
        service.store.hooks.before("write", this::note);
        ApiKeyManager keys = build(service.builder().operationTimeout(Duration.ofSeconds(20)));

        as("admin", () -> keys.create(spec()));

        assertSeen("apikeys-store");
    }

    @Test
    void theListenerSeesNothingOfWhoCausedTheEvent() throws Exception {
        ApiKeyManager keys = build(service.builder().listener(event -> note()));

        as("admin", () -> keys.create(spec()));

        eventually().until(() -> !seen.isEmpty());
        assertSeen("apikeys-events");
    }

    @Test
    void maintenanceSeesNothingOfWhoBuiltTheManager() throws Exception {
        service.temp.hooks.before("purge", this::note);

        ApiKeyManager unused =
                build(ApiKeys.builder(service.store).handOff(service.temp).maintenanceInterval(Duration.ofMillis(1)));

        eventually().until(() -> !seen.isEmpty());
        assertSeen("apikeys-maintenance");
    }

    /** The watch calls no host code but the host's ticker, which it asks for each call that is under way. */
    @Test
    void theWatchSeesNothingOfWhoBuiltTheManager() throws Exception {
        Hold hold = service.hold();
        service.store.hooks.before("write", hold);
        ApiKeyManager keys =
                build(service.builder().stallThreshold(Duration.ofMillis(4)).ticker(() -> {
                    if (Thread.currentThread().getName().equals("apikeys-watch")) {
                        note();
                    }
                    return service.time.getAsLong();
                }));

        OwnThread.supply(() -> keys.create(spec()));

        eventually().until(() -> !seen.isEmpty());
        assertSeen("apikeys-watch");
    }

    @Test
    void theLastFlushSeesNothingOfWhoCloses() throws Exception {
        service.store.hooks.before("addUsage", this::note);
        ApiKeyManager keys = build(service.builder());
        keys.verify(keys.create(spec()).secret().reveal());

        as("admin", keys::close);

        assertSeen("apikeys-close");
    }
}
