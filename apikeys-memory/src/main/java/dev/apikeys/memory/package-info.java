/**
 * Stores for keys and temp keys in the memory of one JVM: for tests, examples, and services that load their keys at
 * start. Lock-free: one compare-and-set decides each write, and readers never wait.
 */
@NullMarked
package dev.apikeys.memory;

import org.jspecify.annotations.NullMarked;
