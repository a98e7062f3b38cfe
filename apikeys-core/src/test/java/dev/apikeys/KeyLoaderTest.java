package dev.apikeys;

import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.RowReader.StoredKey;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.verification.KeyLoader;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What a verification does not show of a load that several callers share. */
class KeyLoaderTest {

    @Test
    void eachOfThoseWhoWaitGetsAnExceptionOfItsOwn() throws Exception {
        try (Service service = new Service()) {
            KeyId id = service.start().create(spec()).id();
            FaultyFinds finds = new FaultyFinds(service.store);
            Hold hold = service.hold();
            StorageException failure = new StorageException("down", null);
            finds.of(id, (asked, sound) -> {
                hold.run();
                throw failure;
            });
            KeyLoader<StoredKey> loader = loader(service, finds);
            Operations operations = new Operations(service.time, 0);
            List<StorageException> thrown = new CopyOnWriteArrayList<>();
            Runnable load = () -> {
                try {
                    loader.loadById(operations.begin("verify"), id.value());
                } catch (StorageException e) {
                    thrown.add(e);
                }
            };
            List<Thread> threads = List.of(new Thread(load), new Thread(load), new Thread(load));
            threads.forEach(Thread::start);
            hold.awaitSomebody();
            eventually()
                    .until(() -> threads.stream()
                                    .filter(thread -> thread.getState() == Thread.State.TIMED_WAITING)
                                    .count()
                            == 3);

            hold.release();

            eventually().until(() -> thrown.size() == 3);
            assertThat(thrown).contains(failure).doesNotHaveDuplicates();
            assertThat(thrown.stream().filter(each -> each.getCause() == failure))
                    .hasSize(2);
        }
    }

    private static KeyLoader<StoredKey> loader(Service service, FaultyFinds finds) {
        StampedCache<String, StoredKey> cache =
                StampedCache.create(100, Duration.ofSeconds(5), Duration.ofSeconds(5), service.time);
        RowReader rows =
                new RowReader(Roles.standard(), PermissionCodec.json(), Pepper.hasher(null, List.of()), service.time);
        GatedKeyStore store = new GatedKeyStore(finds.store(), Gate.direct(service.time, null), cache);
        return new KeyLoader<>(cache, store, rows::read, service.time, null, Duration.ZERO);
    }
}
