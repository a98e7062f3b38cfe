package dev.apikeys.verify.cluster;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests on servers that are not Maven artifacts. Without their programs they are skipped and say so, or fail under
 * {@code -Dapikeys.require=galera,standby}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("cluster")
@ExtendWith(NeedsServersCondition.class)
@interface NeedsServers {

    /** What is started. */
    Servers value();
}
