package starts;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.h2.tools.Server;

/** The database of one start, on a server that a test can take away from the service. */
final class Database {
    /** Which server. */
    enum Kind {
        H2,
        POSTGRESQL
    }

    private final String url;
    private final String user;
    private final DataSource administrator;
    private final DataSource own;

    private Database(String url, String user, DataSource administrator, DataSource own) {
        this.url = url;
        this.user = user;
        this.administrator = administrator;
        this.own = own;
    }

    /** The servers of all starts. */
    static final class Servers implements AutoCloseable {
        private final EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
        private final Server h2 = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();

        Servers() throws IOException, SQLException {}

        Database create(Kind kind, String name) throws SQLException {
            return kind == Kind.H2 ? inH2(name) : inPostgres(name);
        }

        private Database inH2(String name) {
            JdbcDataSource source = new JdbcDataSource();
            source.setURL("jdbc:h2:tcp://localhost:" + h2.getPort() + "/mem:" + name + ";DB_CLOSE_DELAY=-1");
            source.setUser("sa");
            source.setPassword("");
            return new Database(source.getURL(), "sa", source, source);
        }

        private Database inPostgres(String name) throws SQLException {
            DataSource administrator = postgres.getPostgresDatabase();
            execute(administrator, "CREATE ROLE " + name + " LOGIN");
            execute(administrator, "CREATE DATABASE " + name + " OWNER " + name);
            String url = "jdbc:postgresql://localhost:" + postgres.getPort() + "/" + name;
            return new Database(url, name, administrator, postgres.getDatabase("postgres", name));
        }

        @Override
        public void close() throws IOException {
            h2.stop();
            postgres.close();
        }
    }

    String url() {
        return url;
    }

    String user() {
        return user;
    }

    /** Its tables, for another node. */
    DataSource source() {
        return own;
    }

    /** Ends the connections of the service and gives it no other. Only PostgreSQL. */
    void stop() throws SQLException {
        execute(administrator, "ALTER ROLE " + user + " NOLOGIN");
        execute(administrator, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + user + "'");
    }

    /** Whether there is such a table. */
    boolean has(String table) throws SQLException {
        try (Connection connection = own.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT count(*) FROM information_schema.tables WHERE lower(table_name) = '" + table + "'")) {
            rows.next();
            return rows.getInt(1) == 1;
        }
    }

    private static void execute(DataSource source, String sql) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
