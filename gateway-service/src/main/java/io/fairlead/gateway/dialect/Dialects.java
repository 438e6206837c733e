package io.fairlead.gateway.dialect;

import java.time.Clock;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The dialects by name: those that come with the gateway and those that a user added. Immutable and
/// thread-safe.
public final class Dialects {

    private static final String HL7 = "hl7";
    private static final String ISO8583 = "iso8583";
    private static final String TEXT = "text";
    private static final String NONE = "none";

    private final Clock clock;
    private final Map<String, Dialect> customByName = new TreeMap<>();
    private final SortedSet<String> names = new TreeSet<>(List.of(HL7, ISO8583, TEXT, NONE));

    /// The dialects that come with the gateway.
    ///
    /// @param clock gives the answers' times, in its zone
    public Dialects(Clock clock) {
        this(clock, List.of());
    }

    /// @param clock gives the answers' times, in its zone
    /// @param custom dialects of the user's own
    /// @throws IllegalArgumentException if one has a name that is taken
    public Dialects(Clock clock, Collection<? extends Dialect> custom) {
        this.clock = clock;
        for (Dialect dialect : custom) {
            String name = dialect.name();
            if (!names.add(name)) {
                throw new IllegalArgumentException("dialect: name '" + name + "' of "
                        + dialect.getClass().getName() + " is taken (expected: none of " + names
                        + "): give it another name");
            }
            customByName.put(name, dialect);
        }
    }

    /// Names that [#of] knows, sorted.
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(names);
    }

    /// The dialect that the settings ask for.
    ///
    /// @throws IllegalArgumentException if the name is not known or its settings are wrong; the message says
    ///     what is possible
    public Dialect of(DialectSettings settings) {
        return switch (settings.name()) {
            case HL7 -> new Hl7Dialect(clock);
            case ISO8583 -> new Iso8583Dialect(settings.iso8583());
            case TEXT -> new TextDialect(settings.template(), settings.ackTemplate());
            case NONE -> new NoDialect();
            default -> custom(settings.name());
        };
    }

    /// As [#of], for a listener that takes durable messages.
    ///
    /// @throws IllegalArgumentException also if the dialect cannot acknowledge
    public Dialect acknowledging(DialectSettings settings) {
        Dialect dialect = of(settings);
        if (!dialect.acknowledges()) {
            throw new IllegalArgumentException("dialect: '" + dialect.name()
                    + "' cannot acknowledge durable messages (expected: hl7, iso8583, text or a Dialect bean whose"
                    + " acknowledges() is true): choose the one that the clients speak, or bind the listener to a"
                    + " method with call instead of send");
        }
        return dialect;
    }

    private Dialect custom(String name) {
        Dialect dialect = customByName.get(name);
        if (dialect == null) {
            throw new IllegalArgumentException("dialect: '" + name + "' is not known (expected: one of " + names
                    + "): correct the name or add a Dialect bean that has it");
        }
        return dialect;
    }
}
