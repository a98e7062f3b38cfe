package dev.apikeys.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;

/** Which requests are for the guard; what servers make of them is in {@link GuardedPathsFuzzTest}. */
class GuardedPathsTest {
    private final GuardedPaths paths = new GuardedPaths(List.of("/files", "/api/v1/**", "/größe"));

    private static MockHttpServletRequest request(String context, String path) {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", path);
        request.setContextPath(context);
        return request;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/files",
                "/files/",
                "/files/a",
                "/FILES/a",
                "/files.",
                "/files./a",
                "/files;a=b",
                "/files%3ba",
                "/files%20",
                "/files%00",
                "/files%e3%80%80/a",
                "/%66iles/a",
                "/%46ILES/a",
                "/%20files/a",
                "/%2566iles/a",
                "/%25%36%36iles/a",
                "/%252566iles/a",
                "//files",
                "/./files",
                "/%2e/files",
                "/%20/files",
                "/.../files",
                "/x/../files",
                "/x/..;a/files",
                "/x/%252e%252e/files",
                "/x/.%2e%5cfiles",
                "/files/../x",
                "\\files",
                "/\\files",
                "/files%5cx",
                "/files%2fx",
                "/api/v1",
                "/api/%2e/v1",
                "/api/x/../v1/a",
                "/api/%C3%A4/..;/v1",
                "/gr%C3%B6%C3%9fe/a",
                "/gr%F6%DFe",
                "/größe",
                "/open/一",
                "/open/%",
                "/open/%zz",
                "/open/%u0066",
                "/open/%ff",
                "/open/%0a"
            })
    void theGuardDecidesAboutWhatAReaderCouldTakeForOneOfThePaths(String path) {
        assertThat(paths.mayInclude(request("", path))).isTrue();
        assertThat(paths.mayInclude(request("/app", "/app" + path))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/file",
                "/filesystem",
                "/open/files",
                "/open/a;jsessionid=1",
                "/open/.a",
                "/open/a./",
                "/open/../x",
                "/open/a%20b",
                "/open/100%25",
                "/open/a%2Fb",
                "/open//a",
                "/open/%C3%A4",
                "/api/v2/../x",
                "/v1/api",
                "/v1/../api",
                "/api"
            })
    void otherPathsAreTheServicesOwn(String path) {
        assertThat(paths.mayInclude(request("", path))).isFalse();
        assertThat(paths.mayInclude(request("/app", "/app" + path))).isFalse();
    }

    @Test
    void theContextIsNoPartOfAPath() {
        assertThat(paths.mayInclude(request("/files", "/files"))).isFalse();
        assertThat(paths.mayInclude(request("/files", "/files/x%20y"))).isFalse();
        assertThat(paths.mayInclude(request("/files", "/files/files"))).isTrue();
        assertThat(paths.mayInclude(request("/files", "/files/%66iles"))).isTrue();
        assertThat(paths.mayInclude(request("/x/../app", "/x/../app/files/a"))).isTrue();
        assertThat(paths.mayInclude(request("/x/../app", "/x/../app/open"))).isFalse();
        assertThat(paths.mayInclude(request("/", "/files"))).isTrue();
        assertThat(paths.mayInclude(request("/", "/open"))).isFalse();
        // A container that reports another context than that of the path.
        assertThat(paths.mayInclude(request("/app", "/application/files"))).isTrue();
        assertThat(paths.mayInclude(request("/app", "/application/%66iles"))).isTrue();
        assertThat(paths.mayInclude(request("/a/b", "/%66iles"))).isTrue();
        assertThat(paths.mayInclude(request("", "files"))).isTrue();
    }

    @Test
    void whatTheContainerMadeOfAnAmbiguousPathCountsToo() {
        MockHttpServletRequest request = request("", "/a;b");
        request.setServletPath("/files");
        assertThat(paths.mayInclude(request)).isTrue();
        request.setServletPath("/api");
        request.setPathInfo("/v1/x");
        assertThat(paths.mayInclude(request)).isTrue();
    }

    @Test
    void allPathsAreGuardedWhereThePropertySaysSo() {
        for (String all : new String[] {"/*", "/**"}) {
            GuardedPaths each = new GuardedPaths(List.of(all));
            for (String path : new String[] {"/", "/x", "/x/../y", "/x;a"}) {
                assertThat(each.mayInclude(request("", path))).as(path).isTrue();
                assertThat(each.mayInclude(request("/app", "/app" + path)))
                        .as(path)
                        .isTrue();
            }
        }
    }
}
