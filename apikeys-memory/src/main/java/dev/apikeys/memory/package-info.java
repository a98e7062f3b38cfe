/**
 * Stores that keep keys and temp keys in the memory of one JVM: for tests, for examples, and for services that load their
 * keys at start. They own no lock: one compare-and-set decides each write, and readers never wait.
 */
@NullMarked
package dev.apikeys.memory;

import org.jspecify.annotations.NullMarked;
