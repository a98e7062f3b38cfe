package dev.apikeys.casbin;

import dev.apikeys.spi.Authorizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.casbin.jcasbin.main.Enforcer;
import org.casbin.jcasbin.model.Assertion;
import org.casbin.jcasbin.model.Model;
import org.jspecify.annotations.Nullable;

/**
 * A custom model with one policy, on a jCasbin Enforcer.
 *
 * <p>An Enforcer initializes itself in its first call, and is thread-safe only if it is not changed after that. So the
 * first call is made here, and the Enforcer is never exposed and never changed: it has no adapter, no watcher, no cache
 * and no role manager.
 */
final class ModelPolicy implements Authorizer {

    private final Enforcer enforcer;

    private ModelPolicy(Enforcer enforcer) {
        this.enforcer = enforcer;
    }

    /**
     * Loads a model with its policy. Without a policy line, everything is denied and the model is not asked: jCasbin
     * would evaluate its matcher once, with an empty text for each field of a policy, and might allow.
     */
    static Authorizer load(String modelText, String policyText) {
        PolicyText policy = PolicyText.parse(policyText);
        Model model = parse(modelText);
        requireNoRoleDefinition(model);
        requireDefinitions(model);
        addPolicies(model, policy);
        ModelPolicy started = new ModelPolicy(started(model));
        return policy.lines().isEmpty() ? (granted, resource, action) -> false : started;
    }

    private static Model parse(String text) {
        PolicyText.requireLength("model text", text);
        try {
            return Model.newModelFromString(text);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("model text is not a jCasbin model: " + e.getMessage(), e);
        }
    }

    private static void requireNoRoleDefinition(Model model) {
        if (model.model.containsKey("g")) {
            throw new IllegalArgumentException(
                    "model has a [role_definition], which is not allowed: jCasbin keeps what g()"
                            + " answered in one static map for all Enforcers of the JVM, so one Enforcer would decide with the"
                            + " roles of another; write policies for permissions, which the library takes from the key and its role");
        }
    }

    private static void requireDefinitions(Model model) {
        Assertion request = definition(model, "r");
        if (request.tokens.length != 3) {
            throw new IllegalArgumentException("model defines 'r = " + request.value
                    + "'; it must name three things: the set of granted permissions, the resource and the action");
        }
        for (String section : List.of("p", "e", "m")) {
            definition(model, section);
        }
    }

    private static Assertion definition(Model model, String section) {
        @Nullable Assertion definition = model.model.getOrDefault(section, Map.of()).get(section);
        if (definition == null) {
            throw new IllegalArgumentException("model does not define '" + section + " = …'");
        }
        return definition;
    }

    private static void addPolicies(Model model, PolicyText policy) {
        List<String> names = Arrays.asList(definition(model, "p").tokens);
        int effect = names.indexOf("p_eft");
        for (PolicyText.Line line : policy.lines()) {
            requireForm(line, names.size(), effect);
            try {
                model.addPolicy("p", "p", line.fields().subList(1, line.fields().size()));
            } catch (RuntimeException e) {
                throw line.refused("jCasbin does not take it: " + e.getMessage());
            }
        }
    }

    private static void requireForm(PolicyText.Line line, int size, int effect) {
        if (!line.field(0).equals("p")) {
            throw line.refused("begins with " + PolicyText.shown(line.field(0)) + "; only 'p' is asked");
        }
        if (line.fields().size() != size + 1) {
            throw line.refused("has " + line.fields().size() + " fields and not " + (size + 1)
                    + ", which are 'p' and those of the model's policy definition");
        }
        // jCasbin takes any other word for "no effect": a mistyped deny would be ignored.
        if (effect >= 0 && !Set.of("allow", "deny").contains(line.field(effect + 1))) {
            throw line.refused("effect " + PolicyText.shown(line.field(effect + 1)) + " is not allow or deny");
        }
    }

    private static Enforcer started(Model model) {
        // The last argument is a JVM-wide switch, on by default, that logs every request's arguments.
        Enforcer enforcer = new Enforcer(model, null, false);
        enforcer.enableAutoSave(false);
        try {
            enforcer.enforce(Set.of(), "/", "GET");
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("model cannot decide: " + e.getMessage(), e);
        }
        return enforcer;
    }

    @Override
    public boolean allows(Set<String> granted, String resource, String action) {
        return enforcer.enforce(granted, resource, action);
    }
}
