package dev.apikeys;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store of which each row can be found in a way of its own: not at all, late, or as another row. */
final class FaultyFinds {

    /** How a row is found. */
    interface Find {
        @Nullable KeyRow find(String id, Supplier<@Nullable KeyRow> sound);
    }

    static final Find FAILS = (id, sound) -> {
        throw new StorageException("down", null);
    };

    private final ApiKeyStore sound;
    private final Map<String, Find> finds = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile @Nullable Find all;

    FaultyFinds(ApiKeyStore sound) {
        this.sound = sound;
    }

    ApiKeyStore store() {
        return (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("find")) {
                        return invoke(() -> method.invoke(sound, arguments));
                    }
                    String id = (String) arguments[0];
                    asked.add(id);
                    Find find = all != null ? all : finds.get(id);
                    return find == null ? sound.find(id) : find.find(id, () -> sound.find(id));
                });
    }

    private interface Call {
        @Nullable Object call() throws Exception;
    }

    private static @Nullable Object invoke(Call call) throws Throwable {
        try {
            return call.call();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** From now on this row is found so. */
    void of(KeyId id, Find find) {
        finds.put(id.value(), find);
    }

    /** From now on every row is found so. */
    void ofAll(Find find) {
        all = find;
    }

    void areSound() {
        all = null;
        finds.clear();
    }

    /** How often rows were looked for. */
    int asked() {
        return asked.size();
    }

    int asked(KeyId id) {
        return (int) asked.stream().filter(id.value()::equals).count();
    }

    /** Is found late, as it was when it was looked for. */
    static Find late(Hold hold) {
        return (id, sound) -> {
            KeyRow row = sound.get();
            hold.run();
            return row;
        };
    }

    /** Fails late. */
    static Find failsLate(Hold hold) {
        return (id, sound) -> {
            hold.run();
            throw new StorageException("down", null);
        };
    }

    /** Is found in this way once, and then as it is. */
    static Find once(Find find) {
        Runnable[] left = {() -> {}};
        return (id, sound) -> {
            boolean first;
            synchronized (left) {
                first = left[0] != null;
                left[0] = null;
            }
            return first ? find.find(id, sound) : sound.get();
        };
    }
}
