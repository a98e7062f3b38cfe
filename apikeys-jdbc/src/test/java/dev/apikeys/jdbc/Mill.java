package dev.apikeys.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import java.time.Duration;
import javax.sql.DataSource;

/** A process of its own that creates and uses keys until it is killed, and says what it has done. */
final class Mill {

    private static final int BETWEEN_FLUSHES = 5;

    private Mill() {}

    /**
     * Runs for ever. Prints a line for each thing: {@code first <secret>}; {@code key <secret> <ticket>} once a key was
     * created; {@code using} before the first key is verified; {@code flushed <n>} once n uses were written.
     *
     * @param arguments a URL
     */
    public static void main(String[] arguments) {
        HikariConfig configuration = new HikariConfig();
        configuration.setJdbcUrl(arguments[0]);
        configuration.setMaximumPoolSize(2);
        DataSource pool = new HikariDataSource(configuration);
        ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(pool))
                .handOff(JdbcTempKeyStore.create(pool))
                .maintainedByHost()
                .build();
        KeySpec spec = KeySpec.builder("mill")
                .role("read_only")
                .handOff(Duration.ofMinutes(10))
                .build();
        String first = keys.create(spec).secret().reveal();
        say("first " + first);
        for (int used = 1; ; used++) {
            CreatedKey key = keys.create(spec);
            say("key " + key.secret().reveal() + " "
                    + key.handOff().orElseThrow().ticket().reveal());
            say("using");
            keys.verify(first);
            if (used % BETWEEN_FLUSHES == 0) {
                keys.maintain();
                say("flushed " + used);
            }
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
