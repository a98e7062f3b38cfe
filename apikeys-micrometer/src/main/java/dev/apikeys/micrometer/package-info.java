/** Meters for Micrometer: {@link dev.apikeys.micrometer.ApiKeysMetrics}. */
@NullMarked
package dev.apikeys.micrometer;

import org.jspecify.annotations.NullMarked;
