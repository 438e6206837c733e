package io.fairlead.systemtests.kubernetes;

import java.util.List;

/// A manifest that an API server would refuse, or would not take as it is meant.
final class ManifestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    ManifestException(List<String> faults) {
        super(String.join("\n", faults));
    }
}
