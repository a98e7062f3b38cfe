/** The stamped cache, the only user of Caffeine. Independent of keys; not exported. */
@NullMarked
package dev.apikeys.internal.cache;

import org.jspecify.annotations.NullMarked;
