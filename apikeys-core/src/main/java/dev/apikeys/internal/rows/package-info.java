/**
 * What rows hold: times, attributes, and the journal. Independent of what callers hold; not
 * exported.
 */
@NullMarked
package dev.apikeys.internal.rows;

import org.jspecify.annotations.NullMarked;
