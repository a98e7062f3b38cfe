/** Texts: base 62, ULIDs, sorted sets and maps, and the escaping of what is logged. Knows nothing of keys. */
@NullMarked
package dev.apikeys.internal.text;

import org.jspecify.annotations.NullMarked;
