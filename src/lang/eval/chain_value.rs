//! Names, attributes and indexes: `var.a.b[0]`.

use super::{Env, access, fail};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::chain::{Link, chain};
use crate::lang::subject::subject;
use crate::syntax::{Expr, ExprKind};
use crate::value::{Key, Value, closest};

impl Env<'_> {
    pub(super) fn chain(&self, expr: &Expr, diags: &mut Diagnostics) -> Value {
        let chain = chain(expr);
        let ExprKind::Variable(name) = &*chain.root.kind else {
            let value = self.eval(chain.root, diags);
            return self.follow(value, &chain.links, diags);
        };
        if let Some(value) = self.lookup(name) {
            return self.follow(value.clone(), &chain.links, diags);
        }
        if self.templates > 0 {
            return self.no_template_variable(name, chain.root.span, diags);
        }
        match subject(name, &chain.links, expr.span) {
            Err(problem) => fail(diags, problem, expr.span),
            Ok((subject, taken)) => {
                let (own, links) = chain.links.split_at(taken.min(chain.links.len()));
                let span = own.last().map_or(chain.root.span, |(_, span)| *span);
                if let Some((Link::Index(key_expr), key_span)) = links.first() {
                    let key = self.eval(key_expr, diags);
                    if let Some(found) = as_key(&key).and_then(|k| self.scope.resolve_instance(&subject, &k, *key_span)) {
                        let value = found.map(|v| v.mark(key.marks()));
                        let value = value.unwrap_or_else(|problem| fail(diags, problem, *key_span));
                        return self.follow(value, links.get(1..).unwrap_or(&[]), diags);
                    }
                    let value = self.scope.resolve(&subject, span).unwrap_or_else(|problem| fail(diags, problem, span));
                    let value = access::index(&value, &key, key_expr.span)
                        .unwrap_or_else(|problem| fail(diags, self.explain(problem, &[key_expr]), *key_span));
                    return self.follow(value, links.get(1..).unwrap_or(&[]), diags);
                }
                let value = self.scope.resolve(&subject, span).unwrap_or_else(|problem| fail(diags, problem, span));
                self.follow(value, links, diags)
            }
        }
    }

    fn follow(&self, mut value: Value, links: &[(Link<'_>, Span)], diags: &mut Diagnostics) -> Value {
        for (link, span) in links {
            let next = match link {
                Link::Attr(name) => access::attribute(&value, &name.name, name.span),
                Link::Index(key) => {
                    let key_value = self.eval(key, diags);
                    access::index(&value, &key_value, key.span)
                }
            };
            value = next.unwrap_or_else(|problem| match link {
                Link::Index(key) => fail(diags, self.explain(problem, &[key]), *span),
                Link::Attr(_) => fail(diags, problem, *span),
            });
        }
        value
    }

    fn no_template_variable(&self, name: &str, span: Span, diags: &mut Diagnostics) -> Value {
        let mut names: Vec<&str> = Vec::new();
        let mut frame = self.frame;
        while let Some(f) = frame {
            match &f.vars {
                super::Vars::One(n, _) => names.push(n),
                super::Vars::Many(members) => names.extend(members.keys().map(AsRef::as_ref)),
            }
            frame = f.parent;
        }
        let mut problem = Diagnostic::error(
            "Unknown template variable",
            format!("The template uses {name}, which is not among the variables it was given; a template sees no others."),
        );
        problem = match closest(name, names.iter().copied()) {
            Some(near) => problem.help(format!("Did you mean {near}?")),
            None => problem.help(format!("Add {name} to the object of variables, or write $${{ for a literal ${{.")),
        };
        fail(diags, problem, span)
    }
}

/// A known whole number or text as a key.
fn as_key(value: &Value) -> Option<Key> {
    value.as_i64().map(Key::Int).or_else(|| value.as_str().map(|s| Key::Str(s.into())))
}
