//! What expressions refer to, found without evaluating them: the edges of every graph.

use super::chain::{Link, chain};
use super::subject::{Subject, subject};
use crate::diag::{Diagnostics, Span};
use crate::syntax::{Block, Body, Expr, ExprKind, ForExpr, Template, TemplatePart};
use crate::value::{Key, Name};

/// A step after the subject of a reference.
#[derive(Clone, Debug, PartialEq)]
pub enum RestStep {
    /// `.name`
    Attr(Name),
    /// `[0]`, `["key"]`
    Index(Key),
    /// An index that is computed; nothing is known of what follows.
    Dynamic,
}

/// A place that refers to something.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// What it refers to.
    pub subject: Subject,
    /// What it takes of that.
    pub rest: Vec<RestStep>,
    /// Where.
    pub span: Span,
}

/// A step of a traversal that is written, not evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum TraversalStep {
    /// The first name.
    Root(Name),
    /// `.name`
    Attr(Name),
    /// `[0]`, `["key"]`
    Index(Key),
}

/// All references of an expression, in order. Variables of `for` and elements of splats are none.
/// Names that are no reference are reported.
pub fn references(expr: &Expr, diags: &mut Diagnostics) -> Vec<Reference> {
    let mut finder = Finder::new(diags);
    finder.expr(expr);
    finder.found
}

/// All references inside a body, its blocks included; attributes and blocks called like one of
/// `skip` are left out at the outermost level. Iterators of `dynamic` blocks are no references.
pub fn body_references(body: &Body, skip: &[&str], diags: &mut Diagnostics) -> Vec<Reference> {
    let mut finder = Finder::new(diags);
    finder.body(body, skip);
    finder.found
}

/// A chain with constant indexes as steps: what `depends_on`, `ignore_changes`,
/// `replace_triggered_by` and `provider` hold. The legacy quoted form is not read here.
#[must_use]
pub fn traversal(expr: &Expr) -> Option<Vec<TraversalStep>> {
    let chain = chain(expr);
    let ExprKind::Variable(root) = &*chain.root.kind else { return None };
    let mut steps = vec![TraversalStep::Root(root.clone())];
    for (link, _) in chain.links {
        steps.push(match link {
            Link::Attr(name) => TraversalStep::Attr(name.name.clone()),
            Link::Index(key) => TraversalStep::Index(constant_key(key)?),
        });
    }
    Some(steps)
}

/// A key written as a literal.
pub(super) fn constant_key(expr: &Expr) -> Option<Key> {
    match &*expr.kind {
        ExprKind::Number(n) => n.to_i64().map(Key::Int),
        ExprKind::Template(_) => expr.literal_str().map(|s| Key::Str(s.into())),
        ExprKind::Parens(inner) => constant_key(inner),
        _ => None,
    }
}

struct Finder<'a> {
    found: Vec<Reference>,
    bound: Vec<Name>,
    diags: &'a mut Diagnostics,
}

impl<'a> Finder<'a> {
    fn new(diags: &'a mut Diagnostics) -> Self {
        Finder { found: Vec::new(), bound: Vec::new(), diags }
    }

    fn body(&mut self, body: &Body, skip: &[&str]) {
        let wanted = |name: &str| !skip.contains(&name);
        body.attributes.iter().filter(|a| wanted(&a.name.name)).for_each(|a| self.expr(&a.expr));
        for block in body.blocks.iter().filter(|b| wanted(&b.kind.name)) {
            if block.kind.name.as_ref() == "dynamic" {
                self.dynamic(block);
            } else {
                self.body(&block.body, &[]);
            }
        }
    }

    fn dynamic(&mut self, block: &Block) {
        let written = block.body.attribute("iterator").and_then(|a| match &*a.expr.kind {
            ExprKind::Variable(name) => Some(name.clone()),
            _ => None,
        });
        let label = block.labels.first().map(|l| l.name.clone());
        if let Some(for_each) = block.body.attribute("for_each") {
            self.expr(&for_each.expr);
        }
        let before = self.bound.len();
        self.bound.extend(written.or(label));
        if let Some(labels) = block.body.attribute("labels") {
            self.expr(&labels.expr);
        }
        block.body.blocks_of("content").for_each(|content| self.body(&content.body, &[]));
        self.bound.truncate(before);
    }

    fn expr(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Variable(_) | ExprKind::GetAttr(..) | ExprKind::Index(..) => self.chain(expr),
            ExprKind::Invalid | ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::SplatItem => {}
            ExprKind::Template(template) => self.template(template),
            ExprKind::Unary(_, a) | ExprKind::Parens(a) => self.expr(a),
            ExprKind::Binary(_, a, b) | ExprKind::Splat { source: a, each: b, .. } => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Call { args: items, .. } | ExprKind::Tuple(items) => items.iter().for_each(|e| self.expr(e)),
            ExprKind::Conditional(parts) => parts.iter().for_each(|e| self.expr(e)),
            ExprKind::Object(items) => {
                for item in items {
                    if !matches!(&*item.key.kind, ExprKind::Variable(_)) {
                        self.expr(&item.key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::For(for_expr) => self.for_expr(for_expr),
        }
    }

    fn for_expr(&mut self, e: &ForExpr) {
        self.expr(&e.source);
        let before = self.bound.len();
        self.bound.extend(e.key_var.iter().chain([&e.value_var]).map(|v| v.name.clone()));
        [e.key.as_ref(), Some(&e.value), e.condition.as_ref()].into_iter().flatten().for_each(|e| self.expr(e));
        self.bound.truncate(before);
    }

    fn template(&mut self, template: &Template) {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(_) => {}
                TemplatePart::Expr(e) => self.expr(e),
                TemplatePart::If(part) => {
                    self.expr(&part.condition);
                    self.template(&part.then);
                    self.template(&part.otherwise);
                }
                TemplatePart::For(part) => {
                    self.expr(&part.source);
                    let before = self.bound.len();
                    self.bound.extend(part.key_var.iter().chain([&part.value_var]).map(|v| v.name.clone()));
                    self.template(&part.body);
                    self.bound.truncate(before);
                }
            }
        }
    }

    fn chain(&mut self, expr: &Expr) {
        let chain = chain(expr);
        for (link, _) in &chain.links {
            if let Link::Index(key) = link {
                self.expr(key);
            }
        }
        let ExprKind::Variable(root) = &*chain.root.kind else { return self.expr(chain.root) };
        if self.bound.contains(root) {
            return;
        }
        match subject(root, &chain.links, expr.span) {
            Ok((subject, taken)) => {
                let links = chain.links.get(taken..).unwrap_or(&[]);
                self.found.push(Reference { subject, rest: rest(links), span: expr.span });
            }
            Err(problem) => self.diags.push(problem),
        }
    }
}

fn rest(links: &[(Link<'_>, Span)]) -> Vec<RestStep> {
    let mut steps = Vec::with_capacity(links.len());
    for (link, _) in links {
        let step = match link {
            Link::Attr(name) => RestStep::Attr(name.name.clone()),
            Link::Index(key) => constant_key(key).map_or(RestStep::Dynamic, RestStep::Index),
        };
        let end = step == RestStep::Dynamic;
        steps.push(step);
        if end {
            break;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;
    use crate::syntax::{parse_expression, parse_file};

    fn refs(text: &str) -> Vec<String> {
        let mut diags = Diagnostics::new();
        let expr = parse_expression(FileId(0), text, &mut diags);
        let found = references(&expr, &mut diags);
        assert!(diags.is_empty(), "{text}: {diags:?}");
        found.iter().map(|r| format!("{}{}", r.subject, r.rest.iter().map(|s| format!("{s:?}")).collect::<String>())).collect()
    }

    #[test]
    fn subjects_of_every_kind() {
        let text = "[var.a, local.b.c, module.m[0].o, aws_vpc.x.id, data.aws_ami.y[\"k\"].id, each.value, count.index, self.id, path.module, tofu.workspace, resource.aws_vpc.z]";
        assert_eq!(
            refs(text),
            [
                "var.a",
                "local.bAttr(\"c\")",
                "module.mIndex(Int(0))Attr(\"o\")",
                "aws_vpc.xAttr(\"id\")",
                "data.aws_ami.yIndex(Str(\"k\"))Attr(\"id\")",
                "each.value",
                "count.index",
                "selfAttr(\"id\")",
                "path.module",
                "terraform.workspace",
                "aws_vpc.z",
            ]
        );
    }

    #[test]
    fn bound_names_are_no_references() {
        assert_eq!(refs("[for k, v in var.m : v.x + k if k != local.z]"), ["var.m", "local.z"]);
        assert_eq!(refs("\"%{ for x in var.xs }${x} ${aws_a.b}%{ endfor }\""), ["var.xs", "aws_a.b"]);
        assert_eq!(refs("aws_a.b[*].id"), ["aws_a.b"]);
        assert_eq!(refs("{ a = local.b, (local.c) = 1 }"), ["local.b", "local.c"]);
        assert_eq!(refs("[for x in x.y : x]"), ["x.y"]);
    }

    #[test]
    fn computed_indexes_end_the_rest_and_are_looked_into() {
        assert_eq!(refs("aws_a.b[var.i].c"), ["var.i", "aws_a.bDynamic"]);
    }

    #[test]
    fn names_alone_are_reported_with_advice() {
        for text in ["foo", "var", "data.aws_ami", "foo[0]", "each[\"key\"]", "vars"] {
            let mut diags = Diagnostics::new();
            let expr = parse_expression(FileId(0), text, &mut diags);
            assert!(references(&expr, &mut diags).is_empty());
            let d = diags.iter().next().unwrap();
            assert_eq!(d.summary, "Invalid reference", "{text}");
            assert!(d.help.is_some());
        }
    }

    #[test]
    fn iterators_of_dynamic_blocks_are_bound_in_their_content() {
        let text = "a = var.a\nlifecycle {\n  ignore_changes = [tags]\n}\ndynamic \"b\" {\n  for_each = var.bs\n  iterator = it\n  content {\n    x = it.value\n    dynamic \"c\" {\n      for_each = it.value.cs\n      content {\n        y = [c.key, it.key, local.z]\n      }\n    }\n  }\n}\n";
        let mut diags = Diagnostics::new();
        let body = parse_file(FileId(0), text, &mut diags);
        let found = body_references(&body, &["lifecycle"], &mut diags);
        assert!(diags.is_empty(), "{diags:?}");
        assert_eq!(found.iter().map(|r| r.subject.to_string()).collect::<Vec<_>>(), ["var.a", "var.bs", "local.z"]);
    }

    #[test]
    fn traversals() {
        let read = |text: &str| {
            let mut diags = Diagnostics::new();
            traversal(&parse_expression(FileId(0), text, &mut diags))
        };
        assert_eq!(
            read("tags[\"a\"].b[0]"),
            Some(vec![
                TraversalStep::Root("tags".into()),
                TraversalStep::Index(Key::Str("a".into())),
                TraversalStep::Attr("b".into()),
                TraversalStep::Index(Key::Int(0)),
            ])
        );
        assert_eq!(read("aws.east").map(|t| t.len()), Some(2));
        assert_eq!(read("a[b]"), None);
        assert_eq!(read("a + b"), None);
        assert_eq!(read("\"a\""), None);
    }
}
