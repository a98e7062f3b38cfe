/**
 * The store contract as tests. Extend {@link dev.apikeys.tck.ApiKeyStoreContract} or
 * {@link dev.apikeys.tck.TempKeyStoreContract}, override {@code store()}, and run the class with JUnit. The other
 * {@code Rules} classes are parts of these two.
 *
 * <p>Each test carries the number of the rule that it checks, S01 to S21 of {@code docs/spi-contract.md} and of the
 * {@code @implSpec} of the interfaces. A call into the store that hangs fails its test with the stack of the thread that is
 * stuck, and does not hang the build. Rules that need faults run where {@code faults()} is overridden too, and are reported
 * as skipped where it is not.
 *
 * <p>{@link dev.apikeys.tck.ConcurrentProgramsContract} puts both stores together under a manager and runs random
 * concurrent programs on it. {@link dev.apikeys.tck.Samples} makes rows for tests of a store's own.
 */
@NullMarked
package dev.apikeys.tck;

import org.jspecify.annotations.NullMarked;
