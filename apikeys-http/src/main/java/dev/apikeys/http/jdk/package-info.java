/** The adapter for the HTTP server of the JDK. It needs no further library. Guide: {@code docs/http.md}. */
@NullMarked
package dev.apikeys.http.jdk;

import org.jspecify.annotations.NullMarked;
