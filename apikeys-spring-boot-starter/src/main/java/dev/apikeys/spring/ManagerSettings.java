package dev.apikeys.spring;

import dev.apikeys.ApiKeys;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyFormat;
import dev.apikeys.Pepper;
import dev.apikeys.Roles;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/** Puts properties onto the manager's builder, and says which one was refused. */
final class ManagerSettings {
    private static final String IMPORTED = "sha64hex";
    private static final String RANDOM_BYTES = "32 random bytes in Base64, as openssl rand -base64 32 makes them.";

    private final ApiKeysProperties properties;

    ManagerSettings(ApiKeysProperties properties) {
        this.properties = properties;
    }

    void applyTo(ApiKeys.Builder builder) {
        set("default-lifetime", properties.defaultLifetime(), builder::defaultLifetime);
        set("max-lifetime", properties.maxLifetime(), builder::maxLifetime);
        set("retention", properties.retention(), builder::retention);
        set("cache.max-age", properties.cache().maxAge(), builder::cacheMaxAge);
        set("cache.lifetime", properties.cache().lifetime(), builder::cacheLifetime);
        set("cache.follow-interval", properties.cache().followInterval(), builder::followInterval);
        set("cache.size", properties.cache().size(), builder::cacheSize);
        set("maintenance-interval", properties.maintenanceInterval(), builder::maintenanceInterval);
        set("stall-threshold", properties.stallThreshold(), builder::stallThreshold);
        set("operation-timeout", properties.operationTimeout(), builder::operationTimeout);
        formats(builder);
        peppers(builder);
    }

    private void formats(ApiKeys.Builder builder) {
        ApiKeysProperties.Format format = properties.format();
        if (format.prefix() != null || format.acceptUnpeppered()) {
            set("format.prefix", prefix(), text -> builder.format(accepting(KeyFormat.prefix(text))));
        }
        boolean isPeppered = properties.pepper().id() != null && !format.acceptUnpeppered();
        if (isPeppered && format.alsoAccept().stream().anyMatch(ManagerSettings::isImported)) {
            throw new StartException(
                    "apikeys.format.also-accept has " + IMPORTED + ", and there is a pepper: each imported key would be"
                            + " refused, since its hash has no pepper and never gets one.",
                    "Set apikeys.format.accept-unpeppered=true, which lets write access to the table make keys, or leave "
                            + IMPORTED + " out.");
        }
        for (String accepted : format.alsoAccept()) {
            set("format.also-accept", accepted, text -> builder.alsoAccept(accepting(format(text))));
        }
    }

    private KeyFormat accepting(KeyFormat format) {
        return properties.format().acceptUnpeppered() ? format.acceptingUnpeppered() : format;
    }

    private String prefix() {
        String prefix = properties.format().prefix();
        return prefix == null ? "sk" : prefix;
    }

    /** What texts of our secrets begin with, whole or cut, as far as properties say. */
    List<String> prefixes() {
        List<String> prefixes = new ArrayList<>();
        prefixes.add(prefix() + "_");
        for (String accepted : properties.format().alsoAccept()) {
            prefixes.add(isImported(accepted) ? "sk_" : accepted + "_");
        }
        return List.copyOf(prefixes);
    }

    private static KeyFormat format(String text) {
        return isImported(text) ? KeyFormat.sha64Hex() : KeyFormat.prefix(text);
    }

    private static boolean isImported(String text) {
        return text.toLowerCase(Locale.ROOT).replace("-", "").equals(IMPORTED);
    }

    private void peppers(ApiKeys.Builder builder) {
        ApiKeysProperties.PepperSet set = properties.pepper();
        if ((set.id() == null) != (set.value() == null)) {
            throw new StartException(
                    "Either apikeys.pepper.id or apikeys.pepper.value is missing.",
                    "Write both, an id such as 2026-11, which is stored in each hash, and as value " + RANDOM_BYTES);
        }
        if (set.id() != null && set.value() != null) {
            builder.pepper(pepper("pepper", set.id(), set.value()));
        }
        for (ApiKeysProperties.PepperSet.Retired retired : set.retired()) {
            if (retired.id() == null || retired.value() == null) {
                throw new StartException(
                        "The id or the value of one of apikeys.pepper.retired is missing.",
                        "Write both, as they were in apikeys.pepper.id and apikeys.pepper.value.");
            }
            builder.retiredPepper(pepper("pepper.retired", retired.id(), retired.value()));
        }
    }

    /** The value is a secret, and may be swapped with the id: the message names neither. */
    private static Pepper pepper(String name, String id, String value) {
        if (value.strip().startsWith("${")) {
            throw new StartException(
                    "Nothing sets the variable that the value of apikeys." + name + " names.",
                    "Set it to " + RANDOM_BYTES);
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(value.strip());
        } catch (IllegalArgumentException e) {
            throw new StartException("The value of apikeys." + name + " is not Base64.", "Write " + RANDOM_BYTES);
        }
        try {
            return Pepper.of(id, bytes);
        } catch (InvalidArgumentException e) {
            throw new StartException(
                    "apikeys." + name + " is refused: " + e.getMessage() + ".",
                    "Write an id of 1 to 32 characters of [a-z0-9.-], such as 2026-11, and as value " + RANDOM_BYTES,
                    e);
        }
    }

    /** Returns the roles of the properties or of the bean, or null if the manager's own are used. */
    static @Nullable Roles usedRoles(ApiKeysProperties properties, ObjectProvider<Roles> beans) {
        Roles byProperty = new ManagerSettings(properties).roles();
        Roles byBean = chosen(beans, Roles.class);
        if (byProperty != null && byBean != null) {
            throw new StartException(
                    "Roles are given twice, by the properties apikeys.roles.* and by a bean of type Roles.",
                    "Keep one of them.");
        }
        return byProperty == null ? byBean : byProperty;
    }

    /** Returns the bean of a type, or null if there is none; one of several would decide by chance, or none of them. */
    static <T> @Nullable T chosen(ObjectProvider<T> beans, Class<T> type) {
        T bean = beans.getIfUnique();
        if (bean == null && beans.stream().findAny().isPresent()) {
            throw new StartException(
                    "There are several beans of type " + type.getSimpleName() + ", and none is chosen.",
                    "Keep one of them, or put @Primary on one.");
        }
        return bean;
    }

    private @Nullable Roles roles() {
        if (properties.roles().isEmpty()) {
            return null;
        }
        Roles roles = Roles.none();
        for (Map.Entry<String, List<String>> role : properties.roles().entrySet()) {
            Roles before = roles;
            roles = got(
                    "roles." + role.getKey(),
                    role.getValue(),
                    permissions -> before.with(role.getKey(), permissions.toArray(String[]::new)));
        }
        return roles;
    }

    private static <T> void set(String name, @Nullable T value, Consumer<T> setter) {
        if (value != null) {
            got(name, value, given -> {
                setter.accept(given);
                return given;
            });
        }
    }

    private static <T, R> R got(String name, T value, Function<T, R> reader) {
        try {
            return reader.apply(value);
        } catch (InvalidArgumentException e) {
            throw refused(name, e);
        }
    }

    static StartException refused(String name, InvalidArgumentException e) {
        return new StartException(
                "apikeys." + name + " is refused: " + e.getMessage() + ".", "Allowed: " + e.allowed() + ".", e);
    }
}
