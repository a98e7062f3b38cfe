package dev.apikeys.http.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.apikeys.http.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Answers of the admin API. */
final class Answers {
    static final String SECRET = "sk_01m8h6c2dnkre1tcydzzt96794_jB6dwAnYSCcmg2kF54kzQ0uG9Hf3RkLw8TzXyVbNmEd1a2b3";

    private static final ObjectMapper JSON = new ObjectMapper();

    private Answers() {}

    static Response ok(int status, JsonNode data) {
        ObjectNode envelope = JSON.createObjectNode().put("success", true).put("message", "done");
        envelope.set("data", data);
        return json(status, envelope.toString());
    }

    static Response data(String data) {
        return ok(200, tree(data));
    }

    static Response json(int status, String text) {
        return Response.of(status).with("Cache-Control", "no-store").withBody("application/json", text);
    }

    static Response html(int status) {
        return Response.of(status).withBody("text/html; charset=utf-8", "<!doctype html><p>Log in here</p>");
    }

    static Response failure(int status, String code) {
        return failure(status, code, "{}");
    }

    /** A failure; {@code details} are further fields of its error. */
    static Response failure(int status, String code, String details) {
        ObjectNode error = JSON.createObjectNode()
                .put("code", code)
                .put("requestId", "7f1c22aa-0000-4000-8000-000000000001")
                .put("retryable", status == 429 || status == 503 ? "yes" : "no");
        error.setAll((ObjectNode) tree(details));
        ObjectNode envelope = JSON.createObjectNode().put("success", false).put("message", "The server says so");
        envelope.set("error", error);
        return json(status, envelope.toString());
    }

    static Response session() {
        return session("READ", "CREATE", "CHANGE", "REVOKE", "REPAIR");
    }

    static Response session(String... rights) {
        return ok(200, sessionData(rights));
    }

    static ObjectNode sessionData(String... rights) {
        ObjectNode data =
                (ObjectNode) tree("{'actor':'ops-admin','login':'key','canGive':['admin','download','read','upload'],"
                        + "'roles':{'admin':['admin','download','read','upload'],'read_only':['read'],"
                        + "'read_upload':['read','upload']},'features':{'handOff':true,'refusedWithin':'PT5S'}}");
        ArrayNode all = data.putArray("rights");
        for (String right : rights) {
            all.add(right);
        }
        return data;
    }

    static Response loggedOut(String login) {
        return failure(401, "UNAUTHENTICATED", "{'login':'" + login + "'}");
    }

    static Response healthy() {
        return data("{'store':{'answering':true},'stalls':[],'maxAge':'PT5S'}");
    }

    static Response journal() {
        return data("{'entries':[" + entry("UPDATED") + "," + entry("CREATED") + "]}");
    }

    static String entry(String type) {
        return ("{'id':'" + type + "','time':'" + ago(Duration.ofHours(3)) + "','type':'" + type + "','keyId':'"
                        + id("ci deploy")
                        + "','actor':{'name':'ops-admin','via':'page'},'name':'ci"
                        + " deploy','changes':{'owner':{'from':'team-a','to':'team-b'}},'fields':['description']}")
                .replace('\'', '"');
    }

    static Response keys(JsonNode... keys) {
        return keysBefore(null, keys);
    }

    /** A page with a cursor to the next. */
    static Response keysBefore(String next, JsonNode... keys) {
        ObjectNode data = JSON.createObjectNode();
        ArrayNode array = data.putArray("api_keys");
        for (JsonNode key : keys) {
            array.add(key);
        }
        return ok(200, data.put("next", next));
    }

    static String id(String name) {
        return "ak_01m8h6c2dnkre1tcydzzt9" + String.format("%04x", name.hashCode() & 0xffff);
    }

    private static final List<String> UNSET =
            List.of("description", "revokedAt", "revokedReason", "disabledAt", "rotatedFrom", "rotatedTo");

    /** An active key that was used a minute ago. */
    static ObjectNode key(String name) {
        ObjectNode key = (ObjectNode) tree("{'owner':'team-a','role':'read_upload','permissions':['read','upload'],"
                + "'granted':['read','upload'],'grade':'intact','status':'active','usageCount':18204,"
                + "'createdBy':'ops-admin','metadata':{'env':'prod'},'version':3,'damaged':[],'unreadable':false}");
        UNSET.forEach(key::putNull);
        return key.put("id", id(name))
                .put("name", name)
                .put("createdAt", ago(Duration.ofDays(8)))
                .put("updatedAt", ago(Duration.ofDays(1)))
                .put("expiresAt", ago(Duration.ofDays(-82)))
                .put("lastUsedAt", ago(Duration.ofMinutes(1)));
    }

    static Response one(JsonNode key) {
        return ok(200, JSON.createObjectNode().set("api_key", key));
    }

    static Response details(JsonNode key) {
        ObjectNode data = JSON.createObjectNode();
        data.set("api_key", key);
        data.set("handOff", tree("{'state':'waiting','at':'" + ago(Duration.ofHours(-20)) + "'}"));
        data.set("journal", tree("{'entries':[" + entry("CREATED") + "]}"));
        return ok(200, data);
    }

    static Response made(ObjectNode key) {
        ObjectNode data = JSON.createObjectNode();
        data.set("api_key", key.deepCopy().put("key", SECRET));
        return ok(201, data.put("download_url", "api-keys/" + key.get("id").asText() + "/download"));
    }

    static Response madeLink(ObjectNode key) {
        ObjectNode data = JSON.createObjectNode();
        data.set("api_key", key);
        data.put("claimUrl", "claim/#ho_" + "a".repeat(43)).put("claimUntil", ago(Duration.ofHours(-24)));
        return ok(201, data);
    }

    /** The time so long ago, or ahead if it is negative. */
    static String ago(Duration age) {
        return Instant.now().minus(age).truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** JSON with single quotes, which Java need not escape. */
    static JsonNode tree(String json) {
        try {
            return JSON.readTree(json.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }
}
