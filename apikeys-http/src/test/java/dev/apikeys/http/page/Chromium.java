package dev.apikeys.http.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.bidi.browsingcontext.BrowsingContext;
import org.openqa.selenium.bidi.browsingcontext.CreateContextParameters;
import org.openqa.selenium.bidi.module.Browser;
import org.openqa.selenium.bidi.module.Permission;
import org.openqa.selenium.bidi.permissions.PermissionState;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/** A Chromium of this machine, without a window. Its profile is new and goes with it. */
final class Chromium implements AutoCloseable {
    private static final Path BROWSER = path("CHROME_BIN", "/usr/bin/chromium");
    private static final Path DRIVER = path("CHROMEDRIVER", "/usr/bin/chromedriver");

    private final ChromeDriver driver;
    private final Path profile;
    private final String first;

    private Chromium(ChromeDriver driver, Path profile) {
        this.driver = driver;
        this.profile = profile;
        this.first = driver.getWindowHandle();
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
            options.enableBiDi(); // contexts of their own for tests are out of reach of WebDriver without it
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
                    // Each test opens a window of its own; what Chromium prepares for people with each costs a process.
                    "--disable-features=PreloadTopChromeWebUI,SpareRendererForSitePerProcess,Translate,MediaRouter",
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

    /** Opens a tab with cookies, cache and permissions of its own. */
    Tab newTab(Script script) {
        driver.switchTo().window(first);
        String context = new Browser(driver).createUserContext();
        CreateContextParameters inContext = new CreateContextParameters(WindowType.TAB).userContext(context);
        driver.switchTo().window(new BrowsingContext(driver, inContext).getId());
        // Without it a tab that is not in front never has the focus.
        driver.executeCdpCommand("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
        return new Tab(this, driver, script, context);
    }

    void permitClipboard(String origin, String context) {
        for (String name : List.of("clipboard-read", "clipboard-write")) {
            new Permission(driver).setPermission(Map.of("name", name), PermissionState.GRANTED, origin, context);
        }
    }

    void close(String context) {
        driver.switchTo().window(first);
        new Browser(driver).removeUserContext(context);
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
