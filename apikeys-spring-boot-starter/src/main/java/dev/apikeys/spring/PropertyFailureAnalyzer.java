package dev.apikeys.spring;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Says which property under {@code apikeys} is unknown, or which part of a pepper cannot be read. Before Boot's own
 * analyzers, which show the value: it may be a pepper under a misspelled name.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class PropertyFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {
    PropertyFailureAnalyzer() {}

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        ConfigurationPropertyName name = cause.getName();
        if (!isWithin("apikeys", name)) {
            return null;
        }
        if (cause.getCause() instanceof UnboundConfigurationPropertiesException unknown) {
            String names = unknown.getUnboundProperties().stream()
                    .map(property -> property.getName().toString())
                    .collect(Collectors.joining(", "));
            return new FailureAnalysis(
                    "There is no property " + names + ".",
                    "Correct the name by the table of properties in the guide to Spring Boot, or remove it.",
                    cause);
        }
        return isWithin("apikeys.pepper", name)
                ? new FailureAnalysis(
                        "The property " + name + " cannot be read.",
                        "Write apikeys.pepper.id and apikeys.pepper.value, and lists of them in apikeys.pepper.retired.",
                        cause)
                : null;
    }

    private static boolean isWithin(String prefix, ConfigurationPropertyName name) {
        ConfigurationPropertyName top = ConfigurationPropertyName.of(prefix);
        return top.equals(name) || top.isAncestorOf(name);
    }
}
