/// The manifests in `k8s`, read strictly and started for real, as far as that goes without an API server.
///
/// Starting points: [Manifest] is one document of what kustomize makes of an overlay, [ManifestRules] says what must
/// hold between them; [PodTranslation] makes of a pod the command that lets Docker start it, [PodNetwork] runs it.
@NullMarked
package io.fairlead.systemtests.kubernetes;

import org.jspecify.annotations.NullMarked;
