/** The adapter for the HTTP server of the JDK, which needs no further library. */
@NullMarked
package dev.apikeys.http.jdk;

import org.jspecify.annotations.NullMarked;
