package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExamplePolicyTest {

    private final CasbinAuthorizer authorizer = CasbinAuthorizer.fromPolicy(CasbinAuthorizer.examplePolicy());

    @ParameterizedTest(name = "{0} may {2} {1}: {3}")
    @CsvSource({
        "read,                       /api/v1/files,                 GET,    true",
        "read,                       /api/v1/files/7,               HEAD,   true",
        "read,                       /api/v1/files/a.txt,           GET,    true",
        "read,                       /api/v1/files/7/download,      GET,    false",
        "read,                       /api/v1/files,                 POST,   false",
        "read,                       /api/v1/files/7,               PUT,    false",
        "read,                       /api/v1/web/admin/users,       GET,    false",
        "download,                   /api/v1/files/7/download,      GET,    true",
        "download,                   /api/v1/files/7,               GET,    false",
        "upload,                     /api/v1/files,                 POST,   true",
        "upload,                     /api/v1/files/7,               PUT,    true",
        "upload,                     /api/v1/files/7,               GET,    false",
        "upload,                     /api/v1/files/7,               DELETE, false",
        "read upload,                /api/v1/files/7,               GET,    true",
        "read upload,                /api/v1/files/7,               PUT,    true",
        "read upload,                /api/v1/files/7/download,      GET,    false",
        "admin,                      /api/v1/web/admin/users,       GET,    true",
        "admin,                      /api/v1/web/admin/users/3,     DELETE, true",
        "admin,                      /api/v1/web/admin,             GET,    false",
        "admin,                      /api/v1/web/admin/audit,       GET,    true",
        "admin,                      /api/v1/web/admin/audit,       DELETE, false",
        "admin,                      /api/v1/web/admin/audit/9/x,   PATCH,  false",
        "admin,                      /api/v1/files,                 GET,    false",
        "admin download read upload, /api/v1/files/7/download,      GET,    true",
        "admin download read upload, /api/v1/web/admin/audit/9,     DELETE, false",
        "admin download read upload, /api/v1/other,                 GET,    false",
        "'',                         /api/v1/files,                 GET,    false",
        "nothing.of.ours,            /api/v1/files,                 GET,    false",
        "read,                       /api/v1/files,                 get,    false",
        "read,                       /API/v1/files,                 GET,    false",
        "read,                       /api/v1/files,                 GETS,   false",
        "read,                       /api/v1/files/,                GET,    false",
        "read,                       /xapi/v1/files,                GET,    false",
    })
    void decides(String granted, String resource, String action, boolean allowed) {
        Set<String> permissions = granted.isEmpty() ? Set.of() : Set.of(granted.split(" "));

        assertThat(authorizer.allows(permissions, resource, action)).isEqualTo(allowed);
    }
}
