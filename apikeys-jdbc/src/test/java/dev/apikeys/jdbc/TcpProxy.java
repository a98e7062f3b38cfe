package dev.apikeys.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** Stands between a pool and a server and makes their network fail. */
final class TcpProxy implements AutoCloseable {

    private enum Mode {
        PASS,
        REFUSE,
        HANG
    }

    /** Where a connection ends whose client sends a text. */
    enum Cut {
        /** Before the server gets the text. */
        BEFORE,
        /** After the server has answered it, before the client gets the answer. */
        AFTER
    }

    private record Trap(String text, Cut cut) {}

    /** A client's connection and ours to the server. */
    private record Line(Socket client, Socket server) {
        void cut() {
            closeQuietly(client);
            closeQuietly(server);
        }
    }

    private final ServerSocket listening;
    private final int serverPort;
    private final Set<Line> lines = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Trap> trap = new AtomicReference<>();
    private final Object change = new Object();
    private Mode mode = Mode.PASS;

    TcpProxy(int serverPort) {
        this.serverPort = serverPort;
        try {
            listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("accept", this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Ends all connections and, until {@link #pass}, every new one. */
    void refuse() {
        enter(Mode.REFUSE);
        lines.forEach(Line::cut);
    }

    /** Passes nothing on, and says nothing, until {@link #pass}. */
    void hang() {
        enter(Mode.HANG);
    }

    void pass() {
        enter(Mode.PASS);
    }

    /** Ends the connection that next sends the text. */
    void cutAt(String text, Cut cut) {
        trap.set(new Trap(text, cut));
    }

    /** Whether the text has been sent that {@link #cutAt} waited for. */
    boolean hasCut() {
        return trap.get() == null;
    }

    private void enter(Mode next) {
        synchronized (change) {
            mode = next;
            change.notifyAll();
        }
    }

    private boolean passes() throws InterruptedException {
        synchronized (change) {
            while (mode == Mode.HANG) {
                change.wait();
            }
            return mode == Mode.PASS;
        }
    }

    private void accept() throws IOException, InterruptedException {
        while (true) {
            Socket client = listening.accept();
            Line line = new Line(client, new Socket());
            lines.add(line);
            start("client", () -> serve(line));
        }
    }

    private void serve(Line line) throws IOException, InterruptedException {
        try {
            if (passes()) {
                line.server().connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
                line.client().setTcpNoDelay(true);
                line.server().setTcpNoDelay(true);
                AtomicReference<Boolean> cutAnswer = new AtomicReference<>(false);
                start("answers", () -> pump(line, line.server(), line.client(), cutAnswer, false));
                pump(line, line.client(), line.server(), cutAnswer, true);
            }
        } finally {
            line.cut();
            lines.remove(line);
        }
    }

    private void pump(Line line, Socket from, Socket to, AtomicReference<Boolean> cutAnswer, boolean asking)
            throws IOException, InterruptedException {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (!passes() || (!asking && cutAnswer.get())) {
                    return;
                }
                Trap set = trap.get();
                if (asking
                        && set != null
                        && new String(buffer, 0, n, StandardCharsets.ISO_8859_1).contains(set.text())
                        && trap.compareAndSet(set, null)) {
                    if (set.cut() == Cut.BEFORE) {
                        return;
                    }
                    cutAnswer.set(true);
                }
                out.write(buffer, 0, n);
                out.flush();
            }
        } finally {
            line.cut();
        }
    }

    @Override
    public void close() {
        refuse();
        closeQuietly(listening);
    }

    private interface Job {
        void run() throws IOException, InterruptedException;
    }

    private static void start(String name, Job job) {
        Thread thread = new Thread(
                () -> {
                    try {
                        job.run();
                    } catch (IOException e) {
                        // A socket was closed, which is what this class is for.
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // Closed is closed.
        }
    }
}
