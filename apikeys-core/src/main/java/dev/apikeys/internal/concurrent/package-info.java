/** Threads, bounded waits and rate limits. Independent of keys; not exported. */
@NullMarked
package dev.apikeys.internal.concurrent;

import org.jspecify.annotations.NullMarked;
