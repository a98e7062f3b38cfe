/** Random concurrent programs on every store, with pools of any size, and with stores and listeners that misbehave. */
package dev.apikeys.verify.programs;
