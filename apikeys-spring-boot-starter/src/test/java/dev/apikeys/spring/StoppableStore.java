package dev.apikeys.spring;

import dev.apikeys.spi.StorageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/** A store that is down while it is told so. */
final class StoppableStore {
    private StoppableStore() {}

    static <T> T of(Class<T> type, T store, AtomicBoolean isDown) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            if (isDown.get()) {
                throw new StorageException("planted", null);
            }
            try {
                return method.invoke(store, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }
}
