package speed;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/** Starts a service as if Spring Security were not on its class path; its configurations have other names in each Boot. */
public final class SecurityLeftOut implements AutoConfigurationImportFilter, EnvironmentAware {
    static final String PROPERTY = "speed.security";

    private boolean isLeftOut;

    @Override
    public void setEnvironment(Environment environment) {
        isLeftOut = !environment.getProperty(PROPERTY, Boolean.class, true);
    }

    @Override
    public boolean[] match(String[] classes, AutoConfigurationMetadata metadata) {
        boolean[] kept = new boolean[classes.length];
        for (int i = 0; i < classes.length; i++) {
            kept[i] = !isLeftOut || classes[i] == null || !classes[i].contains(".security.");
        }
        return kept;
    }
}
