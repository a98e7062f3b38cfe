package dev.apikeys.http.page;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One browser with one tab for all tests, and a server for each: its port makes an origin with storage and cache of its own.
 */
final class BrowserExtension implements ExecutionCondition, ParameterResolver, AfterEachCallback {
    private static final Namespace BROWSER = Namespace.create(BrowserExtension.class);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (Chromium.isInstalled()) {
            return enabled("Chromium is there");
        }
        if (List.of(System.getProperty("apikeys.require", "").split(",")).contains("browser")) {
            return enabled("The browser is required, and its absence a failure");
        }
        return disabled(
                "No Chromium and chromedriver in /usr/bin, CHROME_BIN and CHROMEDRIVER: the page is not tested");
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return Set.of(Script.class, Tab.class).contains(parameter.getParameter().getType());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Script script = context.getStore(BROWSER).computeIfAbsent(Script.class, type -> Script.start(), Script.class);
        if (parameter.getParameter().getType() == Script.class) {
            return script;
        }
        return context.getStore(BROWSER)
                .computeIfAbsent(Tab.class, type -> browser(context).tab(script), Tab.class);
    }

    /** Whatever else a test looks at, the page must not have failed under it. */
    @Override
    public void afterEach(ExtensionContext context) {
        Tab tab = context.getStore(BROWSER).get(Tab.class, Tab.class);
        if (tab != null && context.getExecutionException().isEmpty()) {
            tab.requireSound();
        }
    }

    /** Closed with the store of the root, after the last test. */
    private static Chromium browser(ExtensionContext context) {
        return context.getRoot()
                .getStore(BROWSER)
                .computeIfAbsent(Chromium.class, type -> Chromium.start(), Chromium.class);
    }
}
