//! Where an expression stands, and so what `each`, `count` and `self` are there.

/// What a place offers beyond the names of the module.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// The block has `for_each`.
    pub each: bool,
    /// The block has `count`.
    pub count: bool,
    /// The object itself is known by name.
    pub itself: bool,
}

impl Place {
    /// Inside a block that may be repeated.
    pub fn repeated(count: bool, for_each: bool) -> Place {
        Place { each: for_each, count, itself: false }
    }

    /// The same with `self`.
    pub fn with_self(self) -> Place {
        Place { itself: true, ..self }
    }
}
