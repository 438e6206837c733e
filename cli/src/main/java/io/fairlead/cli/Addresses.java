package io.fairlead.cli;

import io.fairlead.cli.demo.CardMessage;
import io.fairlead.cli.suite.Service;
import io.fairlead.cli.suite.SuiteProcess;
import java.util.ArrayList;
import java.util.List;

/// Where the listeners of a suite are, with a command to try each.
final class Addresses {
    private Addresses() {}

    static List<String> of(List<SuiteProcess> processes) {
        List<String> lines = new ArrayList<>();
        for (SuiteProcess process : processes) {
            lines.add("");
            lines.add(process.name());
            process.ports().forEach((name, port) -> lines.add(row(name, url(name, port), example(process, name))));
        }
        lines.add("");
        lines.add("./fairlead status shows what is going on, ./fairlead down ends it.");
        return lines;
    }

    private static String example(SuiteProcess process, String name) {
        int port = process.port(name);
        String nc = " | nc -q5 localhost " + port;
        return switch (name) {
            case "native" -> "./fairlead call --gateway localhost:" + port + " echo/upper hello";
            case "lines" -> "printf 'hello\\n'" + nc;
            case "iso8583" -> "printf '" + CardMessage.printfExample() + "'" + nc;
            case "mllp" ->
                "printf '\\013MSH|^~\\\\&|WARD|HOSPITAL|LAB|HOSPITAL|20260101120000||ADT^A01|1|P|2.5\\r"
                        + "PID|1||4711\\r\\034\\r'" + nc + " | tr '\\r' '\\n'";
            case "http" ->
                "curl -s -u admin localhost:" + port
                        + (process.service() == Service.GATEWAY ? "/admin/upstreams" : "/admin/instances");
            case "actuator" -> "curl -s localhost:" + port + "/actuator/health";
            default -> "";
        };
    }

    private static String url(String name, int port) {
        return (name.equals("http") || name.equals("actuator") ? "http://" : "") + "127.0.0.1:" + port;
    }

    private static String row(String name, String address, String example) {
        return ("  " + pad(name, 9) + " " + pad(address, 22) + " " + example).stripTrailing();
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
