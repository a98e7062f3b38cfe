package dev.apikeys.verify.races;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Rotation;
import dev.apikeys.Verification.Code;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What was taken away is gone for every verification that begins after the call returned, whoever verifies meanwhile. */
class VerificationRacesTest {
    private static final Access UPLOAD = Access.permission("upload");
    private static final Access POST = Access.resource("/files/a", "POST");

    /** What a verification said that was under way together with the call. */
    enum Meanwhile {
        GRANTED,
        REFUSED
    }

    /** A way to take something away, and what verifications say from then on. */
    enum Taking {
        REVOKE(UPLOAD, Code.REVOKED) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.left().revoke(key.id(), "leaked");
            }
        },
        REVOKE_ALL(UPLOAD, Code.REVOKED) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.left().revokeAll(KeyQuery.all().owner(key.key().owner()), "leaked");
            }
        },
        DISABLE(UPLOAD, Code.DISABLED) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.left().disable(key.id());
            }
        },
        DELETE(UPLOAD, Code.UNKNOWN) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.left().delete(key.id());
            }
        },
        ROTATE(UPLOAD, Code.REVOKED) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.left().rotate(key.id(), Rotation.immediate());
            }
        },
        NARROW(UPLOAD, Code.INSUFFICIENT_PERMISSIONS) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.left().update(key.id(), READ_ONLY);
            }
        },
        NARROW_AGAINST_AUTHORIZER(POST, Code.INSUFFICIENT_PERMISSIONS) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.left().update(key.id(), READ_ONLY);
            }
        },
        RELOAD_POLICY(POST, Code.INSUFFICIENT_PERMISSIONS) {
            @Override
            void from(CreatedKey key, Nodes nodes) {
                nodes.authorizer().reload("p, read, /files/*, GET, allow");
            }
        };

        private static final KeyUpdate READ_ONLY =
                KeyUpdate.builder().permissions(Set.of("read")).build();

        private final Access access;
        private final Code refusal;

        Taking(Access access, Code refusal) {
            this.access = access;
            this.refusal = refusal;
        }

        abstract void from(CreatedKey key, Nodes nodes);
    }

    @ParameterizedTest
    @EnumSource
    void whatWasTakenIsNotGrantedOnTheSameNode(Taking taking) {
        race(Nodes.Kind.ONE_IN_MEMORY, taking);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "RELOAD_POLICY")
    void whatWasTakenIsNotGrantedOnAnotherNodeOnceItsCacheIsTooOld(Taking taking) {
        race(Nodes.Kind.TWO_ON_POSTGRESQL, taking);
    }

    /** When the call is under way that takes something. */
    private static final class Moment {
        volatile boolean begun;
        volatile boolean ended;
    }

    private static void race(Nodes.Kind kind, Taking taking) {
        Nodes.race(kind, Meanwhile.class, (nodes, start) -> {
            nodes.authorizer().reload(Nodes.POLICY);
            CreatedKey key = nodes.left()
                    .create(KeySpec.builder("race")
                            .owner("round " + KeyId.random())
                            .role("read_upload")
                            .build());
            String secret = key.secret().reveal();
            if (start.coin()) {
                assertThat(nodes.right().verify(secret, taking.access).code()).isEqualTo(Code.VALID);
            }
            Moment moment = new Moment();
            boolean first = start.coin();
            Callable<@Nullable Meanwhile> verifying = () -> verifyUntilTaken(nodes, secret, taking, moment, first);
            Callable<@Nullable Meanwhile> takingAway = () -> {
                moment.begun = true;
                try {
                    taking.from(key, nodes);
                } finally {
                    moment.ended = true;
                }
                return null;
            };

            Meanwhile meanwhile =
                    start.all(List.of(takingAway, verifying, verifying)).get(1);

            assertThat(nodes.left().verify(secret, taking.access).code()).isEqualTo(taking.refusal);
            nodes.letTheOtherHear();
            assertThat(nodes.right().verify(secret, taking.access).code()).isEqualTo(taking.refusal);
            nodes.left().delete(key.id());
            return meanwhile;
        });
    }

    /** Gives the first or the last answer to a verification that was under way together with the call, or null. */
    private static @Nullable Meanwhile verifyUntilTaken(
            Nodes nodes, String secret, Taking taking, Moment moment, boolean first) {
        for (Meanwhile meanwhile = null; ; ) {
            boolean over = moment.ended;
            nodes.letTheOtherHear();
            Code code = nodes.right().verify(secret, taking.access).code();
            if (over) {
                assertThat(code).isEqualTo(taking.refusal);
                return meanwhile;
            }
            assertThat(code).isIn(Code.VALID, taking.refusal);
            if (moment.begun && !(first && meanwhile != null)) {
                meanwhile = code == Code.VALID ? Meanwhile.GRANTED : Meanwhile.REFUSED;
            }
        }
    }
}
