//! The syntax tree: what was written, with the place of every piece.
//!
//! The tree is complete even for text with mistakes: the parser reports and goes on, and a piece
//! that could not be read is [`ExprKind::Invalid`].

use crate::diag::Span;
use crate::value::Number;
use std::sync::Arc;

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name.
    pub name: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// Attributes and blocks of a file or block, each in source order.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// `name = expression`
    pub attributes: Vec<Attribute>,
    /// `type "label" { ... }`
    pub blocks: Vec<Block>,
    /// The whole body (`None` only for the empty default).
    pub span: Option<Span>,
    /// Written in JSON: an attribute may stand for blocks, which only its schema can tell
    /// (see [`super::as_blocks`]).
    pub json: bool,
}

/// `name = expression`
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Ident,
    /// Its expression.
    pub expr: Expr,
    /// From the name to the end of the expression.
    pub span: Span,
}

/// `type label "label" { body }`
#[derive(Clone, Debug)]
pub struct Block {
    /// The block type.
    pub kind: Ident,
    /// Labels, quoted or bare.
    pub labels: Vec<Ident>,
    /// What is between the braces.
    pub body: Body,
    /// From the type to before the opening brace.
    pub header: Span,
    /// The whole block.
    pub span: Span,
}

/// An expression and its place. Cloning shares.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Arc<ExprKind>,
    /// Where it stands.
    pub span: Span,
}

/// The forms of expressions (HCL native syntax specification, "Expressions").
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// Could not be read; evaluates to dynamic unknown without a further report.
    Invalid,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1.5`
    Number(Number),
    /// Quoted text or heredoc. One `Expr` part alone keeps that part's type.
    Template(Template),
    /// A bare name: a variable of the scope (`var`, `local`, `aws_vpc`, a `for` variable).
    Variable(Arc<str>),
    /// `object.name`
    GetAttr(Expr, Ident),
    /// `object[key]`, also the legacy `object.0`
    Index(Expr, Expr),
    /// `object.*.rest` or `object[*].rest`; `each` is applied to every element, its innermost
    /// operand is [`ExprKind::SplatItem`].
    Splat {
        /// What is iterated.
        source: Expr,
        /// What is taken of each element.
        each: Expr,
        /// `.*` (attribute-only) rather than `[*]`.
        legacy: bool,
    },
    /// The current element inside [`ExprKind::Splat`]'s `each`.
    SplatItem,
    /// `name(args...)`; the name may have a namespace (`core::upper`).
    Call {
        /// Function name as written.
        name: Ident,
        /// Arguments.
        args: Vec<Expr>,
        /// The last argument is expanded (`...`).
        expand: bool,
    },
    /// `cond ? a : b`; apart, as the largest form sets the size of all
    Conditional(Box<[Expr; 3]>),
    /// `a + b`
    Binary(BinaryOp, Expr, Expr),
    /// `-a`, `!a`
    Unary(UnaryOp, Expr),
    /// `(a)`
    Parens(Expr),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ k = v }`
    Object(Vec<ObjectItem>),
    /// `[for ...]`, `{for ...}`
    For(Box<ForExpr>),
}

/// `key = value` in an object expression. A bare name as key is [`ExprKind::Variable`] and means
/// its own text; `(name)` means the variable's value.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key expression.
    pub key: Expr,
    /// The value expression.
    pub value: Expr,
}

/// `[for k, v in coll : value if cond]`, `{for k, v in coll : key => value... if cond}`
#[derive(Clone, Debug)]
pub struct ForExpr {
    /// Name of the key variable, when two are given.
    pub key_var: Option<Ident>,
    /// Name of the value variable.
    pub value_var: Ident,
    /// What is iterated.
    pub source: Expr,
    /// Key of the result: present makes an object.
    pub key: Option<Expr>,
    /// Element of the result.
    pub value: Expr,
    /// `...` after the value: group by key.
    pub group: bool,
    /// Filter.
    pub condition: Option<Expr>,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Neg,
    Not,
}

/// A template: literal text, interpolations and directives, with `~` trimming and heredoc dedent
/// already applied to the literals.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// In order.
    pub parts: Vec<TemplatePart>,
    /// Written as a heredoc.
    pub heredoc: bool,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text, escapes resolved.
    Literal(Arc<str>),
    /// `${expr}`
    Expr(Expr),
    /// `%{if c}a%{else}b%{endif}`
    If(Box<TemplateIf>),
    /// `%{for k, v in c}...%{endfor}`
    For(Box<TemplateFor>),
}

/// `%{if c}a%{else}b%{endif}`
#[derive(Clone, Debug)]
pub struct TemplateIf {
    /// The condition.
    pub condition: Expr,
    /// Parts when true.
    pub then: Template,
    /// Parts when false; empty without `else`.
    pub otherwise: Template,
    /// From `%{if` to the end of `%{endif}`.
    pub span: Span,
}

/// `%{for k, v in c}...%{endfor}`
#[derive(Clone, Debug)]
pub struct TemplateFor {
    /// Key variable.
    pub key_var: Option<Ident>,
    /// Value variable.
    pub value_var: Ident,
    /// What is iterated.
    pub source: Expr,
    /// Repeated parts.
    pub body: Template,
    /// From `%{for` to the end of `%{endfor}`.
    pub span: Span,
}

impl Expr {
    /// Wraps a kind with its place.
    #[must_use]
    pub fn new(kind: ExprKind, span: Span) -> Expr {
        Expr { kind: Arc::new(kind), span }
    }

    /// The text of a template that consists of literals only.
    #[must_use]
    pub fn literal_str(&self) -> Option<String> {
        let ExprKind::Template(t) = &*self.kind else { return None };
        t.parts.iter().map(|p| if let TemplatePart::Literal(s) = p { Some(s.as_ref()) } else { None }).collect()
    }
}

impl Body {
    /// The attribute of a name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name.name.as_ref() == name)
    }

    /// All blocks of a type.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| b.kind.name.as_ref() == kind)
    }
}
