/**
 * The store contract as tests. Extend {@link dev.apikeys.tck.ApiKeyStoreContract} or
 * {@link dev.apikeys.tck.TempKeyStoreContract}, override {@code store()}, and run the class with JUnit. The other
 * {@code Rules} classes are parts of these two.
 *
 * <p>Each test is named after the rule that it checks, S01 to S21 of {@code docs/spi-contract.md} and of the
 * {@code @implSpec} of the interfaces. A call into the store that hangs fails its test with the stack of the stuck
 * thread, and does not block the build. Rules that need faults are reported as skipped unless {@code faults()} is
 * overridden too.
 *
 * <p>{@link dev.apikeys.tck.ConcurrentProgramsContract} runs random concurrent programs on a manager over both stores.
 * {@link dev.apikeys.tck.Samples} creates rows for a store's own tests.
 */
@NullMarked
package dev.apikeys.tck;

import org.jspecify.annotations.NullMarked;
