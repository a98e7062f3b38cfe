package dev.apikeys.jdbc;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A data source that gets its connections somewhere else. */
public record SourceOf(Borrow borrow) implements DataSource {

    /** Where a connection comes from. */
    public interface Borrow {
        Connection get() throws SQLException;
    }

    /** What is done instead of a connection's own method; gives null for the connection to do it. */
    public interface Instead {
        Object of(String method, Object[] arguments) throws SQLException;
    }

    /** A connection that does some things in another way. */
    public static Connection changed(Connection connection, Instead instead) {
        return changed(Connection.class, connection, instead);
    }

    /** A connection or statement that does some things in another way. */
    static <T> T changed(Class<T> type, T target, Instead instead) {
        return type.cast(Proxy.newProxyInstance(
                SourceOf.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Object changed = instead.of(method.getName(), arguments);
                    if (changed != null) {
                        return changed == Void.TYPE ? null : changed;
                    }
                    try {
                        return method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    /** Always the same connection, which its borrowers cannot close. */
    public static DataSource always(Connection connection) {
        Connection kept = changed(connection, (method, arguments) -> method.equals("close") ? Void.TYPE : null);
        return new SourceOf(() -> kept);
    }

    @Override
    public Connection getConnection() throws SQLException {
        return borrow.get();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
