package speed;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Sends one request again and again over one connection. Not thread-safe. */
final class Client implements AutoCloseable {
    private static final int PIPELINED = 50;
    private static final byte[] GOOD = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);

    private final int port;
    private final byte[] request;
    private final byte[] requests;
    private Socket socket;
    private int length;

    Client(int port, String path, String token) throws IOException {
        String text = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: speed\r\nAccept: */*\r\n"
                + "Authorization: Bearer " + token + "\r\n\r\n";
        this.port = port;
        this.request = text.getBytes(StandardCharsets.US_ASCII);
        this.requests = text.repeat(PIPELINED).getBytes(StandardCharsets.US_ASCII);
        this.socket = connected();
    }

    private Socket connected() throws IOException {
        Socket connected = new Socket(InetAddress.getLoopbackAddress(), port);
        connected.setTcpNoDelay(true);
        return connected;
    }

    /** Sends one and returns the status. */
    int send() throws IOException {
        socket.getOutputStream().write(request);
        String head = head(socket.getInputStream());
        int body = Integer.parseInt(header(head, "content-length"));
        socket.getInputStream().readNBytes(body);
        length = head.length() + body;
        if (header(head, "connection").equals("close")) {
            socket.close();
            socket = connected();
        }
        return Integer.parseInt(head.substring(9, 12));
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("The service closed the connection after: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static String header(String head, String name) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    /**
     * Sends many, fifty at a time without waiting for their answers, so that the threads of the service seldom wait. All
     * answers are good, and as long as that of {@link #send}.
     *
     * @param count a multiple of fifty
     */
    void sendMany(int count) throws IOException {
        for (int sent = 0; sent < count; sent += PIPELINED) {
            socket.getOutputStream().write(requests);
            byte[] answers = socket.getInputStream().readNBytes(PIPELINED * length);
            for (int at = 0; at < PIPELINED * length; at += length) {
                if (!Arrays.equals(answers, at, at + GOOD.length, GOOD, 0, GOOD.length)) {
                    throw new IOException("Not good: " + new String(answers, StandardCharsets.US_ASCII));
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
