/** Parts that know nothing of keys. Not exported. */
@NullMarked
package dev.apikeys.internal;

import org.jspecify.annotations.NullMarked;
