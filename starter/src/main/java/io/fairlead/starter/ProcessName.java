package io.fairlead.starter;

/// Name of this process in logs, on screens and in the registry; a bean, so that every part uses the same.
///
/// @param value 1 to 128 characters, unique in the fleet
/// @since 0.1
public record ProcessName(String value) {
    @Override
    public String toString() {
        return value;
    }
}
