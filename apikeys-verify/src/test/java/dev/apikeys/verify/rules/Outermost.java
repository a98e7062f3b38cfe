package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;

/** The top-level class around a class. */
final class Outermost {
    private Outermost() {}

    static String nameOf(JavaClass type) {
        int nested = type.getName().indexOf('$');
        return nested < 0 ? type.getName() : type.getName().substring(0, nested);
    }

    static String simpleNameOf(JavaClass type) {
        String name = nameOf(type);
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
