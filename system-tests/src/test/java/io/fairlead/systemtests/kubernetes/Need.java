package io.fairlead.systemtests.kubernetes;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

/// What tests need of the machine. Where it is missing they are skipped with one line, or fail where
/// FAIRLEAD_REQUIRE_CONTAINERS=true says that it must be there.
final class Need {
    private static final boolean REQUIRED = Boolean.parseBoolean(System.getenv("FAIRLEAD_REQUIRE_CONTAINERS"));

    private Need() {}

    /// @param missing what is missing and what to do about it
    static void that(boolean present, String missing) {
        if (present) {
            return;
        }
        if (REQUIRED) {
            fail(missing);
        }
        System.err.println("Skipped: " + missing);
        abort(missing);
    }
}
