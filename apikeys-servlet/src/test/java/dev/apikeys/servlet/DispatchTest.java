package dev.apikeys.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import java.net.http.HttpResponse;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that come back to the filter from within the container, where it is mapped to all dispatches. */
class DispatchTest {

    @ParameterizedTest
    @EnumSource(value = Container.class, names = "JDK", mode = EnumSource.Mode.EXCLUDE)
    void anAsyncDispatchIsNotCheckedAgainAndKeepsItsKey(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            HttpResponse<String> answer = new Client(server.base()).get("/files/async", site.secret("read_only"));
            assertThat(answer.body()).isEqualTo("/files/done read_only key");
            assertThat(site.keys.stats().verifications()).containsEntry(Code.VALID, 1L);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Container.class, names = "JDK", mode = EnumSource.Mode.EXCLUDE)
    void anErrorDispatchIsNotCheckedAgain(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            HttpResponse<String> answer = new Client(server.base()).get("/files/fail", site.secret("read_only"));
            assertThat(answer.statusCode()).isEqualTo(418);
            assertThat(answer.body()).isEqualTo("/files/teapot read_only key");
            assertThat(site.keys.stats().verifications()).containsEntry(Code.VALID, 1L);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Container.class, names = "JDK", mode = EnumSource.Mode.EXCLUDE)
    void aRefusalAsksForNoErrorPage(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            HttpResponse<String> answer = new Client(server.base()).get("/files/async");
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(Client.code(answer)).isEqualTo("UNAUTHENTICATED");
            assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Container.class, names = "JDK", mode = EnumSource.Mode.EXCLUDE)
    void worksWithinAContext(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site, "/app")) {
            Client client = new Client(server.base());
            assertThat(client.get("/files/7", site.secret("read_only")).body()).isEqualTo("/files/7 read_only key");
            assertThat(client.logIn(site.secret("admin")).statusCode()).isEqualTo(200);
            assertThat(client.get(Site.ADMIN + "/api-keys").statusCode()).isEqualTo(200);
            assertThat(client.get(Site.ADMIN + "/").statusCode()).isEqualTo(200);
            HttpResponse<String> patched = client.send(client.to(Site.ADMIN + "/api-keys/ak_7")
                    .header("Content-Type", "application/json")
                    .method("PATCH", java.net.http.HttpRequest.BodyPublishers.ofString("{\"version\":1}")));
            assertThat(patched.statusCode()).isEqualTo(404);
            assertThat(Client.code(patched)).isEqualTo("NOT_FOUND");
        }
    }
}
