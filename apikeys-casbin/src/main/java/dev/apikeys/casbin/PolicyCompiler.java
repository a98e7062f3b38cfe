package dev.apikeys.casbin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Compiles policies of the shipped model; refuses invalid lines, with their number. */
final class PolicyCompiler {

    private static final String FORM = "p, subject, path, action, allow or deny";
    private static final String ROLE = "role:";
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_.:-]{0,63}");
    private static final Pattern ACTION = Pattern.compile("[A-Za-z][A-Za-z0-9_:-]{0,31}");

    private final Map<String, Set<String>> roles;

    PolicyCompiler(Map<String, Set<String>> roles) {
        Map<String, Set<String>> checked = new TreeMap<>();
        roles.forEach((role, permissions) -> {
            requireName("role", role);
            permissions.forEach(permission -> requireName("permission of role " + role, permission));
            checked.put(role, Set.copyOf(permissions));
        });
        this.roles = Map.copyOf(checked);
    }

    private static void requireName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    what + " " + PolicyText.shown(name) + " does not match " + NAME.pattern());
        }
    }

    CompiledPolicy compile(String text) {
        Map<String, List<Rule>> denies = new HashMap<>();
        Map<String, List<Rule>> allows = new HashMap<>();
        for (PolicyText.Line line : PolicyText.parse(text).lines()) {
            requireForm(line);
            switch (line.field(4)) {
                case "allow" -> addAllow(line, allows);
                case "deny" -> addDeny(line, denies);
                default -> throw line.refused("effect " + PolicyText.shown(line.field(4)) + " is not allow or deny");
            }
        }
        return new CompiledPolicy(frozen(denies), frozen(allows));
    }

    private static void requireForm(PolicyText.Line line) {
        if (!line.field(0).equals("p")) {
            throw line.refused("begins with " + PolicyText.shown(line.field(0)) + "; the form is " + FORM);
        }
        if (line.fields().size() != 5) {
            throw line.refused("has " + line.fields().size() + " fields and not 5; the form is " + FORM);
        }
    }

    /**
     * Adds an allow. An allow for a role applies to a set that holds all of the role's permissions. If one of them were
     * enough, an allow for an all-powerful role would apply to every key with any permission.
     */
    private void addAllow(PolicyText.Line line, Map<String, List<Rule>> allows) {
        Set<String> needs = permissions(line);
        add(allows, needs.iterator().next(), rule(line, needs));
    }

    /**
     * Adds a deny. A deny for a role applies to each of its permissions, so that a key cannot bypass it by omitting a
     * permission.
     */
    private void addDeny(PolicyText.Line line, Map<String, List<Rule>> denies) {
        for (String permission : permissions(line)) {
            add(denies, permission, rule(line, Set.of(permission)));
        }
    }

    private static void add(Map<String, List<Rule>> rules, String permission, Rule rule) {
        List<Rule> present = rules.get(permission);
        if (present == null) {
            present = new ArrayList<>();
            rules.put(permission, present);
        }
        present.add(rule);
    }

    private Set<String> permissions(PolicyText.Line line) {
        String subject = line.field(1);
        if (!NAME.matcher(subject).matches()) {
            throw line.refused("subject " + PolicyText.shown(subject) + " does not match " + NAME.pattern());
        }
        if (!subject.startsWith(ROLE)) {
            return Set.of(subject);
        }
        Set<String> permissions = roles.get(subject.substring(ROLE.length()));
        if (permissions == null) {
            throw line.refused(subject + " is not among the roles given: " + new TreeSet<>(roles.keySet()));
        }
        if (permissions.isEmpty()) {
            throw line.refused(subject + " has no permissions, so this line would apply to no key or to every key");
        }
        return permissions;
    }

    private static Rule rule(PolicyText.Line line, Set<String> needs) {
        try {
            return new Rule(needs, PathPattern.of(line.field(2)), actions(line.field(3)));
        } catch (IllegalArgumentException e) {
            throw line.refused(String.valueOf(e.getMessage()));
        }
    }

    private static Set<String> actions(String field) {
        if (field.equals(Rule.ANY_ACTION)) {
            return Set.of(field);
        }
        String[] actions = field.split("\\|", -1);
        for (String action : actions) {
            if (!ACTION.matcher(action).matches()) {
                throw new IllegalArgumentException("action " + PolicyText.shown(field)
                        + " is neither '*' nor a list such as GET|HEAD of names that match " + ACTION.pattern());
            }
        }
        return Set.copyOf(List.of(actions));
    }

    private static Map<String, List<Rule>> frozen(Map<String, List<Rule>> rules) {
        return rules.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> List.copyOf(entry.getValue())));
    }
}
