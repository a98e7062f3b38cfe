package dev.apikeys.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailuresTest {

    @Test
    void classesAndThePlaceAreShownAndNoMessage() {
        Exception failure = new IllegalStateException("hash 1", new IllegalArgumentException("hash 2"));

        assertThat(Failures.shown(failure))
                .startsWith("java.lang.IllegalStateException, caused by java.lang.IllegalArgumentException at ")
                .contains("FailuresTest")
                .doesNotContain("hash");
    }

    /** A scheduler would never come back to a task that throws while it says why it failed. */
    @Test
    void aFailureThatFailsItselfIsShown() {
        Exception failure = new Exception() {
            @Override
            public synchronized Throwable getCause() {
                throw new AssertionError("an exception of somebody else");
            }
        };

        assertThat(Failures.shown(failure)).isEqualTo("a failure that cannot be shown");
    }
}
