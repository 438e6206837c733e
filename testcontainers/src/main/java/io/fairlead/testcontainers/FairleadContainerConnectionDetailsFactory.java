package io.fairlead.testcontainers;

import io.fairlead.testcontainers.FairleadContainerConnectionDetailsFactory.Details;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionSource;

/// Hands a [FairleadContainer] that has `@ServiceConnection` to the application's context.
final class FairleadContainerConnectionDetailsFactory
        extends ContainerConnectionDetailsFactory<FairleadContainer, Details> {

    @Override
    protected Details getContainerConnectionDetails(ContainerConnectionSource<FairleadContainer> source) {
        return new Details(source);
    }

    /// The container, as a bean.
    static final class Details extends ContainerConnectionDetails<FairleadContainer> {
        private Details(ContainerConnectionSource<FairleadContainer> source) {
            super(source);
        }

        FairleadContainer container() {
            return getContainer();
        }
    }
}
