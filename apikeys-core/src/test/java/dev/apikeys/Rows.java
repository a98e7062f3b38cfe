package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Edits a row by hand, as somebody with a database console would. */
final class Rows {
    private final Map<String, Object> columns = new LinkedHashMap<>();

    private Rows(KeyRow row) {
        for (RecordComponent column : KeyRow.class.getRecordComponents()) {
            try {
                columns.put(column.getName(), column.getAccessor().invoke(row));
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }
    }

    static Rows of(KeyRow row) {
        return new Rows(row);
    }

    /** Sets any column. */
    Rows set(String column, Object value) {
        if (!columns.containsKey(column)) {
            throw new AssertionError("no column " + column);
        }
        columns.put(column, value);
        return this;
    }

    Rows permissions(String stored) {
        return set("permissions", stored);
    }

    Rows role(String role) {
        return set("role", role);
    }

    Rows hash(String hash) {
        return set("hash", hash);
    }

    Rows usageCount(long count) {
        return set("usageCount", count);
    }

    Rows lastUsedAt(Long at) {
        return set("lastUsedAt", at);
    }

    KeyRow row() {
        try {
            Class<?>[] types = Arrays.stream(KeyRow.class.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            return KeyRow.class
                    .getDeclaredConstructor(types)
                    .newInstance(columns.values().toArray());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
