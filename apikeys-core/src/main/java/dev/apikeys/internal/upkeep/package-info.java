/**
 * What runs beside the operations and at the end: usage to write, hashes to move, rounds. Independent of what callers hold; not
 * exported.
 */
@NullMarked
package dev.apikeys.internal.upkeep;

import org.jspecify.annotations.NullMarked;
