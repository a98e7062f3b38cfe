/** Texts: base 62, ULIDs, sorted sets and maps, and escaping for logs. Independent of keys. */
@NullMarked
package dev.apikeys.internal.text;

import org.jspecify.annotations.NullMarked;
