package io.fairlead.worker;

import io.fairlead.starter.Call;
import io.fairlead.starter.FairleadService;
import java.util.Locale;

/// Says what it hears.
@FairleadService("echo")
class Echo {
    @Call(idempotent = true)
    byte[] echo(byte[] payload) {
        return payload;
    }

    @Call(idempotent = true)
    String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }
}
