package dev.apikeys.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows why a service did not start without a stack, and without what a driver said. */
final class StartFailureAnalyzer extends AbstractFailureAnalyzer<StartException> {

    StartFailureAnalyzer() {}

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, StartException cause) {
        return new FailureAnalysis(cause.reason(), cause.action(), cause);
    }
}
