package io.fairlead.benchmarks.load;

import com.sun.tools.attach.VirtualMachine;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// Prints how many bytes all threads of other JVMs have allocated since their start, those that have ended included.
///
///     AllocatedBytes PID...
final class AllocatedBytes {
    private AllocatedBytes() {}

    public static void main(String[] args) throws Exception {
        for (String pid : args) {
            IO.println(pid + " " + of(pid));
        }
    }

    /// Asking starts the management agent of the other JVM, which stays.
    @SuppressWarnings("BanJNDI") // of a process that the rig has started, on this machine
    private static long of(String pid) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(pid);
        try (JMXConnector connector =
                JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()))) {
            return (long) connector
                    .getMBeanServerConnection()
                    .getAttribute(new ObjectName("java.lang:type=Threading"), "TotalThreadAllocatedBytes");
        } finally {
            machine.detach();
        }
    }
}
