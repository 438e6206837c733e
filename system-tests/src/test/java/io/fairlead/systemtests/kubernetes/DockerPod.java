package io.fairlead.systemtests.kubernetes;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A pod of one container as Docker starts it.
///
/// @param name its stable name, or one as a Deployment would give it
/// @param component what it is: gateway, registry, worker, database
/// @param ip its address, known before it runs
/// @param options of `docker run`
/// @param arguments behind the image's name
/// @param volumes to be made before
record DockerPod(
        String name,
        String component,
        String ip,
        String image,
        List<String> options,
        List<String> arguments,
        List<Volume> volumes,
        Map<String, ProbePlan> probes) {

    /// The same with further options.
    DockerPod with(List<String> more) {
        List<String> all = Stream.concat(options.stream(), more.stream()).toList();
        return new DockerPod(name, component, ip, image, all, arguments, volumes, probes);
    }

    /// A volume of Docker's.
    ///
    /// @param group whose members may read it, and write it if it is a claim
    /// @param files of a Secret or ConfigMap; empty = a claim
    /// @param mode of the files
    record Volume(String name, long group, Map<String, String> files, int mode) {
        boolean isClaim() {
            return files.isEmpty();
        }
    }

    /// How a pod is asked.
    ///
    /// @param path of an HTTP request; empty = a command is run
    /// @param seconds that it may take until it succeeds for the first time, asked as often as the manifest allows
    record ProbePlan(String path, int port, List<String> command, long seconds) {}
}
