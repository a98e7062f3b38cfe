package dev.apikeys.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the source system's script did when it hung: log in, create a key, look at it, download it once. */
class IncidentScriptTest {

    @ParameterizedTest
    @EnumSource(Container.class)
    void logsInCreatesLooksAndDownloadsOnce(Container container) throws Exception {
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            Client script = new Client(server.base());
            assertThat(script.get(Site.ADMIN + "/api-keys").statusCode()).isEqualTo(401);
            assertThat(script.logIn(site.secret("admin")).statusCode()).isEqualTo(200);

            HttpResponse<String> created = script.post(
                    Site.ADMIN + "/api-keys",
                    "{\"name\":\"Complete Test Key\",\"role\":\"admin\",\"permissions\":[\"read\",\"download\",\"upload\",\"admin\"]}");
            assertThat(created.statusCode()).isEqualTo(201);
            assertThat(created.headers().firstValue("Content-Type")).contains("application/json");
            JsonNode answer = Client.json(created);
            assertThat(answer.at("/success").booleanValue()).isTrue();
            assertThat(answer.at("/message").textValue()).isEqualTo("API key created successfully");
            JsonNode key = answer.at("/data/api_key");
            String id = key.at("/id").textValue();
            String secret = key.at("/key").textValue();
            assertThat(id).matches("ak_[0-9a-z]{26}");
            assertThat(secret).startsWith("sk_" + id.substring(3) + "_");
            assertThat(key.at("/name").textValue()).isEqualTo("Complete Test Key");
            assertThat(key.at("/role").textValue()).isEqualTo("admin");
            assertThat(key.at("/status").textValue()).isEqualTo("active");
            assertThat(key.at("/usageCount").longValue()).isZero();
            assertThat(key.at("/createdAt").textValue()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
            List<String> permissions = new ArrayList<>();
            key.at("/permissions").forEach(name -> permissions.add(name.textValue()));
            assertThat(permissions).containsExactly("admin", "download", "read", "upload");

            String url = Site.ADMIN + "/" + answer.at("/data/download_url").textValue();
            HttpResponse<String> download = script.get(url);
            assertThat(download.statusCode()).as(download.body()).isEqualTo(200);
            assertThat(download.body()).isEqualTo(secret);
            assertThat(download.headers().firstValue("Content-Disposition"))
                    .contains("attachment; filename=\"" + id + ".txt\"");
            HttpResponse<String> again = script.get(url);
            assertThat(again.statusCode()).isEqualTo(409);
            assertThat(Client.code(again)).isEqualTo("ALREADY_CLAIMED");

            HttpResponse<String> list = script.get(Site.ADMIN + "/api-keys?status=active");
            assertThat(Client.json(list).at("/data/api_keys")).hasSize(2);
            assertThat(list.body()).contains(id).doesNotContain(secret);
            Client service = new Client(server.base());
            assertThat(service.get("/files/7", secret).body()).isEqualTo("/files/7 Complete Test Key");
        }
    }
}
