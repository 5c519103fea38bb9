//! Functions that see their arguments as expressions; the evaluator carries them out.

use super::function::{Body, Function, Param, Returns};
use crate::value::Type;

fn any() -> Type {
    Type::Dynamic
}
fn string() -> Type {
    Type::String
}

const fn special(
    name: &'static str,
    params: &'static [Param],
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> Function {
    Function { name, params, variadic: None, doc, examples, returns: Returns::Depends(|_| Type::Dynamic), body: Body::Evaluator }
}

const EXPRESSION: Param = Param::new("expression", any).nulls().unknowns().marks();
const VARS: Param = Param::new("vars", any).partial();

/// All of them.
pub(super) static ALL: [Function; 4] = [
    Function {
        variadic: Some(Param::new("expressions", any).nulls().unknowns().marks()),
        ..special(
            "try",
            &[],
            "The first of its arguments that evaluates without an error.",
            &[("try({ a = 1 }.b, 2)", "2"), ("try({ a = 1 }.a, 2)", "1")],
        )
    },
    special(
        "can",
        &[EXPRESSION],
        "Whether an expression evaluates without an error.",
        &[("can({ a = 1 }.b)", "false"), ("can(1 + 1)", "true")],
    ),
    special("templatefile", &[Param::new("path", string), VARS], "Renders the template in a file with the given variables.", &[]),
    special(
        "templatestring",
        &[Param::new("template", string), VARS],
        "Renders a text as a template with the given variables.",
        &[("templatestring(\"Hello, $${name}!\", { name = \"Jo\" })", "\"Hello, Jo!\"")],
    ),
];

/// The function called `name`, with or without `core::` in front.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    let bare = name.strip_prefix("core::").unwrap_or(name);
    ALL.iter().find(|f| f.name == bare)
}
