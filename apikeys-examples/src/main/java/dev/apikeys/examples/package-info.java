/** Runnable examples. {@link dev.apikeys.examples.QuickStart} is the README's, {@link dev.apikeys.examples.LifeOfAKey} the whole story. */
@NullMarked
package dev.apikeys.examples;

import org.jspecify.annotations.NullMarked;
