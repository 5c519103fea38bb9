//! Functions that the evaluator carries out itself, because they see expressions or templates.

use super::{ANY, BOOL, Body, Function, Param, STRING, any, string, variadic};

const fn special(name: &'static str, params: &'static [Param], returns: super::Returns, doc: &'static str) -> Function {
    Function { name, params, variadic: None, doc, examples: &[], returns, body: Body::Evaluator }
}

pub(super) static ALL: &[Function] = &[
    special("can", &[Param::new("expression", any).nulls().unknowns().marks()], BOOL, "Whether an expression can be evaluated without an error."),
    special("templatefile", &[Param::new("path", string), Param::new("vars", any)], STRING, "The text that a template file gives with some variables."),
    special("templatestring", &[Param::new("template", string), Param::new("vars", any)], STRING, "The text that a template gives with some variables."),
    variadic(
        special("try", &[], ANY, "The first expression that can be evaluated without an error."),
        Param::new("expressions", any).nulls().unknowns().marks(),
    ),
];
