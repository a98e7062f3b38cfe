package dev.apikeys.verify.planted;

import org.casbin.jcasbin.model.Model;

/** Breaks: only casbin imports jCasbin. */
public final class ImportsJcasbin {
    public Object model() {
        return new Model();
    }
}
