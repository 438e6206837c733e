/// The registry's process: settings, the links of workers and gateways, and the calls they make.
///
/// Starting points: [RegistryServer] listens, [RegistryLoop] answers. Thread rule: the registry has one event loop.
/// All links live on it and all state is confined to it ([RegistryLoop] and what it holds), so there are no locks;
/// three thousand renewals a second, those of ten thousand instances, need a small part of one core. Other threads
/// (REST, metrics, health) ask [RegistryServer], which hands over to the loop or gives its latest immutable summary.
@NullMarked
package io.fairlead.registry;

import org.jspecify.annotations.NullMarked;
