package dev.apikeys.http.page;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Takes the pictures of the guides. No test runs it by itself:
 * {@code mvn -pl apikeys-http -am test -Dtest=PageScreenshots -Dsurefire.failIfNoSpecifiedTests=false}.
 */
@InBrowser
class PageScreenshots {
    private static final Path GUIDES = Path.of("../docs/admin");

    @ParameterizedTest
    @EnumSource(names = {"LIST", "CREATE", "SHOW_ONCE"})
    void aPictureIsTaken(Screen screen, Script server, Tab page) throws IOException {
        Screen.sampleList(server);
        screen.show(server, page.size(1280, 600));
        Path picture = GUIDES.resolve(screen.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".png");
        Files.createDirectories(GUIDES);
        Files.write(picture, page.screenshot());
    }
}
