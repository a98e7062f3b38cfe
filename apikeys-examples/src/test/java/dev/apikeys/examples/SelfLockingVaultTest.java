package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.ConcurrentProgramsContract;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The vault of the incident under random programs: it takes one subclass, and they show the line that hangs. */
class SelfLockingVaultTest {

    @Test
    void randomProgramsShowWhereItHangs() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(new Programs()::programsOf2ThreadsEndAndAddUp)
                .withMessageContaining("hangs: create() has not returned for more than 0.5 s")
                .withMessageContaining("ConcurrentProgram.random(")
                .withMessageContaining("  program: ")
                .withMessageContaining("StampedLock.acquireWrite")
                .withMessageContaining("SelfLockingVault.cleanUp")
                .withMessageContaining("SelfLockingVault.insert");
    }

    private static final class Programs extends ConcurrentProgramsContract {
        @Override
        protected ApiKeyStore store() {
            return new InMemoryApiKeyStore();
        }

        @Override
        protected TempKeyStore tempKeyStore() {
            return new SelfLockingVault();
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(500);
        }
    }
}
