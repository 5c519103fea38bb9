//! Nodes to bodies.

use super::expr::{Meaning, expr};
use super::read::{Kind, Node, Text};
use crate::diag::{Diagnostic, Diagnostics, FileId};
use crate::syntax::ast::{Attribute, Block, Body, Ident};

/// What is a block in a body, and which arguments are not templates.
pub struct Layout {
    /// Block types: number of labels, and the layout inside.
    pub blocks: &'static [(&'static str, usize, &'static Layout)],
    /// Arguments that hold references or types: text in them is an expression.
    pub references: &'static [&'static str],
    /// Members with such content in the objects of any argument.
    pub inner_references: &'static [&'static str],
    /// Arguments whose text means itself.
    pub literals: &'static [&'static str],
    /// Text means itself in every argument.
    pub literal: bool,
}

impl Layout {
    /// Arguments alone.
    pub const PLAIN: Layout = Layout { blocks: &[], references: &[], inner_references: &[], literals: &[], literal: false };
    /// Values alone.
    pub(super) const VALUES: Layout = Layout { literal: true, ..Layout::PLAIN };
}

/// `dynamic "type" { content { ... } }` wherever a schema decides.
static DYNAMIC: Layout = Layout { blocks: &[("content", 0, &CONTENT)], references: &["iterator"], ..Layout::PLAIN };
static CONTENT: Layout = Layout { blocks: &[("dynamic", 1, &DYNAMIC)], ..Layout::PLAIN };

/// Properties of this name are comments.
const COMMENT: &str = "//";

pub(super) struct Builder<'d> {
    pub file: FileId,
    pub diags: &'d mut Diagnostics,
}

impl Builder<'_> {
    /// An object, or several in an array.
    pub fn body(&mut self, node: &Node, layout: &Layout) -> Body {
        let mut body = Body { span: Some(node.span), json: true, ..Body::default() };
        match &node.kind {
            Kind::Object(members) => self.members(members, layout, &mut body),
            Kind::Array(items) => {
                for item in items {
                    match &item.kind {
                        Kind::Object(members) => self.members(members, layout, &mut body),
                        _ => self.object_expected(item, "the arguments of a block"),
                    }
                }
            }
            _ => self.object_expected(node, "the arguments of a block"),
        }
        body
    }

    fn members(&mut self, members: &[(Text, Node)], layout: &Layout, body: &mut Body) {
        for (name, node) in members.iter().filter(|(n, _)| n.text != COMMENT) {
            let known = layout.blocks.iter().find(|(kind, ..)| *kind == name.text);
            match known {
                Some((_, labels, inside)) => self.blocks(name, node, *labels, inside, &mut Vec::new(), body),
                None if name.text == "dynamic" => self.blocks(name, node, 1, &DYNAMIC, &mut Vec::new(), body),
                None if has_dynamic(node) => self.blocks(name, node, 0, &CONTENT, &mut Vec::new(), body),
                None => self.attribute(name, node, layout, body),
            }
        }
    }

    fn attribute(&mut self, name: &Text, node: &Node, layout: &Layout, body: &mut Body) {
        if let Some(first) = body.attribute(&name.text) {
            let error = Diagnostic::error(
                "Argument set twice",
                format!("The argument {:?} was set already. Each argument may be set once.", name.text),
            );
            self.diags.push(error.at(name.span).within(first.name.span.to(name.span)).help("Remove one of the two."));
            return;
        }
        let meaning = if layout.literal || layout.literals.contains(&name.text.as_str()) {
            Meaning::Literal
        } else if layout.references.contains(&name.text.as_str()) {
            Meaning::Expression
        } else {
            Meaning::Template
        };
        let value = expr(self.file, node, meaning, layout.inner_references, self.diags);
        body.attributes.push(Attribute { name: ident(name), expr: value, span: name.span.to(node.span) });
    }

    /// Blocks of a type: labels are levels of objects, repetition is an array.
    fn blocks(&mut self, kind: &Text, node: &Node, labels: usize, layout: &Layout, above: &mut Vec<Ident>, body: &mut Body) {
        match &node.kind {
            Kind::Array(items) => items.iter().for_each(|item| self.blocks(kind, item, labels, layout, above, body)),
            Kind::Null if labels == 0 => {}
            Kind::Object(members) if above.len() < labels => {
                for (label, inner) in members.iter().filter(|(n, _)| n.text != COMMENT) {
                    above.push(ident(label));
                    self.blocks(kind, inner, labels, layout, above, body);
                    above.pop();
                }
            }
            Kind::Object(_) => {
                let header = above.last().map_or(kind.span, |l| l.span);
                let inside = self.body(node, layout);
                let span = kind.span.to(node.span);
                body.blocks.push(Block { kind: ident(kind), labels: above.clone(), body: inside, header, span });
            }
            _ if above.len() < labels => self.object_expected(node, &format!("the labels of \"{}\" blocks as names", kind.text)),
            _ => self.object_expected(node, &format!("the arguments of a \"{}\" block", kind.text)),
        }
    }

    fn object_expected(&mut self, node: &Node, what: &str) {
        let detail = format!("An object with {what}, or an array of such objects, is expected here.");
        self.diags.push(Diagnostic::error("Incorrect JSON value type", detail).at(node.span));
    }
}

/// A `dynamic` member shows that the value is a block whatever the schema says.
fn has_dynamic(node: &Node) -> bool {
    let inside = |node: &Node| {
        let Kind::Object(members) = &node.kind else { return false };
        let content = |n: &Node| matches!(&n.kind, Kind::Object(m) if m.iter().any(|(k, _)| k.text == "content"));
        let repeated = |n: &Node| match &n.kind {
            Kind::Object(types) => types.iter().any(|(_, n)| content(n) || matches!(&n.kind, Kind::Array(all) if all.iter().any(content))),
            _ => false,
        };
        members.iter().any(|(name, node)| name.text == "dynamic" && repeated(node))
    };
    match &node.kind {
        Kind::Array(items) => items.iter().any(inside),
        _ => inside(node),
    }
}

fn ident(text: &Text) -> Ident {
    let span = crate::diag::Span { start: text.span.start + 1, end: text.span.end.saturating_sub(1), ..text.span };
    Ident { name: text.text.as_str().into(), span }
}
