//! `templatefile(path, vars)` and `templatestring(text, vars)`

use super::call::failure;
use super::{Env, Frame, Vars, a_kind, failed_since};
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::lang::function::{Function, FunctionError};
use crate::syntax::{Expr, Ident, Template, parse_template};
use crate::value::{Type, Value, convert};
use std::sync::Arc;

/// Templates that render templates: so deep and no deeper.
const MAX_TEMPLATES: u8 = 16;

impl Env<'_> {
    pub(super) fn template_function(&self, function: &Function, name: &Ident, args: &[Expr], span: Span, diags: &mut Diagnostics) -> Value {
        let spans: Vec<Span> = args.iter().map(|a| a.span).collect();
        let result = self.rendered(function, args, diags);
        result.unwrap_or_else(|error| {
            if let Some(error) = error {
                let args: Vec<&Expr> = args.iter().collect();
                diags.push(self.explain(failure(function, &error, &spans, name, span), &args));
            }
            Value::dynamic()
        })
    }

    /// `Err(None)` after a failure that was reported.
    fn rendered(&self, function: &Function, args: &[Expr], diags: &mut Diagnostics) -> Result<Value, Option<FunctionError>> {
        let [first, vars] = args else {
            return Err(Some(FunctionError::new(format!("it takes 2 arguments, but there are {}", args.len()))));
        };
        let before = diags.len();
        let (first, vars) = (self.eval(first, diags), self.eval(vars, diags));
        if failed_since(diags, before) {
            return Err(None);
        }
        let text = convert(&first, &Type::String).map_err(|e| Some(FunctionError::arg(0, e.message)))?;
        if text.is_null() || vars.is_null() {
            return Err(Some(FunctionError::arg(usize::from(!text.is_null()), "it must not be null")));
        }
        let marks = text.marks().union(&vars.deep_marks());
        let (Some(given), false) = (text.as_str(), vars.is_unknown()) else { return Ok(Value::dynamic().mark(&marks)) };
        let Some(members) = vars.members() else {
            let message = format!("the variables must be an object or a map, but they are {}", a_kind(&vars.ty()));
            return Err(Some(FunctionError::arg(1, message)));
        };
        if let Some(bad) = members.keys().find(|n| !is_name(n)) {
            let shown = if vars.marks().is_sensitive() { "a variable".to_string() } else { format!("{bad:?}") };
            return Err(Some(FunctionError::arg(1, format!("{shown} cannot be a variable of a template: it is no valid name"))));
        }
        if self.templates >= MAX_TEMPLATES {
            return Err(Some(FunctionError::new(format!("templates are nested more than {MAX_TEMPLATES} levels deep"))));
        }
        let template = if function.name == "templatefile" {
            self.template_of_file(given, diags)?
        } else {
            self.template_of_text(given, "text given to templatestring", text.marks().is_sensitive(), diags)?
        };
        let frame = Frame { vars: Vars::Many(members), parent: None };
        let env = Env { templates: self.templates + 1, item: None, ..self.with_frame(&frame) };
        Ok(env.template(&template, diags).mark(&marks))
    }

    /// The template of a file, read and parsed once a run.
    fn template_of_file(&self, path: &str, diags: &mut Diagnostics) -> Result<Arc<Template>, Option<FunctionError>> {
        let env = self.scope.call_env();
        let text = env.read_text(path).map_err(Some)?;
        env.templates.get(path, &text, || {
            let file = env.sources.add(path, text.as_str());
            parsed(file, &text, diags)
        })
    }

    fn template_of_text(
        &self,
        text: &str,
        name: &str,
        secret: bool,
        diags: &mut Diagnostics,
    ) -> Result<Arc<Template>, Option<FunctionError>> {
        let env = self.scope.call_env();
        env.templates.get(name, text, || {
            // A secret must not show up in the source snippet of a message.
            let file = env.sources.add(name, if secret { "" } else { text });
            parsed(file, text, diags)
        })
    }
}

fn parsed(file: crate::diag::FileId, text: &str, diags: &mut Diagnostics) -> Result<Template, Option<FunctionError>> {
    let mut own = Diagnostics::new();
    let template = parse_template(file, text, &mut own);
    let failed = own.has_errors();
    diags.extend(own);
    if failed { Err(None) } else { Ok(template) }
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}
