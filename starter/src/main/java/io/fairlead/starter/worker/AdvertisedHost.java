package io.fairlead.starter.worker;

import io.fairlead.starter.FairleadStartException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// The host under which gateways reach this worker.
final class AdvertisedHost {
    private AdvertisedHost() {}

    /// @param configured wins if it is set
    /// @throws FairleadStartException if the bind address is a wildcard and this machine has no site-local address
    static String of(@Nullable String configured, String bindAddress) {
        if (configured != null && !configured.isBlank()) {
            return configured;
        }
        return isWildcard(bindAddress) ? siteLocal() : bindAddress;
    }

    private static boolean isWildcard(String bindAddress) {
        try {
            return InetAddress.getByName(bindAddress).isAnyLocalAddress();
        } catch (UnknownHostException e) {
            throw new FairleadStartException(
                    "fairlead.worker.bind-address: " + bindAddress + " is not known here (expected: an address of this"
                            + " machine, or 0.0.0.0)",
                    "Change the value of fairlead.worker.bind-address.",
                    e);
        }
    }

    private static String siteLocal() {
        try {
            return NetworkInterface.networkInterfaces()
                    .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(InetAddress::isSiteLocalAddress)
                    .map(InetAddress::getHostAddress)
                    .findFirst()
                    .orElseThrow(AdvertisedHost::none);
        } catch (SocketException e) {
            throw none();
        }
    }

    private static FairleadStartException none() {
        return new FairleadStartException(
                "fairlead.worker.advertised-host: not set, and this machine has no site-local address to take instead"
                        + " (expected: the host under which gateways reach this worker)",
                "Set fairlead.worker.advertised-host.");
    }
}
