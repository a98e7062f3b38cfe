/**
 * The house rules as tests: each one holds for the published modules, and each one fails for a class that was planted to
 * break it.
 */
package dev.apikeys.verify.rules;
