package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeySpec;
import dev.apikeys.Roles;
import dev.apikeys.Verification;
import dev.apikeys.http.Administrator;
import dev.apikeys.http.Administrator.Right;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.Request;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextHolder;

class HostAdministratorsTest {
    private static final Request REQUEST = (Request) Proxy.newProxyInstance(
            Request.class.getClassLoader(), new Class<?>[] {Request.class}, (proxy, method, args) -> null);
    private static final Roles ROLES =
            Roles.none().with("viewer", "read").with("keyadmin", "apikeys:read", "apikeys:create", "apikeys:revoke");

    private final HostAdministrators people =
            new HostAdministrators(ROLES, false, SecurityContextHolder.getContextHolderStrategy());
    private final HostAdministrators keysToo =
            new HostAdministrators(ROLES, true, SecurityContextHolder.getContextHolderStrategy());

    @AfterEach
    void nobodyIsThere() {
        SecurityContextHolder.clearContext();
    }

    private static Administrators.Admission admit(HostAdministrators administrators, Authentication caller) {
        SecurityContextHolder.getContext().setAuthentication(caller);
        return administrators.admit(REQUEST);
    }

    private static Authentication person(String name, String... authorities) {
        return new UsernamePasswordAuthenticationToken(name, null, AuthorityUtils.createAuthorityList(authorities));
    }

    private static Authentication key(String... permissions) {
        try (ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore()).build()) {
            String secret = keys.create(KeySpec.builder("a")
                            .permissions(Set.of(permissions))
                            .build())
                    .secret()
                    .reveal();
            return new ApiKeyAuthentication((Verification.Verified) keys.verify(secret));
        }
    }

    @Test
    void noAdministratorGrantsARightThatTheyLack() {
        Administrator creator = (Administrator) admit(keysToo, person("olga", "apikeys:create"));
        assertThat(creator.rights()).containsExactly(Right.CREATE);
        assertThat(creator.canGive()).containsExactlyInAnyOrder("read", "apikeys:create");

        Administrator key = (Administrator) admit(keysToo, key("apikeys:read", "upload"));
        assertThat(key.rights()).containsExactly(Right.READ);
        assertThat(key.canGive()).containsExactlyInAnyOrder("apikeys:read", "upload");
    }

    @Test
    void aKeyIsAnAdministratorOnlyWhereKeysMayBe() {
        assertThat(admit(people, key("apikeys:read"))).isEqualTo(Administrators.Refusal.FORBIDDEN);
        assertThat(people.keyPermissions()).isEmpty();
        assertThat(keysToo.keyPermissions()).hasSize(Right.values().length).contains("apikeys:repair");
    }

    @Test
    void whoIsNotKnownIsAskedToLogIn() {
        assertThat(admit(people, null)).isEqualTo(Administrators.Refusal.UNAUTHENTICATED);
        assertThat(admit(
                        people,
                        new AnonymousAuthenticationToken(
                                "k", "anonymous", AuthorityUtils.createAuthorityList("apikeys:read"))))
                .isEqualTo(Administrators.Refusal.UNAUTHENTICATED);
        assertThat(admit(people, new UsernamePasswordAuthenticationToken("olga", "not yet checked")))
                .isEqualTo(Administrators.Refusal.UNAUTHENTICATED);
    }

    @Test
    void aNameThatTheJournalCouldTakeForAnotherIsForbidden() {
        for (String name : new String[] {"system", "ak_1", "", "a\u0000b", "n".repeat(201)}) {
            assertThat(admit(people, person(name, "apikeys:read")))
                    .as(name)
                    .isEqualTo(Administrators.Refusal.FORBIDDEN);
        }
        Administrator olga = (Administrator) admit(people, person("olga", "apikeys:read"));
        assertThat(olga.actor().name()).isEqualTo("olga");
        assertThat(olga.actor().via()).isEqualTo("login");
        assertThat(((Administrator) admit(keysToo, key("apikeys:read"))).actor().via())
                .isEqualTo("api key");
    }
}
