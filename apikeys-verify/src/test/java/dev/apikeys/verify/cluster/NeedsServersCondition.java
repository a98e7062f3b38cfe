package dev.apikeys.verify.cluster;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs tests whose servers are installed or required. */
final class NeedsServersCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        NeedsServers needs = context.getRequiredTestClass().getAnnotation(NeedsServers.class);
        if (needs == null) {
            return enabled("A nested class of one that was asked about");
        }
        List<Path> missing = needs.value().missing();
        if (missing.isEmpty()) {
            return enabled("All programs are installed");
        }
        if (needs.value().required()) {
            return enabled("The servers are required, and their absence is a failure");
        }
        return disabled("Not installed: " + missing + " (" + needs.value().packages() + ")");
    }
}
