package consumer;

import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;

/** What a stranger's first program is: a store, and a question. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        ApiKeyStore store = new InMemoryApiKeyStore();
        if (store.find("ak_none") != null) {
            throw new AssertionError("a new store is not empty");
        }
        System.out.println("new store is empty, in module " + store.getClass().getModule());
    }
}
