package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import java.lang.reflect.Method;
import java.util.Arrays;

/** Edits a row by hand, as somebody with a database console would. */
final class Rows {
    private final KeyRow.Builder builder;

    private Rows(KeyRow row) {
        builder = row.toBuilder();
    }

    static Rows of(KeyRow row) {
        return new Rows(row);
    }

    /** Sets any column. */
    Rows set(String column, Object value) {
        Method setter = Arrays.stream(KeyRow.Builder.class.getMethods())
                .filter(method -> method.getName().equals(column) && method.getParameterCount() == 1)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no column " + column));
        try {
            setter.invoke(builder, value);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    KeyRow row() {
        return builder.build();
    }
}
