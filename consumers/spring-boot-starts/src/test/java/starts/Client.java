package starts;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Sends requests to a service. */
record Client(int port, HttpClient http) {

    Client(int port) {
        this(port, HttpClient.newHttpClient());
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, "", headers);
    }

    HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Sends text as it is, for what a client with manners does not send. */
    Raw raw(String text) throws IOException {
        Socket socket = new Socket("localhost", port);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        return new Raw(socket, new BufferedReader(new InputStreamReader(socket.getInputStream())));
    }

    /**
     * A connection.
     *
     * @param socket the connection
     * @param answer what comes back
     */
    record Raw(Socket socket, BufferedReader answer) implements AutoCloseable {

        /** Reads on until a line holds this text; false if the connection ends before. */
        boolean reads(String text) throws IOException {
            for (String line = answer.readLine(); line != null; line = answer.readLine()) {
                if (line.contains(text)) {
                    return true;
                }
            }
            return false;
        }

        void send(String text) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
