/**
 * Runnable examples. {@link dev.apikeys.examples.QuickStart} is the README's code,
 * {@link dev.apikeys.examples.LifeOfAKey} a tour of all features.
 */
@NullMarked
package dev.apikeys.examples;

import org.jspecify.annotations.NullMarked;
