package io.fairlead.testcontainers;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.testcontainers.utility.DockerImageName;

class FairleadContainerSettingsTests {
    @Test
    void anotherImageHasToSayThatItIsAGateway() {
        DockerImageName image = DockerImageName.parse("registry.example/gateway:1");

        assertThatThrownBy(() -> new FairleadContainer(image)).hasMessageContaining("asCompatibleSubstituteFor");
        assertThatNoException()
                .isThrownBy(() -> new FairleadContainer(image.asCompatibleSubstituteFor("fairlead/gateway")));
    }

    @Test
    void aSettingIsAKeyAndAValue() {
        FairleadContainer fairlead = new FairleadContainer();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> fairlead.withListener("meters", "lf"))
                .withMessage("setting of listener meters: 'lf' (expected: key=value, as in framing=lf)");
    }

    @Test
    void anUnknownListenerIsSaidWithThoseThatThereAre() {
        FairleadContainer fairlead = new FairleadContainer().withListener("meters", "framing=lf", "call=a/b");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> fairlead.getListenerPort("meter"))
                .withMessage("listener: meter (expected: one of [iso8583, lines, meters, mllp, native])");
    }
}
