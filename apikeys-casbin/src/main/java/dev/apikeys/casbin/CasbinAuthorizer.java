package dev.apikeys.casbin;

import dev.apikeys.spi.Authorizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Decides by jCasbin policies whose subjects are permissions.
 *
 * <p>A decision is made over the whole set of granted permissions: it allows if an allowing policy matches for one of
 * them, and no denying policy matches for any. An empty policy denies everything.
 *
 * <p>A policy of the shipped model is one line, {@code p, subject, path, action, effect}:
 *
 * <pre>{@code
 * # comment
 * p, read,  /files/:id,       GET|HEAD, allow
 * p, admin, /files/*,         *,        allow
 * p, admin, /files/archive/*, DELETE,   deny
 * }</pre>
 *
 * <ul>
 *   <li>subject: a permission, or {@code role:x} for a role given at load. An allow for a role applies to a set that
 *       holds all of the role's permissions, a deny to a set that holds any of them.
 *   <li>path: segments of letters, digits and {@code _ - . ~ @}, taken literally; {@code :name} matches any one
 *       segment, and {@code *} as the last segment matches any rest, including further segments. It has at most 512
 *       characters.
 *   <li>action: {@code *}, or names separated by {@code |}, case-sensitive.
 *   <li>effect: {@code allow} or {@code deny}.
 * </ul>
 *
 * <p>A text has at most 1 048 576 characters and 10 000 lines. Invalid lines are refused with their number; nothing is
 * skipped.
 *
 * <p>The shipped model is compiled when it is loaded, and jCasbin's {@code keyMatch2} decides whether a path matches.
 * The cost of a check depends only on the policies of the granted permissions, not on keys or other policies. A
 * resource or action with a control character or a line terminator is denied without a check.
 *
 * <p>Thread-safe. A reload takes effect for every check that begins after it returned; each check sees one complete
 * policy. Of reloads that overlap, the one that began last stays in force, unless it was refused. Exceptions of a model
 * propagate to the caller, and the library denies.
 *
 * @since 0.1
 */
public final class CasbinAuthorizer implements Authorizer {

    /**
     * A policy in force.
     *
     * @param load the number of the load that it came from, in the order in which they began
     * @param policy the policy
     */
    private record Loaded(long load, Authorizer policy) {}

    private final Function<String, Authorizer> loader;
    private final AtomicLong loads = new AtomicLong();
    private final AtomicReference<Loaded> current;

    private CasbinAuthorizer(Function<String, Authorizer> loader, String policyText) {
        this.loader = loader;
        Authorizer policy = loader.apply(Objects.requireNonNull(policyText, "policyText"));
        current = new AtomicReference<>(new Loaded(0, policy));
    }

    /**
     * Decides by the shipped model, without roles.
     *
     * @param policyText the policy, in the form described above
     * @return the authorizer
     * @throws IllegalArgumentException if a line is not understood or a bound is exceeded; the message names the line
     */
    public static CasbinAuthorizer fromPolicy(String policyText) {
        return fromPolicy(policyText, Map.of());
    }

    /**
     * Decides by the shipped model.
     *
     * @param policyText the policy, in the form described above
     * @param roles the permissions of each role that a subject {@code role:x} may name; copied, and used for reloads too
     * @return the authorizer
     * @throws IllegalArgumentException if a line is not understood, a bound is exceeded, or a name among the roles does
     *     not match {@code [a-z][a-z0-9_.:-]{0,63}}; the message names the line or the role
     */
    public static CasbinAuthorizer fromPolicy(String policyText, Map<String, Set<String>> roles) {
        Objects.requireNonNull(roles, "roles");
        return new CasbinAuthorizer(new PolicyCompiler(roles)::compile, policyText);
    }

    /**
     * Decides by the shipped model, without roles. The file is read once, now.
     *
     * @param policyFile the policy, UTF-8
     * @return the authorizer
     * @throws IllegalArgumentException if the file is not UTF-8, a line is not understood or a bound is exceeded
     * @throws UncheckedIOException if the file cannot be read
     */
    public static CasbinAuthorizer fromPolicy(Path policyFile) {
        return fromPolicy(read("policyFile", policyFile));
    }

    /**
     * Decides by the shipped model. The file is read once, now.
     *
     * @param policyFile the policy, UTF-8
     * @param roles the permissions of each role that a subject {@code role:x} may name; copied, and used for reloads too
     * @return the authorizer
     * @throws IllegalArgumentException if the file is not UTF-8, a line is not understood, a bound is exceeded, or a name
     *     among the roles does not match {@code [a-z][a-z0-9_.:-]{0,63}}
     * @throws UncheckedIOException if the file cannot be read
     */
    public static CasbinAuthorizer fromPolicy(Path policyFile, Map<String, Set<String>> roles) {
        // Checked before the file is read, so that a missing file does not hide a null argument.
        Objects.requireNonNull(roles, "roles");
        return fromPolicy(read("policyFile", policyFile), roles);
    }

    /**
     * Decides by a custom model, on a jCasbin Enforcer.
     *
     * <p>The request is (the set of granted permissions, resource, action); a matcher asks with
     * {@code include(r.sub, p.sub)} whether a permission was granted. {@link #shippedModel()} is a model to start from.
     * Each check searches the whole policy, so this is slower than the shipped model by orders of magnitude once a
     * policy has hundreds of lines. A {@code [role_definition]} is refused.
     *
     * <p>A matcher is code: jCasbin's expressions can call Java. Take models, and policies that a matcher evaluates,
     * from your own files, never from a tenant or a database. Loading turns off jCasbin's own request log for the whole
     * JVM: a static switch, on by default, that writes every request's arguments.
     *
     * @param modelText a jCasbin model; its request has three parts, its policy definition is {@code p}
     * @param policyText the policy: lines of {@code p} and the fields of the model's policy definition
     * @return the authorizer
     * @throws IllegalArgumentException if jCasbin cannot read the model or decide by it, it has a role definition, a
     *     line is not understood or a bound is exceeded
     */
    public static CasbinAuthorizer fromModel(String modelText, String policyText) {
        Objects.requireNonNull(modelText, "modelText");
        return new CasbinAuthorizer(policy -> ModelPolicy.load(modelText, policy), policyText);
    }

    /**
     * Decides by a custom model, as {@link #fromModel(String, String)} does. The files are read once, now.
     *
     * @param modelFile a jCasbin model, UTF-8
     * @param policyFile the policy, UTF-8
     * @return the authorizer
     * @throws IllegalArgumentException as {@link #fromModel(String, String)} does, or if a file is not UTF-8
     * @throws UncheckedIOException if a file cannot be read
     */
    public static CasbinAuthorizer fromModel(Path modelFile, Path policyFile) {
        Objects.requireNonNull(policyFile, "policyFile");
        return fromModel(read("modelFile", modelFile), read("policyFile", policyFile));
    }

    /**
     * Replaces the whole policy. The model and the roles stay. If the new policy is refused, the old one stays.
     *
     * @param policyText the new policy
     * @throws IllegalArgumentException if a line is not understood or a bound is exceeded; nothing has changed then
     */
    public void reload(String policyText) {
        long load = loads.incrementAndGet();
        install(new Loaded(load, loader.apply(Objects.requireNonNull(policyText, "policyText"))));
    }

    /**
     * Replaces the whole policy by that of a file. The model and the roles stay. If the new policy is refused, the old
     * one stays.
     *
     * @param policyFile the new policy, UTF-8
     * @throws IllegalArgumentException if the file is not UTF-8, a line is not understood or a bound is exceeded;
     *     nothing has changed then
     * @throws UncheckedIOException if the file cannot be read; nothing has changed then
     */
    public void reload(Path policyFile) {
        // Numbered before the file is read: of two reloads, the one that began later has read the newer file.
        long load = loads.incrementAndGet();
        install(new Loaded(load, loader.apply(read("policyFile", policyFile))));
    }

    private void install(Loaded loaded) {
        Loaded present = current();
        while (present.load() < loaded.load() && !current.compareAndSet(present, loaded)) {
            present = current();
        }
    }

    private Loaded current() {
        return Objects.requireNonNull(current.get());
    }

    @Override
    public boolean allows(Set<String> granted, String resource, String action) {
        Objects.requireNonNull(granted, "granted");
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(action, "action");
        return PolicyText.isPlain(resource)
                && PolicyText.isPlain(action)
                && current().policy().allows(granted, resource, action);
    }

    /**
     * Returns the shipped model in jCasbin's format, to start a custom model from. For subjects that are permissions
     * and paths without a dot, {@code fromModel(shippedModel(), policy)} decides as {@code fromPolicy(policy)} does; in
     * jCasbin a dot in a path matches any character.
     *
     * @return the text of a jCasbin model
     */
    public static String shippedModel() {
        return resource("model.conf");
    }

    /**
     * Returns an example policy: the permissions read, download, upload and admin over the routes of a file service.
     *
     * @return the text of a policy for the shipped model
     */
    public static String examplePolicy() {
        return resource("example-policy.csv");
    }

    private static String read(String argument, Path file) {
        return PolicyText.read(Objects.requireNonNull(file, argument));
    }

    private static String resource(String name) {
        try (InputStream in = CasbinAuthorizer.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource dev/apikeys/casbin/" + name + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read resource " + name, e);
        }
    }
}
