package io.fairlead.cli;

import java.util.List;

/// Rows in columns.
final class Table {
    private Table() {}

    /// Columns of words.
    ///
    /// @param rows of the same length each; the first holds the headings
    static List<String> of(List<List<String>> rows) {
        return aligned(rows, false);
    }

    /// A first column of words and others of figures, which end below each other.
    static List<String> ofFigures(List<List<String>> rows) {
        return aligned(rows, true);
    }

    private static List<String> aligned(List<List<String>> rows, boolean figures) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream().map(row -> line(row, widths, figures)).toList();
    }

    private static String line(List<String> row, int[] widths, boolean figures) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String space = " ".repeat(widths[i] - row.get(i).length());
            line.append(figures && i > 0 ? space + row.get(i) : row.get(i) + space)
                    .append("  ");
        }
        return line.toString().stripTrailing();
    }
}
