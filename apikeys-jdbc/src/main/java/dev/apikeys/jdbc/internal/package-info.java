/** Connections, their bounds, retries and outcomes, the dialects, and rows as statements; for the modules of this library. */
@NullMarked
package dev.apikeys.jdbc.internal;

import org.jspecify.annotations.NullMarked;
