package io.fairlead.gateway.key;

/// The text of one expression while it is read, from its kind on, and what is wrong with it. Confined to a
/// thread.
final class KeyText {
    private final String setting;
    private final String text;
    private final String example;
    private int at;

    /// @param setting where the text stands, for messages
    /// @param at index of the first character to be read
    /// @param example of an expression of the kind
    KeyText(String setting, String text, int at, String example) {
        this.setting = setting;
        this.text = text;
        this.at = at;
        this.example = example;
    }

    int at() {
        return at;
    }

    boolean atEnd() {
        return at == text.length();
    }

    boolean skip(String expected) {
        boolean there = text.startsWith(expected, at);
        if (there) {
            at += expected.length();
        }
        return there;
    }

    void expect(char c, String expected) {
        if (!skip(String.valueOf(c))) {
            throw wrong(at, expected);
        }
    }

    void end(String expected) {
        if (!atEnd()) {
            throw wrong(at, expected);
        }
    }

    int number(String what, int min, int max) {
        int start = at;
        while (!atEnd() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        int digits = at - start;
        // A number of more digits is above every bound, and might not be an int.
        int number = digits == 0 || digits > 8 ? -1 : Integer.parseInt(text.substring(start, at));
        if (number < min || number > max) {
            throw wrong(start, what + ", " + min + " to " + max);
        }
        return number;
    }

    String segmentName() {
        int start = at;
        at = Math.min(text.length(), at + 3);
        String name = text.substring(start, at);
        if (!name.matches("[A-Z][A-Z0-9]{2}")) {
            throw wrong(start, "the name of a segment, three capital letters or digits");
        }
        return name;
    }

    /// What stands before the last such character; goes on behind it.
    String upToLast(char c, String expected) {
        int end = text.lastIndexOf(c);
        if (end < at) {
            throw wrong(text.length(), expected);
        }
        String part = text.substring(at, end);
        at = end + 1;
        return part;
    }

    String rest() {
        String rest = text.substring(at);
        at = text.length();
        return rest;
    }

    /// @param index of the character that is wrong
    IllegalArgumentException wrong(int index, String expected) {
        String found = index >= text.length() ? "" : " ('" + text.charAt(index) + "')";
        return new IllegalArgumentException(setting + ": '" + text + "' is wrong at character " + (index + 1) + found
                + " (expected: " + expected + "; for example " + example + "): correct it");
    }
}
