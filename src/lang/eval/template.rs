//! Templates to text.

use super::for_expr::{Elements, elements};
use super::{Env, a_kind, failed_since};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{Template, TemplateFor, TemplateIf, TemplatePart};
use crate::value::{Marks, Repr, Type, Value, convert};

/// Text under construction.
#[derive(Default)]
struct Rendered {
    text: String,
    marks: Marks,
    unknown: bool,
}

impl Rendered {
    fn value(self) -> Value {
        let value = if self.unknown { Value::unknown_not_null(Type::String) } else { Value::string(self.text) };
        value.mark(&self.marks)
    }

    /// Adds a value; the failure when it is none for text.
    fn add(&mut self, value: &Value, span: Span) -> Result<(), Diagnostic> {
        self.marks = self.marks.union(value.marks());
        let detail = match convert(value, &Type::String) {
            Ok(text) => match text.repr() {
                Repr::String(s) => {
                    self.text.push_str(s);
                    return Ok(());
                }
                Repr::Unknown { .. } => {
                    self.unknown = true;
                    return Ok(());
                }
                _ => "The value is null; null cannot be put into text.".to_string(),
            },
            Err(_) => format!("The value is {}; only text, numbers and bools can be put into text.", a_kind(&value.ty())),
        };
        self.unknown = true;
        let mut problem = Diagnostic::error("Invalid template value", detail).at(span);
        if !value.is_null() {
            problem = problem.help("Use join(), jsonencode() or a for directive for lists and objects.");
        }
        Err(problem)
    }
}

impl Env<'_> {
    /// A template of one interpolation alone is that value; everything else is text.
    pub(super) fn template(&self, template: &Template, diags: &mut Diagnostics) -> Value {
        match template.parts.as_slice() {
            [] => Value::string(""),
            [TemplatePart::Literal(text)] => Value::new(Repr::String(text.clone())),
            [TemplatePart::Expr(expr)] => self.eval(expr, diags),
            _ => {
                let mut out = Rendered::default();
                self.render(template, &mut out, diags);
                out.value()
            }
        }
    }

    fn render(&self, template: &Template, out: &mut Rendered, diags: &mut Diagnostics) {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(text) => out.text.push_str(text),
                TemplatePart::Expr(expr) => {
                    let reported = diags.len();
                    let value = self.eval(expr, diags);
                    if failed_since(diags, reported) {
                        out.unknown = true;
                    } else if let Err(problem) = out.add(&value, expr.span) {
                        diags.push(self.explain(problem, &[expr]));
                    }
                }
                TemplatePart::If(part) => self.render_if(part, out, diags),
                TemplatePart::For(part) => self.render_for(part, out, diags),
            }
        }
    }

    fn render_if(&self, part: &TemplateIf, out: &mut Rendered, diags: &mut Diagnostics) {
        let Some(value) = self.condition(&part.condition, part.span, diags) else {
            out.unknown = true;
            return;
        };
        out.marks = out.marks.union(value.marks());
        match value.as_bool() {
            Some(true) => self.render(&part.then, out, diags),
            Some(false) => self.render(&part.otherwise, out, diags),
            None => {
                // Either may come: both give their marks, and neither its errors.
                for branch in [&part.then, &part.otherwise] {
                    let mut other = Rendered::default();
                    self.render(branch, &mut other, &mut Diagnostics::new());
                    out.marks = out.marks.union(&other.marks);
                }
                out.unknown = true;
            }
        }
    }

    fn render_for(&self, part: &TemplateFor, out: &mut Rendered, diags: &mut Diagnostics) {
        let (value, marks) = self.eval(&part.source, diags).unmark();
        out.marks = out.marks.union(&marks);
        let Elements::Known(items) = elements(&value, &part.source, diags) else {
            out.unknown = true;
            return;
        };
        for (key, item) in &items {
            let reported = diags.len();
            self.with_variables(part.key_var.as_ref(), &part.value_var, key, item, &mut |env| env.render(&part.body, out, diags));
            if failed_since(diags, reported) {
                return;
            }
        }
    }
}
