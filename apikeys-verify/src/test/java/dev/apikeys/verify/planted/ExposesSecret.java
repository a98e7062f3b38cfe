package dev.apikeys.verify.planted;

import dev.apikeys.Secret;

/** Breaks: no record has a secret or an array for a component. */
public record ExposesSecret(Secret secret) {}
