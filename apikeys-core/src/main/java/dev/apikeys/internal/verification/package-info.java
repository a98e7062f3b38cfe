/**
 * What a verification needs besides its decision: the record of the key, and the log of faults. Independent of what callers hold; not
 * exported.
 */
@NullMarked
package dev.apikeys.internal.verification;

import org.jspecify.annotations.NullMarked;
