package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.HandOff;
import dev.apikeys.KeyId;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FirstKeyTest {

    @Test
    void isOfferedOnAStoreWithoutAnyKeyAndNeverAgain() {
        try (Keys keys = new Keys()) {
            HandOff offered = FirstKey.offer(keys.manager, "admin").orElseThrow();
            assertThat(offered.keyId()).isEqualTo(KeyId.of("ak_" + "0".repeat(26)));
            assertThat(offered.deadline()).isEqualTo(keys.now.plus(Duration.ofMinutes(60)));
            assertThat(FirstKey.offer(keys.manager, "admin")).isEmpty();
            ClaimResult claimed = keys.manager.vault().claim(offered.ticket().reveal());
            String secret = claimed.claimedSecret().orElseThrow().reveal();
            Response list = Keys.answer(
                    keys.admin().build(),
                    TestRequest.get(Keys.BASE + "/api-keys").bearer(secret));
            assertThat(list.status()).isEqualTo(200);
        }
    }

    @Test
    void isNotOfferedBesideAKeyInAnyState() {
        try (Keys keys = new Keys()) {
            KeyId id = keys.create("read_only").id();
            keys.manager.revoke(id, "gone");
            assertThat(FirstKey.offer(keys.manager, "admin")).isEmpty();
        }
    }

    @Test
    void oneOfTwoNodesOffersIt() throws Exception {
        CyclicBarrier bothLooked = new CyclicBarrier(2);
        ApiKeyStore store = meeting(new InMemoryApiKeyStore(), bothLooked);
        InMemoryTempKeyStore tempKeys = new InMemoryTempKeyStore();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (ApiKeyManager one = ApiKeys.builder(store).handOff(tempKeys).build();
                ApiKeyManager two = ApiKeys.builder(store).handOff(tempKeys).build()) {
            Future<Optional<HandOff>> first = threads.submit(() -> FirstKey.offer(one, "admin"));
            Future<Optional<HandOff>> second = threads.submit(() -> FirstKey.offer(two, "admin"));
            List<HandOff> offered = List.of(first.get(1, TimeUnit.MINUTES), second.get(1, TimeUnit.MINUTES)).stream()
                    .flatMap(Optional::stream)
                    .toList();
            assertThat(offered).hasSize(1);
            assertThat(one.vault().claim(offered.get(0).ticket().reveal())).isInstanceOf(ClaimResult.Claimed.class);
        } finally {
            threads.shutdownNow();
        }
    }

    /** Lets both look before either writes. */
    private static ApiKeyStore meeting(ApiKeyStore store, CyclicBarrier barrier) {
        return (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("write")) {
                        barrier.await(30, TimeUnit.SECONDS);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void needsARoleThatExists() {
        try (Keys keys = new Keys()) {
            assertThatThrownBy(() -> FirstKey.offer(keys.manager, "nobody"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
