/** Connections with bounds, retries and outcomes, dialects, and rows as statements; for this library's modules. */
@NullMarked
package dev.apikeys.jdbc.internal;

import org.jspecify.annotations.NullMarked;
