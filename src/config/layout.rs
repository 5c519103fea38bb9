//! Which properties of `.tf.json` files are blocks, and which texts in them are references.
//!
//! What a type's schema decides is not listed: `lang` turns such arguments into blocks.

use crate::syntax::Layout;

/// The top level of a file.
pub(super) static FILE: Layout = Layout {
    blocks: &[
        ("terraform", 0, &TERRAFORM),
        ("provider", 1, &Layout::PLAIN),
        ("variable", 1, &VARIABLE),
        ("locals", 0, &Layout::PLAIN),
        ("output", 1, &OUTPUT),
        ("resource", 2, &RESOURCE),
        ("data", 2, &RESOURCE),
        ("ephemeral", 2, &RESOURCE),
        ("module", 1, &MODULE),
        ("moved", 0, &MOVED),
        ("removed", 0, &REMOVED),
        ("import", 0, &IMPORT),
        ("check", 1, &CHECK),
        ("environment", 0, &ENVIRONMENT),
        ("app", 1, &APP),
    ],
    ..Layout::PLAIN
};

static TERRAFORM: Layout = Layout {
    blocks: &[
        ("required_providers", 0, &REQUIRED_PROVIDERS),
        ("backend", 1, &Layout::PLAIN),
        ("cloud", 0, &CLOUD),
        ("encryption", 0, &ENCRYPTION),
        ("provider_meta", 1, &Layout::PLAIN),
    ],
    ..Layout::PLAIN
};
/// An `encryption` block, also as the whole of `TF_ENCRYPTION`.
pub(super) static ENCRYPTION: Layout = Layout {
    blocks: &[
        ("key_provider", 2, &Layout::PLAIN),
        ("method", 2, &Layout::PLAIN),
        ("state", 0, &TARGET),
        ("plan", 0, &TARGET),
        ("remote_state_data_sources", 0, &REMOTE_STATES),
    ],
    ..Layout::PLAIN
};
static REMOTE_STATES: Layout = Layout { blocks: &[("default", 0, &TARGET), ("remote_state_data_source", 1, &TARGET)], ..Layout::PLAIN };
static TARGET: Layout = Layout { blocks: &[("fallback", 0, &TARGET)], ..Layout::PLAIN };
static CLOUD: Layout = Layout { blocks: &[("workspaces", 0, &Layout::PLAIN)], ..Layout::PLAIN };
static REQUIRED_PROVIDERS: Layout = Layout { inner_references: &["configuration_aliases"], ..Layout::PLAIN };
static VARIABLE: Layout = Layout {
    blocks: &[("validation", 0, &Layout::PLAIN)],
    references: &["type"],
    literals: &["default", "description", "deprecated"],
    ..Layout::PLAIN
};
static OUTPUT: Layout = Layout {
    blocks: &[("precondition", 0, &Layout::PLAIN)],
    references: &["depends_on"],
    literals: &["description", "deprecated"],
    ..Layout::PLAIN
};
static RESOURCE: Layout = Layout {
    blocks: &[("lifecycle", 0, &LIFECYCLE), ("connection", 0, &Layout::PLAIN), ("provisioner", 1, &PROVISIONER)],
    references: &["depends_on", "provider"],
    ..Layout::PLAIN
};
static LIFECYCLE: Layout = Layout {
    blocks: &[("precondition", 0, &Layout::PLAIN), ("postcondition", 0, &Layout::PLAIN)],
    references: &["ignore_changes", "replace_triggered_by"],
    ..Layout::PLAIN
};
static PROVISIONER: Layout = Layout { blocks: &[("connection", 0, &Layout::PLAIN)], references: &["when", "on_failure"], ..Layout::PLAIN };
static MODULE: Layout = Layout { blocks: &[("lifecycle", 0, &Layout::PLAIN)], references: &["depends_on", "providers"], ..Layout::PLAIN };
static MOVED: Layout = Layout { references: &["from", "to"], ..Layout::PLAIN };
static REMOVED: Layout =
    Layout { blocks: &[("lifecycle", 0, &Layout::PLAIN), ("provisioner", 1, &PROVISIONER)], references: &["from"], ..Layout::PLAIN };
static IMPORT: Layout = Layout { references: &["to", "provider"], ..Layout::PLAIN };
static CHECK: Layout = Layout { blocks: &[("data", 2, &RESOURCE), ("assert", 0, &Layout::PLAIN)], ..Layout::PLAIN };
static ENVIRONMENT: Layout = Layout {
    blocks: &[
        ("lock", 0, &Layout::PLAIN),
        ("guard", 0, &Layout::PLAIN),
        ("snapshot", 1, &Layout::PLAIN),
        ("cost", 0, &Layout::PLAIN),
        ("audit", 0, &Layout::PLAIN),
        ("expect", 1, &Layout::PLAIN),
    ],
    ..Layout::PLAIN
};
static APP: Layout =
    Layout { blocks: &[("file", 1, &Layout::PLAIN), ("secret", 1, &Layout::PLAIN), ("fact", 1, &Layout::PLAIN)], ..Layout::PLAIN };
