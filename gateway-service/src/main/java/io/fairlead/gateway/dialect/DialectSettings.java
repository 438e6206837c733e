package io.fairlead.gateway.dialect;

import java.util.Objects;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What a listener's settings say about its dialect.
///
/// @param name a name that [Dialects#names()] has
/// @param template for `text`: the answer to a refused message, with `{code}`, `{reason}` and `{service}`
///     filled in
/// @param ackTemplate for `text`: the answer to a durable message that was kept, with `{id}` filled in
/// @param iso8583 for `iso8583`: how the messages are laid out
public record DialectSettings(
        @DefaultValue("none") String name,
        @DefaultValue(TextDialect.DEFAULT_TEMPLATE) String template,
        @DefaultValue(TextDialect.DEFAULT_ACK_TEMPLATE) String ackTemplate,
        @DefaultValue Iso8583Settings iso8583) {

    /// Checks that all parts are there.
    public DialectSettings {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(template, "template");
        Objects.requireNonNull(ackTemplate, "ackTemplate");
        Objects.requireNonNull(iso8583, "iso8583");
    }

    /// A dialect with the defaults of its settings.
    public static DialectSettings of(String name) {
        return new DialectSettings(
                name, TextDialect.DEFAULT_TEMPLATE, TextDialect.DEFAULT_ACK_TEMPLATE, Iso8583Settings.defaults());
    }
}
