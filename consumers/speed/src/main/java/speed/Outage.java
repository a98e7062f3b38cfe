package speed;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Stops the processes of a PostgreSQL server, as a machine that hangs does: connections stay, and nothing is answered. */
final class Outage implements AutoCloseable {
    private final List<String> processes;

    private Outage(List<String> processes) {
        this.processes = processes;
    }

    /** Until it is closed. */
    static Outage of(DataSource database) throws SQLException, IOException, InterruptedException {
        ProcessHandle server = server(database);
        Outage outage = new Outage(Stream.concat(Stream.of(server), server.descendants())
                .map(process -> Long.toString(process.pid()))
                .toList());
        outage.signal("-STOP");
        return outage;
    }

    private static ProcessHandle server(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return ProcessHandle.of(row.getLong(1)).flatMap(ProcessHandle::parent).orElseThrow();
        }
    }

    private void signal(String signal) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        command.addAll(processes);
        new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        signal("-CONT");
    }
}
