//! Time as a trait, so that nothing below the edges reads a clock by itself.
