//! Test files in JSON: which properties are blocks, and which texts in them are references.

use crate::syntax::Layout;

/// The top level of a test file.
pub(super) static FILE: Layout = Layout {
    blocks: &[
        ("run", 1, &RUN),
        ("variables", 0, &Layout::PLAIN),
        ("provider", 1, &Layout::PLAIN),
        ("mock_provider", 1, &MOCK),
        ("override_resource", 0, &OVERRIDE),
        ("override_data", 0, &OVERRIDE),
        ("override_module", 0, &OVERRIDE),
    ],
    ..Layout::PLAIN
};

static RUN: Layout = Layout {
    blocks: &[
        ("variables", 0, &Layout::PLAIN),
        ("assert", 0, &Layout::PLAIN),
        ("plan_options", 0, &OPTIONS),
        ("module", 0, &Layout::PLAIN),
        ("override_resource", 0, &OVERRIDE),
        ("override_data", 0, &OVERRIDE),
        ("override_module", 0, &OVERRIDE),
    ],
    references: &["command", "expect_failures", "providers"],
    ..Layout::PLAIN
};
static OPTIONS: Layout = Layout { references: &["mode", "replace", "target"], ..Layout::PLAIN };
static OVERRIDE: Layout = Layout { references: &["target"], ..Layout::PLAIN };
static MOCK: Layout = Layout {
    blocks: &[
        ("mock_resource", 1, &Layout::PLAIN),
        ("mock_data", 1, &Layout::PLAIN),
        ("override_resource", 0, &OVERRIDE),
        ("override_data", 0, &OVERRIDE),
    ],
    ..Layout::PLAIN
};
