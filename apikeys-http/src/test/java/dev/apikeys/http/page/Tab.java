package dev.apikeys.http.page;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.openqa.selenium.Keys;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.Select;
import org.openqa.selenium.support.ui.WebDriverWait;

/** The tab of the browser on the page, for one test. Every look waits, and none sleeps. */
final class Tab implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    // Asked in the page at once: element by element it would take some calls of the driver for each.
    private static final String SEEN = "const seen = (e) => { const box = e.closest('select') ?? e;"
            + " const { width, height } = box.getBoundingClientRect();"
            + " return width > 0 && height > 0 && box.checkVisibility({ visibilityProperty: true }); };"
            + "const all = [...document.querySelectorAll(arguments[0])];";

    private final ChromeDriver driver;
    private final Script script;

    /** Takes back what this test changed of the tab. */
    private final List<Runnable> changes = new ArrayList<>();

    private boolean mayFail;

    /** Turns the English texts of tests into those of the page. */
    private UnaryOperator<String> said = UnaryOperator.identity();

    Tab(ChromeDriver driver, Script script) {
        this.driver = driver;
        this.script = script;
        size(1280, 900);
    }

    // Before the page is there

    /** Lets the timers of the page run faster. */
    Tab timersFasterBy(int factor) {
        return beforeLoading("const t = setTimeout, i = setInterval;"
                + "window.setTimeout = (f, ms, ...x) => t(f, ms / " + factor + ", ...x);"
                + "window.setInterval = (f, ms, ...x) => i(f, ms / " + factor + ", ...x);");
    }

    /** Lets the timers of so many milliseconds end when {@link #pass} says so. */
    Tab holding(int millis) {
        return beforeLoading("window.held = new Map(); const clear = clearTimeout;"
                + "for (const name of ['setTimeout', 'setInterval']) { const set = window[name];"
                + "window[name] = (f, ms, ...x) => { const id = set(f, ms, ...x);"
                + " if (ms === " + millis + ") { clear(id); held.set(id, f); } return id; }; }"
                + "window.clearTimeout = (id) => { held.delete(id); clear(id); };");
    }

    /** Lets the time of the timers pass that are held. */
    Tab pass() {
        until(
                "a timer is held",
                () -> run("const due = [...held.values()]; due.forEach((f) => f()); return due.length")
                        .equals(1L));
        return this;
    }

    /** Lets the time of the timers pass that are still held, if there are any. */
    Tab passIfHeld() {
        run("held.forEach((f) => f())");
        return this;
    }

    /** Sets what counts down ahead. */
    Tab later(int seconds) {
        run(
                "const { now } = performance; performance.now = () => now.call(performance) + arguments[0] * 1000",
                seconds);
        return this;
    }

    /** Lets no answer be late before {@link #answersAreLate} says so. */
    Tab patient() {
        return beforeLoading("window.limits = []; AbortSignal.timeout = () => {"
                + " const limit = new AbortController(); limits.push(limit); return limit.signal; };");
    }

    Tab answersAreLate() {
        run("limits.forEach((limit) => limit.abort(new DOMException('late', 'TimeoutError')))");
        return this;
    }

    /** Runs a script in each document before its own. */
    Tab beforeLoading(String source) {
        Map<String, Object> added = cdp("Page.addScriptToEvaluateOnNewDocument", Map.of("source", "{" + source + "}"));
        changes.add(() -> cdp("Page.removeScriptToEvaluateOnNewDocument", added));
        return this;
    }

    /** Lets the page use the clipboard without asking. */
    Tab clipboardPermitted() {
        String origin = script.url("127.0.0.1").replace(Script.BASE + "/", "");
        List<String> permissions = List.of("clipboardReadWrite", "clipboardSanitizedWrite");
        cdp("Browser.grantPermissions", Map.of("origin", origin, "permissions", permissions));
        changes.add(() -> cdp("Browser.resetPermissions", Map.of()));
        return this;
    }

    Tab size(int width, int height) {
        cdp(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        return this;
    }

    Tab dark() {
        cdp(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
        changes.add(() -> cdp("Emulation.setEmulatedMedia", Map.of("features", List.of())));
        return this;
    }

    /** Makes this the browser of a Chinese user. Tests go on naming texts in English. */
    Tab chinese() {
        said = Texts::inChinese;
        return beforeLoading("Object.defineProperty(navigator, 'languages', { value: ['zh-CN', 'zh'] });");
    }

    /** For tests in which the page is made to fail. */
    Tab mayFail() {
        mayFail = true;
        return this;
    }

    /** Cuts the network of this tab, or gives it back. */
    Tab offline(boolean offline) {
        cdp("Network.enable", Map.of());
        cdp(
                "Network.emulateNetworkConditions",
                Map.of("offline", offline, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
        if (offline) {
            changes.add(() -> offline(false));
        }
        return this;
    }

    Tab open() {
        return open("");
    }

    /** Opens the page at something relative to its base. */
    Tab open(String relative) {
        driver.get(script.url("127.0.0.1") + relative);
        return this;
    }

    Tab openUnder(String host) {
        driver.get(script.url(host));
        return this;
    }

    /** Leaves the page, and does not ask what it thinks of it. */
    Tab leave() {
        driver.get("about:blank");
        return this;
    }

    Tab back() {
        driver.navigate().back();
        return this;
    }

    // What is there

    WebElement find(String css) {
        return until("there is " + css, () -> visible(css));
    }

    private WebElement visible(String css) {
        return (WebElement) run(SEEN + "return all.find(seen) ?? null", css);
    }

    Tab sees(String css, String text) {
        String expected = said.apply(text);
        until(css + " has " + expected, () -> all(css).stream().anyMatch(seen -> seen.contains(expected)));
        return this;
    }

    Tab sees(String text) {
        return sees("body", text);
    }

    Tab seesNot(String css) {
        until("there is no " + css, () -> visible(css) == null);
        return this;
    }

    boolean has(String css) {
        return visible(css) != null;
    }

    /** The texts of what is shown. */
    @SuppressWarnings("unchecked")
    List<String> all(String css) {
        String texts = "return all.filter(seen).map((e) => e.innerText.replace(/[\\t ]+/g, ' ').trim())";
        return (List<String>) run(SEEN + texts, css);
    }

    String value(String css) {
        return find(css).getDomProperty("value");
    }

    String focused() {
        return (String) run("const e = document.activeElement; return e.id || e.textContent.trim() || e.tagName;");
    }

    Tab seesFocusOn(String idOrText) {
        until("the focus is on " + idOrText, () -> focused().equals(idOrText));
        return this;
    }

    String clipboard() {
        return (String) runAsync("navigator.clipboard.readText().then(arguments[0])");
    }

    String base() {
        return script.url("127.0.0.1");
    }

    String address() {
        return driver.getCurrentUrl();
    }

    /** Everything the document holds, shown or not, with the values of its fields. */
    String everything() {
        return (String)
                run("return document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')]"
                        + ".map((e) => e.value).join(' ') + location.href + JSON.stringify(history.state)");
    }

    // What is done

    Tab click(String css) {
        return retrying(() -> find(css).click());
    }

    /** Clicks the button or link of that text. */
    Tab press(String text) {
        return retrying(() -> named(text).click());
    }

    /** The last one: what a dialog shows comes after what it covers. */
    WebElement named(String text) {
        String last = "return all.filter((e) => e.textContent.replace(/\\s+/g, ' ').trim() === arguments[1])"
                + ".filter(seen).at(-1) ?? null";
        String label = said.apply(text);
        return until("there is a button " + label, () -> (WebElement) run(SEEN + last, "button, a", label));
    }

    Tab type(String css, String text) {
        return retrying(() -> {
            WebElement field = find(css);
            field.clear();
            field.sendKeys(text);
        });
    }

    Tab choose(String css, String value) {
        return retrying(() -> new Select(find(css)).selectByValue(value));
    }

    Tab keys(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
        return this;
    }

    /** Goes on with the tabulator until the focus is on something. */
    Tab tabTo(String idOrText) {
        for (int steps = 0; steps < 60; steps++) {
            if (focused().equals(idOrText)) {
                return this;
            }
            keys(Keys.TAB);
        }
        throw new AssertionError("60 steps did not lead to " + idOrText);
    }

    Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    Object runAsync(String script, Object... arguments) {
        return driver.executeAsyncScript(script, arguments);
    }

    Map<String, Object> cdp(String command, Map<String, Object> parameters) {
        return driver.executeCdpCommand(command, parameters);
    }

    // What must hold

    <T> T until(String what, Supplier<T> condition) {
        return new WebDriverWait(driver, PATIENCE, Duration.ofMillis(30))
                .ignoring(StaleElementReferenceException.class)
                .withMessage(() -> what + "; shown is: " + all("body"))
                .until(ignored -> condition.get());
    }

    private Tab retrying(Runnable action) {
        until("it can be done", () -> {
            action.run();
            return true;
        });
        return this;
    }

    /** The findings of axe-core, in a line each. */
    @SuppressWarnings("unchecked")
    List<String> accessibilityFaults() {
        return (List<String>) runAsync("const done = arguments[0];"
                + "import(new URL('" + Script.AXE + "', document.baseURI))"
                + ".then(() => axe.run({ resultTypes: ['violations'] }))"
                + ".then(({ violations }) => done(violations.flatMap((v) =>"
                + " v.nodes.map((n) => v.id + ': ' + n.html + ' ' + n.failureSummary))))"
                + ".catch((e) => done([String(e)]))");
    }

    byte[] screenshot() {
        return driver.getScreenshotAs(org.openqa.selenium.OutputType.BYTES);
    }

    /** Fails if a script of the page did. */
    void requireSound() {
        Object broken = run("const e = document.getElementById('broken'); return e !== null && !e.hidden");
        if (!mayFail && Boolean.TRUE.equals(broken)) {
            throw new AssertionError("A script of the page failed");
        }
    }

    @Override
    public void close() {
        changes.forEach(Runnable::run);
        cdp("Page.resetNavigationHistory", Map.of());
        cdp("Network.clearBrowserCookies", Map.of()); // they have no port, so they are the next test's too
    }
}
