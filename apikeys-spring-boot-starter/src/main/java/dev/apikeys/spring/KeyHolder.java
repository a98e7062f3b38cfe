package dev.apikeys.spring;

import dev.apikeys.ApiKey;

/** A principal that is an API key, so that what takes one needs no class of Spring Security. */
interface KeyHolder {

    /** Returns the key. */
    ApiKey key();
}
