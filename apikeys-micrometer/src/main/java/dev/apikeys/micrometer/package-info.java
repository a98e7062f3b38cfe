/** Meters for Micrometer: {@link dev.apikeys.micrometer.ApiKeysMetrics}. Guide: {@code docs/monitoring.md}. */
@NullMarked
package dev.apikeys.micrometer;

import org.jspecify.annotations.NullMarked;
