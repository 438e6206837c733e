package io.fairlead.cli.demo;

import io.fairlead.cli.suite.AdminSite;
import io.fairlead.cli.suite.GatewayAddress;
import java.io.Closeable;
import java.util.List;

/// The suite that a demonstration sends its traffic through, and what can be done to it. Closed when the
/// demonstration is over, however it ended.
public interface DemoSuite extends Closeable {
    /// Returns when all gateways take calls.
    ///
    /// @throws io.fairlead.cli.suite.SuiteException if they do not in time
    List<GatewayAddress> awaitReady() throws InterruptedException;

    /// Those to ask for the books.
    List<AdminSite> admins();

    /// Does to it what is due.
    ///
    /// @param share of the traffic's time that is over, 0 to 1
    /// @param underWay messages that have no answer at the moment
    void at(double share, long underWay) throws InterruptedException;

    /// What was done, in that order.
    List<DemoReport.Fault> faults();

    /// Mends what was broken, so that gateways deliver what they have acknowledged.
    void mend() throws InterruptedException;

    /// What helps whom the result does not please, in lines.
    List<String> hints();
}
