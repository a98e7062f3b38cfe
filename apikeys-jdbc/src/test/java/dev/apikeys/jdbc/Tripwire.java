package dev.apikeys.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Statement;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Data sources that die at a given step, before or after it, and stay dead, as for a process that is killed there. A step
 * is the borrowing of a connection, a statement or a commit, on whichever of the data sources.
 */
public final class Tripwire {

    /** When the step that is tripped over has been done. */
    public enum When {
        BEFORE,
        AFTER
    }

    private static final Set<String> STEPS =
            Set.of("getConnection", "executeQuery", "executeUpdate", "executeBatch", "commit");

    private final int deadly;
    private final When when;
    private final Consumer<String> told;
    private int steps;

    public Tripwire(int deadly, When when) {
        this(deadly, when, sql -> {});
    }

    Tripwire(int deadly, When when, Consumer<String> told) {
        this.deadly = deadly;
        this.when = when;
        this.told = told;
    }

    /** Dies of nothing, and tells what is prepared. */
    public static Tripwire none(Consumer<String> told) {
        return new Tripwire(Integer.MAX_VALUE, When.BEFORE, told);
    }

    public boolean dead() {
        return steps >= deadly;
    }

    public DataSource over(DataSource source) {
        return proxy(DataSource.class, source);
    }

    private <T> T proxy(Class<T> type, T target) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("prepareStatement")) {
                told.accept((String) arguments[0]);
            }
            return STEPS.contains(method.getName())
                    ? step(method, target, arguments)
                    : wrapped(call(method, target, arguments));
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private Object step(Method method, Object target, Object[] arguments) throws Throwable {
        steps++;
        if (steps > deadly || (steps == deadly && when == When.BEFORE)) {
            throw killed();
        }
        Object result = call(method, target, arguments);
        if (steps == deadly) {
            if (result instanceof Connection connection) {
                connection.close();
            }
            throw killed();
        }
        return wrapped(result);
    }

    private Object wrapped(Object result) {
        if (result instanceof Connection connection) {
            return proxy(Connection.class, connection);
        }
        if (result instanceof PreparedStatement statement) {
            return proxy(PreparedStatement.class, statement);
        }
        return result instanceof Statement statement ? proxy(Statement.class, statement) : result;
    }

    private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static SQLException killed() {
        return new SQLNonTransientConnectionException("killed", "08006");
    }
}
