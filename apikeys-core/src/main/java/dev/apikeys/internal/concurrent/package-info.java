/** Threads, bounded waits and rates. Knows nothing of keys; not exported. */
@NullMarked
package dev.apikeys.internal.concurrent;

import org.jspecify.annotations.NullMarked;
