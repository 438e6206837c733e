package io.fairlead.benchmarks.load;

import java.lang.System.Logger.Level;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Places for messages in flight where one thread sends and another hears of acknowledgements.
public final class Window {
    private static final System.Logger LOG = System.getLogger(Window.class.getName());

    private final Semaphore places;
    private final int size;

    public Window(int size) {
        this.size = size;
        places = new Semaphore(size);
    }

    /// Calls `send` for each place that is or becomes free until the measurement is over, then waits for those in
    /// flight.
    public void run(Measurement measurement, Sending send) throws Exception {
        while (!measurement.isOver()) {
            if (places.tryAcquire(50, TimeUnit.MILLISECONDS)) {
                send.send();
            }
        }
        if (!places.tryAcquire(size, Measurement.DRAIN_SECONDS, TimeUnit.SECONDS)) {
            LOG.log(Level.WARNING, "Not all messages were answered within {0} s", Measurement.DRAIN_SECONDS);
        }
    }

    /// A message has been answered.
    public void free() {
        places.release();
    }

    /// Sends one message.
    public interface Sending {
        void send() throws Exception;
    }
}
