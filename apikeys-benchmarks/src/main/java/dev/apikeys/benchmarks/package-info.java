/** How fast, against what, and how it grows. Not published. */
@NullMarked
package dev.apikeys.benchmarks;

import org.jspecify.annotations.NullMarked;
