package dev.apikeys.http.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/** A Chromium of this machine, without a window. Its profile is new and goes with it. */
final class Chromium implements AutoCloseable {
    private static final Path BROWSER = path("CHROME_BIN", "/usr/bin/chromium");
    private static final Path DRIVER = path("CHROMEDRIVER", "/usr/bin/chromedriver");

    private final ChromeDriver driver;
    private final Path profile;

    private Chromium(ChromeDriver driver, Path profile) {
        this.driver = driver;
        this.profile = profile;
        // Without it a tab that is not in front never has the focus.
        driver.executeCdpCommand("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
    }

    private static Path path(String variable, String otherwise) {
        return Path.of(System.getenv().getOrDefault(variable, otherwise));
    }

    static boolean isInstalled() {
        return Files.isExecutable(BROWSER) && Files.isExecutable(DRIVER);
    }

    static Chromium start() {
        if (!isInstalled()) {
            throw new IllegalStateException("No Chromium at " + BROWSER + " or no chromedriver at " + DRIVER
                    + "; install both, or set CHROME_BIN and CHROMEDRIVER");
        }
        try {
            Path profile = Files.createTempDirectory("apikeys-chromium");
            ChromeOptions options = new ChromeOptions();
            options.setBinary(BROWSER.toFile());
            options.addArguments(
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--disable-extensions",
                    "--disable-component-extensions-with-background-pages",
                    // What Chromium prepares for people costs processes; a page that was left is not to come back.
                    "--disable-features=PreloadTopChromeWebUI,SpareRendererForSitePerProcess,Translate,MediaRouter,"
                            + "BackForwardCache",
                    "--disable-dev-shm-usage",
                    "--lang=en-US",
                    // A name that is none of this machine's own, for pages on plain http.
                    "--host-resolver-rules=MAP " + Script.OTHER_NAME + " 127.0.0.1",
                    "--user-data-dir=" + profile);
            // With an executable that is named, nothing is looked for on the network.
            ChromeDriverService service = new ChromeDriverService.Builder()
                    .usingDriverExecutable(DRIVER.toFile())
                    .build();
            return new Chromium(new ChromeDriver(service, options), profile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins a test in the one tab: a process and a window for each would take most of its time. */
    Tab tab(Script script) {
        return new Tab(driver, script);
    }

    @Override
    public void close() {
        driver.quit();
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // The browser may still be taking its own files away.
        }
    }
}
