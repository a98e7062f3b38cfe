package starts;

import java.util.List;

/**
 * One way to start the service. Of any two choices each pair is among the six, by a covering array of strength two.
 *
 * @param boot the version of Spring Boot, 3 or 4
 * @param java the version of Java, 17 or 25
 * @param database which keeps the keys
 * @param hasFlyway whether Flyway makes the tables, or the service in its own way
 * @param hasSecurity whether Spring Security is on the class path
 * @param hasActuator whether Actuator is on the class path
 */
record Start(int boot, int java, Database.Kind database, boolean hasFlyway, boolean hasSecurity, boolean hasActuator) {

    static List<Start> all() {
        return List.of(
                new Start(3, 17, Database.Kind.POSTGRESQL, true, true, true),
                new Start(3, 25, Database.Kind.H2, false, false, true),
                new Start(3, 17, Database.Kind.H2, true, false, false),
                new Start(4, 17, Database.Kind.POSTGRESQL, false, true, false),
                new Start(4, 25, Database.Kind.H2, true, true, false),
                new Start(4, 25, Database.Kind.POSTGRESQL, false, false, true));
    }

    /** Whether a jar is on the class path. */
    boolean takes(String jar) {
        return (hasSecurity || !jar.contains("security"))
                && (hasFlyway || !jar.contains("flyway"))
                && (hasActuator || !jar.matches(".*(actuator|boot-health|micrometer-(core|jakarta|metrics)).*"));
    }

    @Override
    public String toString() {
        return "Boot " + boot + ", Java " + java + ", " + database
                + (hasFlyway ? ", Flyway" : ", own tables")
                + (hasSecurity ? ", Security" : "")
                + (hasActuator ? ", Actuator" : "");
    }
}
