/**
 * Runnable examples. {@link dev.apikeys.examples.QuickStart} is the code of the README,
 * {@link dev.apikeys.examples.LifeOfAKey} shows all features.
 */
@NullMarked
package dev.apikeys.examples;

import org.jspecify.annotations.NullMarked;
