//! Attributes and nested blocks, with a builder that reads like the provider's documentation.

use crate::value::{Name, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an attribute accepts and who sets it.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// Must be written.
    pub required: bool,
    /// May be written.
    pub optional: bool,
    /// Set by the provider where it is not written.
    pub computed: bool,
    /// Always masked.
    pub sensitive: bool,
    /// Given to the provider, never stored.
    pub write_only: bool,
    /// A change replaces the object.
    pub force_new: bool,
    /// A `list(object)`/`set(object)` that may also be written as repeated blocks; members left
    /// out are null in the configuration and zero values in the state.
    pub as_blocks: bool,
    /// Value when nothing is written (provider default, not the API's).
    pub default: Option<Value>,
    /// Shown where it is used.
    pub deprecated: Option<Name>,
    /// In the provider's schema, but using it is an error "not supported yet".
    pub unsupported: bool,
    /// Moves by itself all the time (a clock): a change of nothing else is no change.
    pub volatile: bool,
}

/// An attribute of any type; the start of the builder.
#[must_use]
pub fn of(ty: Type) -> Attribute {
    Attribute {
        ty,
        required: false,
        optional: false,
        computed: false,
        sensitive: false,
        write_only: false,
        force_new: false,
        as_blocks: false,
        default: None,
        deprecated: None,
        unsupported: false,
        volatile: false,
    }
}
/// A string attribute.
#[must_use]
pub fn string() -> Attribute {
    of(Type::String)
}
/// A number attribute.
#[must_use]
pub fn number() -> Attribute {
    of(Type::Number)
}
/// A bool attribute.
#[must_use]
pub fn boolean() -> Attribute {
    of(Type::Bool)
}
/// A `list(elem)` attribute.
#[must_use]
pub fn list_of(elem: Type) -> Attribute {
    of(Type::list(elem))
}
/// A `set(elem)` attribute.
#[must_use]
pub fn set_of(elem: Type) -> Attribute {
    of(Type::set(elem))
}
/// A `map(elem)` attribute.
#[must_use]
pub fn map_of(elem: Type) -> Attribute {
    of(Type::map(elem))
}

impl Attribute {
    /// Must be written.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// May be written.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
    /// Set by the provider where not written.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self
    }
    /// A change replaces the object.
    #[must_use]
    pub fn force_new(mut self) -> Self {
        self.force_new = true;
        self
    }
    /// Always masked.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
    /// Given to the provider, never stored.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }
    /// May be written as repeated blocks.
    #[must_use]
    pub fn as_blocks(mut self) -> Self {
        self.as_blocks = true;
        self
    }
    /// Value when nothing is written.
    #[must_use]
    pub fn default(mut self, value: Value) -> Self {
        self.default = Some(value);
        self
    }
    /// Shown where it is used.
    #[must_use]
    pub fn deprecated(mut self, message: &str) -> Self {
        self.deprecated = Some(message.into());
        self
    }
    /// Known to the provider's schema, not handled here yet.
    #[must_use]
    pub fn unsupported(mut self) -> Self {
        self.unsupported = true;
        self
    }
    /// Moves by itself all the time.
    #[must_use]
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }
}

/// How a nested block repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most one; the value is the object or null.
    Single,
    /// Ordered; the value is a list of objects.
    List,
    /// Unordered; the value is a set of objects.
    Set,
}

/// A nested block type.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// How it repeats.
    pub nesting: Nesting,
    /// Fewest.
    pub min: usize,
    /// Most; 0 is no limit.
    pub max: usize,
    /// Optional and computed as a whole: when none is written, the prior ones stay.
    pub computed: bool,
    /// Any change inside replaces the object.
    pub force_new: bool,
    /// In the provider's schema, but using it is an error "not supported yet".
    pub unsupported: bool,
    /// What is inside.
    pub block: Arc<BlockSchema>,
}

/// Attributes and blocks of a body.
#[derive(Clone, Debug, Default)]
pub struct BlockSchema {
    /// By name.
    pub attrs: BTreeMap<Name, Attribute>,
    /// By type.
    pub blocks: BTreeMap<Name, NestedBlock>,
}

impl BlockSchema {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds an attribute.
    #[must_use]
    pub fn attr(mut self, name: &str, attribute: Attribute) -> Self {
        self.attrs.insert(name.into(), attribute);
        self
    }
    /// Adds a nested block type.
    #[must_use]
    pub fn block(mut self, name: &str, block: NestedBlock) -> Self {
        self.blocks.insert(name.into(), block);
        self
    }
    /// This body as a block that occurs at most once, held as an object.
    #[must_use]
    pub fn single(self) -> NestedBlock {
        self.nested(Nesting::Single, 0, 1)
    }
    /// This body as an ordered block; `max` 0 is no limit.
    #[must_use]
    pub fn list(self, min: usize, max: usize) -> NestedBlock {
        self.nested(Nesting::List, min, max)
    }
    /// This body as an unordered block; `max` 0 is no limit.
    #[must_use]
    pub fn set(self, min: usize, max: usize) -> NestedBlock {
        self.nested(Nesting::Set, min, max)
    }
    fn nested(self, nesting: Nesting, min: usize, max: usize) -> NestedBlock {
        let block = Arc::new(self);
        NestedBlock { nesting, min, max, computed: false, force_new: false, unsupported: false, block }
    }

    /// The type of values that conform to this schema: an object of all attributes and blocks.
    #[must_use]
    pub fn ty(&self) -> Type {
        let attrs = self.attrs.iter().map(|(n, a)| (n.clone(), a.ty.clone()));
        let blocks = self.blocks.iter().map(|(n, b)| {
            let inner = b.block.ty();
            let ty = match b.nesting {
                Nesting::Single => inner,
                Nesting::List => Type::list(inner),
                Nesting::Set => Type::set(inner),
            };
            (n.clone(), ty)
        });
        Type::object(attrs.chain(blocks))
    }
}

impl NestedBlock {
    /// Optional and computed as a whole.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self
    }
    /// Any change inside replaces the object.
    #[must_use]
    pub fn force_new(mut self) -> Self {
        self.force_new = true;
        self
    }
    /// Known to the provider's schema, not handled here yet.
    #[must_use]
    pub fn unsupported(mut self) -> Self {
        self.unsupported = true;
        self
    }
}
