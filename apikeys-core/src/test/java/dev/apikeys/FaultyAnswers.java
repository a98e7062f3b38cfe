package dev.apikeys;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Stores that answer one of their calls with something else. */
final class FaultyAnswers {
    private FaultyAnswers() {}

    /**
     * A store of keys.
     *
     * @param answer what it answers, by the arguments
     */
    static ApiKeyStore of(ApiKeyStore sound, String method, Function<Object[], @Nullable Object> answer) {
        return answering(ApiKeyStore.class, sound, method, answer);
    }

    /** A store of temp keys. */
    static TempKeyStore of(TempKeyStore sound, String method, Function<Object[], @Nullable Object> answer) {
        return answering(TempKeyStore.class, sound, method, answer);
    }

    private static <T> T answering(Class<T> type, T sound, String method, Function<Object[], @Nullable Object> answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, called, args) -> {
            if (called.getName().equals(method)) {
                return answer.apply(args);
            }
            try {
                return called.invoke(sound, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }
}
