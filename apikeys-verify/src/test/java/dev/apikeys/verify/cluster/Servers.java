package dev.apikeys.verify.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Kinds of servers that tests start, from where the packages of Debian install them. */
enum Servers {
    /** MariaDB with Galera. */
    GALERA(
            "galera",
            "mysql",
            "mariadb-server, galera-4, rsync, socat, lsof",
            "/usr/sbin/mariadbd",
            "/usr/bin/mariadb-install-db",
            "/usr/lib/galera/libgalera_smm.so",
            "/usr/bin/rsync",
            "/usr/bin/socat",
            "/usr/bin/lsof"),
    /** PostgreSQL with a standby, and pgbouncer. */
    STANDBY(
            "standby",
            "postgres",
            "postgresql-15, pgbouncer",
            "/usr/lib/postgresql/15/bin/initdb",
            "/usr/lib/postgresql/15/bin/postgres",
            "/usr/lib/postgresql/15/bin/pg_ctl",
            "/usr/lib/postgresql/15/bin/pg_basebackup",
            "/usr/sbin/pgbouncer");

    private final String name;
    private final String user;
    private final String packages;
    private final List<Path> programs;

    Servers(String name, String user, String packages, String... programs) {
        this.name = name;
        this.user = user;
        this.packages = packages;
        this.programs = Stream.of(programs).map(Path::of).toList();
    }

    /** The user of the package, for tests that run as root: these servers refuse it, or fail later. */
    String user() {
        return user;
    }

    String packages() {
        return packages;
    }

    List<Path> missing() {
        return programs.stream().filter(program -> !Files.exists(program)).toList();
    }

    /** Says whether the tests must not be skipped: named by the system property, one of several with commas between. */
    boolean required() {
        return Arrays.asList(System.getProperty("apikeys.require", "").split(","))
                .contains(name);
    }

    /**
     * Makes an empty directory that belongs to the user of the servers.
     *
     * @throws IllegalStateException if a program is missing
     */
    Path directory() {
        if (!missing().isEmpty()) {
            throw new IllegalStateException("Not installed: " + missing() + "; it is in the packages " + packages);
        }
        return ServerProcess.directory(name, user);
    }
}
