package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.apikeys.http.jdk.JdkServer;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BuildersTest {
    private final Keys keys = new Keys();

    @Test
    void aSetterIsCalledOnce() {
        Administrators administrators = Administrators.byApiKey(keys.manager);
        FailureLimit limit = FailureLimit.standard();
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
        Admin.Builder admin = Admin.builder(keys.manager);
        ApiKeyGuard.Builder guard = ApiKeyGuard.builder(keys.manager);
        JdkServer.Builder server = JdkServer.builder();
        for (ThrowingCallable set : List.<ThrowingCallable>of(
                () -> admin.path("/a"),
                () -> admin.administrators(administrators),
                () -> admin.failureLimit(limit),
                () -> admin.trustedOrigins("https://a.b"),
                () -> admin.claims(Claims.at("/claims", keys.manager, limit)),
                () -> admin.clock(InstantSource.system()),
                guard::byAuthorizer,
                () -> guard.realm("a"),
                () -> guard.failureLimit(limit),
                () -> server.address(address),
                () -> server.threads(1, 1))) {
            assertThatNoException().isThrownBy(set);
            assertThatIllegalStateException()
                    .isThrownBy(set)
                    .withMessageContaining("call each setter of a builder once");
        }
    }
}
