//! Schemas of providers, resources and data sources, and the pure rules of their types.
