package dev.apikeys;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what it is told. */
final class Recorder implements KeyListener {
    private final List<KeyEvent> events = new CopyOnWriteArrayList<>();

    @Override
    public void onEvent(KeyEvent event) {
        events.add(event);
    }

    List<KeyEvent> events() {
        return List.copyOf(events);
    }

    List<KeyEvent> events(KeyEvent.Type type) {
        return events.stream().filter(event -> event.type() == type).toList();
    }

    /** Waits until as many events were told, and gives them all. */
    List<KeyEvent> await(int count) {
        Service.eventually().until(() -> events.size() >= count);
        return events();
    }

    /** Waits until an event of this type was told, and gives the first. */
    KeyEvent awaitFirst(KeyEvent.Type type) {
        return Service.eventually()
                .until(() -> events(type), told -> !told.isEmpty())
                .get(0);
    }
}
