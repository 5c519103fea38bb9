//! Contracts of state stores: lock, state, journal, records.
