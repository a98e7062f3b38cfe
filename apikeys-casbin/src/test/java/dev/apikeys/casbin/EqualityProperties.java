package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThat;

import com.googlecode.aviator.runtime.function.FunctionUtils;
import com.googlecode.aviator.runtime.type.AviatorBoolean;
import com.googlecode.aviator.runtime.type.AviatorObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;
import org.casbin.jcasbin.main.Enforcer;
import org.casbin.jcasbin.model.Model;
import org.casbin.jcasbin.util.function.CustomFunction;

/** The compiled policy decides as a jCasbin Enforcer does whose subject is the set. */
class EqualityProperties {

    private static final Map<String, Set<String>> ROLES = Map.of(
            "one", Set.of("a"), "two", Set.of("a", "b"), "three", Set.of("b", "c", "d"), "nested", Set.of("role:one"));

    record Policy(String subject, String path, String action, String effect) {

        String line() {
            return String.join(", ", "p", subject, path, action, effect);
        }
    }

    record Request(Set<String> granted, String resource, String action) {}

    @Property(tries = 200)
    void decidesAsAnEnforcerOfTheShippedModel(
            @ForAll("plainPolicies") List<Policy> policies, @ForAll("requests") List<Request> requests) {
        Enforcer enforcer = enforcer(CasbinAuthorizer.shippedModel(), policies);

        assertSameDecisions(CasbinAuthorizer.fromPolicy(text(policies)), enforcer, requests);
    }

    @Property(tries = 200)
    void decidesLikeAnEnforcerThatKnowsRolesAndDots(
            @ForAll("policies") List<Policy> policies, @ForAll("requests") List<Request> requests) {
        String model = CasbinAuthorizer.shippedModel().replace("include(r.sub, p.sub)", "holds(r.sub, p.sub, p.eft)");
        assertThat(model).contains("holds(");

        assertSameDecisions(CasbinAuthorizer.fromPolicy(text(policies), ROLES), enforcer(model, policies), requests);
    }

    @Property(tries = 50)
    void theShippedModelAsAHostsModelDecidesTheSame(
            @ForAll("plainPolicies") List<Policy> policies, @ForAll("requests") List<Request> requests) {
        String plain = text(policies);
        CasbinAuthorizer compiled = CasbinAuthorizer.fromPolicy(plain);
        CasbinAuthorizer interpreted = CasbinAuthorizer.fromModel(CasbinAuthorizer.shippedModel(), plain);

        for (Request request : requests) {
            assertThat(compiled.allows(request.granted(), request.resource(), request.action()))
                    .as("%s under %s", request, plain)
                    .isEqualTo(interpreted.allows(request.granted(), request.resource(), request.action()));
        }
    }

    private static void assertSameDecisions(CasbinAuthorizer ours, Enforcer theirs, List<Request> requests) {
        for (Request request : requests) {
            boolean expected = theirs.enforce(request.granted(), request.resource(), request.action());
            Statistics.label("decision").collect(expected);
            assertThat(ours.allows(request.granted(), request.resource(), request.action()))
                    .as("%s under %s", request, theirs.getPolicy())
                    .isEqualTo(expected);
        }
        Statistics.label("decision").coverage(coverage -> {
            coverage.check(true).percentage(share -> share > 2);
            coverage.check(false).percentage(share -> share > 2);
        });
    }

    private static String text(List<Policy> policies) {
        return policies.stream().map(Policy::line).collect(Collectors.joining("\n"));
    }

    private static Enforcer enforcer(String modelText, List<Policy> policies) {
        Model model = Model.newModelFromString(modelText);
        for (Policy policy : policies) {
            String path = policy.path().replace(".", "\\.");
            model.addPolicy("p", "p", List.of(policy.subject(), path, policy.action(), policy.effect()));
        }
        Enforcer enforcer = new Enforcer(model, null, false);
        enforcer.addFunction("holds", new Holds());
        return enforcer;
    }

    /** What a subject of a policy means to a set of permissions. */
    private static final class Holds extends CustomFunction {

        private static final long serialVersionUID = 1L;

        @Override
        public String getName() {
            return "holds";
        }

        @Override
        public AviatorObject call(
                Map<String, Object> env, AviatorObject set, AviatorObject subject, AviatorObject effect) {
            Collection<?> granted = (Collection<?>) set.getValue(env);
            String name = FunctionUtils.getStringValue(subject, env);
            if (!name.startsWith("role:")) {
                return AviatorBoolean.valueOf(granted.contains(name));
            }
            Set<String> permissions = ROLES.get(name.substring("role:".length()));
            boolean allow = FunctionUtils.getStringValue(effect, env).equals("allow");
            return AviatorBoolean.valueOf(
                    allow
                            ? granted.containsAll(permissions)
                            : permissions.stream().anyMatch(granted::contains));
        }
    }

    /** What jCasbin understands without being told anything. */
    @Provide
    Arbitrary<List<Policy>> plainPolicies() {
        return policies(Arbitraries.of("a", "b", "c", "a.b:c-d_e"), Arbitraries.of("x", "y", ":id", "~x@y-z", "größe"));
    }

    @Provide
    Arbitrary<List<Policy>> policies() {
        return policies(
                Arbitraries.of("a", "b", "c", "role:one", "role:two", "role:three", "role:nested"),
                Arbitraries.of("x", "y", "x.y", ":id"));
    }

    private static Arbitrary<List<Policy>> policies(Arbitrary<String> subjects, Arbitrary<String> segments) {
        Arbitrary<String> last = Arbitraries.frequencyOf(
                Tuple.of(2, segments), Tuple.of(2, Arbitraries.just("*")), Tuple.of(1, Arbitraries.just("")));
        Arbitrary<String> paths = Combinators.combine(segments.list().ofMaxSize(2), last)
                .as((head, tail) -> "/" + head.stream().map(s -> s + "/").collect(Collectors.joining()) + tail);
        Arbitrary<String> actions = Arbitraries.of("*", "*", "GET", "HEAD", "GET|HEAD", "HEAD|GET|PUT", "PUT|PUT");
        Arbitrary<String> effects =
                Arbitraries.frequencyOf(Tuple.of(5, Arbitraries.just("allow")), Tuple.of(1, Arbitraries.just("deny")));
        return Combinators.combine(subjects, paths, actions, effects)
                .as(Policy::new)
                .list()
                .ofMaxSize(12);
    }

    @Provide
    Arbitrary<List<Request>> requests() {
        Arbitrary<Set<String>> granted = Arbitraries.of("a", "b", "c", "d", "a.b:c-d_e", "role:one")
                .set()
                .ofMaxSize(5);
        Arbitrary<String> verbs =
                Arbitraries.of("GET", "GET", "GET", "HEAD", "HEAD", "PUT", "GETS", "ET", "get", "*", "GET|HEAD", "");
        return Combinators.combine(granted, resources(), verbs)
                .as(Request::new)
                .list()
                .ofSize(12);
    }

    private static Arbitrary<String> resources() {
        Arbitrary<String> odd =
                Arbitraries.of("xzy", "xzy", "xzy", "~x@y-z", "größe", ":id", "*", "X", "x y", "😀", "");
        Arbitrary<String> segment =
                Arbitraries.frequencyOf(Tuple.of(2, Arbitraries.of("x", "y", "x.y")), Tuple.of(1, odd));
        Arbitrary<String> near =
                segment.list().ofMinSize(1).ofMaxSize(3).map(segments -> "/" + String.join("/", segments));
        Arbitrary<String> wild = Arbitraries.strings().ofMaxLength(12).filter(PolicyText::isPlain);
        return Arbitraries.frequencyOf(Tuple.of(8, near), Tuple.of(1, wild));
    }
}
