/** The benchmarks: speed against peers, and growth. Not published; results are in {@code docs/benchmarks.md}. */
@NullMarked
package dev.apikeys.benchmarks;

import org.jspecify.annotations.NullMarked;
