package io.fairlead.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.v25.message.ACK;
import ca.uhn.hl7v2.model.v25.message.ADT_A01;
import ca.uhn.hl7v2.util.idgenerator.InMemoryIDGenerator;
import io.fairlead.client.FairleadClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Clients that know nothing of us, against the gateway's default listeners and the reference worker; and two
/// of our own that do.
@ExtendWith(Suite.Extension.class)
class ForeignClientsIT {
    private static final String LOOPBACK = "127.0.0.1";

    private final Gateway gateway;

    ForeignClientsIT(Suite suite) {
        gateway = suite.gateway();
    }

    @Test
    void netcatGetsItsLine() throws Exception {
        assumeTrue(isOnPath("nc"), "nc is not installed: install netcat-openbsd");
        String lines = Integer.toString(gateway.port("lines"));
        // -N ends the input after the last byte; -q1 goes after a second, with or without the reply, which the first
        // call
        // of a worker on a busy machine may take longer for.
        assertThat(run("hello\nworld\n", "nc", "-N", LOOPBACK, lines)).isEqualTo("HELLO\nWORLD\n");
        await().untilAsserted(() ->
                assertThat(run("hello\n", "nc", "-q1", LOOPBACK, lines)).isEqualTo("HELLO\n"));
    }

    @Test
    void hapiSendsAnAdmissionAndGetsItsAcknowledgment() throws Exception {
        try (DefaultHapiContext hapi = new DefaultHapiContext()) {
            // HAPI's own counts in a file of the working directory.
            hapi.getParserConfiguration().setIdGenerator(new InMemoryIDGenerator());
            Connection connection = hapi.newClient(LOOPBACK, gateway.port("mllp"), false);
            try {
                for (String controlId : List.of("A-1", "A-2", "A-3")) {
                    Message reply = connection.getInitiator().sendAndReceive(admission(hapi, controlId));
                    assertThat(reply).isInstanceOf(ACK.class);
                    ACK ack = (ACK) reply;
                    assertThat(ack.getMSA().getAcknowledgmentCode().getValue()).isEqualTo("AA");
                    assertThat(ack.getMSA().getMessageControlID().getValue()).isEqualTo(controlId);
                }
            } finally {
                connection.close();
            }
        }
    }

    private static ADT_A01 admission(DefaultHapiContext hapi, String controlId) throws HL7Exception, IOException {
        ADT_A01 admission = hapi.newMessage(ADT_A01.class);
        admission.initQuickstart("ADT", "A01", "P");
        admission.getMSH().getMessageControlID().setValue(controlId);
        admission.getPID().getPatientName(0).getFamilyName().getSurname().setValue("Doe");
        return admission;
    }

    @Test
    void aCardTerminalGetsItsAuthorization() throws IOException {
        try (ForeignClient terminal = new ForeignClient(gateway.port("iso8583"), ClientFraming.LENGTH2)) {
            assertThat(Iso8583.response(terminal.call(Iso8583.authorization(77, 1_999))))
                    .isEqualTo(new Iso8583.Response(0x110, 77, 1_999, "00", "TERM0001"));
        }
    }

    @Test
    void ourClientCallsANativeListener() {
        try (FairleadClient client = FairleadClient.connect(LOOPBACK + ":" + gateway.port("native"))) {
            assertThat(client.call("echo/upper", "hello".getBytes(UTF_8))).isEqualTo("HELLO".getBytes(UTF_8));
        }
    }

    @Test
    void theExampleInPythonCallsANativeListener() throws Exception {
        assumeTrue(isOnPath("python3"), "python3 is not installed");
        String client = Cluster.root()
                .resolve(Path.of("examples", "python", "fairlead.py"))
                .toString();
        String port = Integer.toString(gateway.port("native"));
        assertThat(run("", "python3", client, LOOPBACK, port, "echo/upper", "hello"))
                .isEqualTo("HELLO\n");
    }

    private static String run(String input, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            process.getOutputStream().write(input.getBytes(UTF_8));
            process.getOutputStream().close();
            assertThat(process.waitFor(30, TimeUnit.SECONDS))
                    .as("%s ends", command[0])
                    .isTrue();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.exitValue()).as("exit code of %s", command[0]).isZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    private static boolean isOnPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
