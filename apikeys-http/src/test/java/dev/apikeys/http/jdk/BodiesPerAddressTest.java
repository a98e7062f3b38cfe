package dev.apikeys.http.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BodiesPerAddressTest {

    private static long shared(String one, String other) {
        return LongStream.range(0, 100)
                .filter(seed -> slot(seed, one) == slot(seed, other))
                .count();
    }

    private static int slot(long seed, String address) {
        try {
            return new BodiesPerAddress(1, seed).slot(InetAddress.getByName(address));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Test
    void noAddressSharesTheSlotOfAGivenOneWhateverTheSeed() {
        assertThat(shared("203.0.113.40", "203.0.114.9")).isLessThan(3);
        assertThat(shared("203.0.113.40", "203.0.113.41")).isLessThan(3);
        assertThat(shared("2001:db8:0:1::1", "2001:db8:0:2::1")).isLessThan(3);
    }

    @Test
    void aNetworkOf64BitsIsOneAddress() {
        assertThat(shared("2001:db8:0:1::1", "2001:db8:0:1:ffff::2")).isEqualTo(100);
    }
}
