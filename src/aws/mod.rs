//! The AWS edge: clients, errors, waiters, resource types, data sources, the S3 store.
