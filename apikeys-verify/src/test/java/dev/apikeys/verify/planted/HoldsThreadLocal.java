package dev.apikeys.verify.planted;

/** Breaks: L8 no thread locals. */
public final class HoldsThreadLocal {
    private final ThreadLocal<String> local = ThreadLocal.withInitial(() -> "planted");

    public String get() {
        return local.get();
    }
}
