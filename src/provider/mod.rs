//! Contracts of providers: resource types, data sources, registry.
