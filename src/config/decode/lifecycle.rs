//! `lifecycle`, and the conditions that several blocks have.

use super::Decoder;
use super::refs::reference_list;
use crate::config::constant::flag;
use crate::config::fields::Fields;
use crate::config::model::{CheckRule, Lifecycle};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax::{Attribute, Block, Expr, ExprKind};

impl Decoder<'_> {
    /// `validation`, `precondition`, `postcondition`.
    pub(super) fn rules(&mut self, blocks: &[&Block]) -> Vec<CheckRule> {
        check_rules(blocks, self.sources, self.diags)
    }

    /// `managed`: whether the block's resource is changed by us at all.
    pub(super) fn lifecycle(&mut self, block: Option<&Block>, managed: bool) -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        let Some(block) = block else { return lifecycle };
        let mut fields = Fields::new(&block.body, "a lifecycle block", self.sources);
        lifecycle.enabled = fields.attr("enabled").map(|a| a.expr.clone());
        if managed {
            lifecycle.create_before_destroy = flag(fields.attr("create_before_destroy"), self.diags);
            lifecycle.prevent_destroy = flag(fields.attr("prevent_destroy"), self.diags).unwrap_or(false);
            lifecycle.replace_triggered_by = reference_list(fields.attr("replace_triggered_by"), self.diags);
            lifecycle.replace_triggered_by.retain(|expr| self.is_trigger(expr));
            self.ignore_changes(fields.attr("ignore_changes"), &mut lifecycle);
        }
        lifecycle.preconditions = self.rules(&fields.blocks("precondition"));
        lifecycle.postconditions = self.rules(&fields.blocks("postcondition"));
        fields.finish(self.diags);
        lifecycle
    }

    /// A managed resource, an instance or an attribute of one; anything else is reported.
    fn is_trigger(&mut self, expr: &Expr) -> bool {
        let what = match unfit(expr) {
            None => return true,
            Some(what) => what,
        };
        let d = Diagnostic::error("Invalid replace_triggered_by expression", what).at(expr.span);
        self.diags.push(d.help("Name a resource (aws_x.a), an instance (aws_x.a[each.key]) or an attribute of it; to follow another value, put it into a terraform_data."));
        false
    }

    fn ignore_changes(&mut self, attr: Option<&Attribute>, lifecycle: &mut Lifecycle) {
        let Some(attr) = attr else { return };
        match &*attr.expr.kind {
            ExprKind::Variable(name) if name.as_ref() == "all" => lifecycle.ignore_all = true,
            ExprKind::Tuple(items) if items.iter().any(is_wildcard) => self.diags.push(
                Diagnostic::error("Invalid ignore_changes wildcard", "[\"*\"] is the spelling of old versions.")
                    .at(attr.expr.span)
                    .help("Write: ignore_changes = all"),
            ),
            _ => lifecycle.ignore_changes = reference_list(Some(attr), self.diags),
        }
    }
}

fn is_wildcard(expr: &Expr) -> bool {
    expr.literal_str().as_deref() == Some("*")
}

/// Conditions with their messages; what is missing or unexpected in them is reported.
pub(in crate::config) fn check_rules(blocks: &[&Block], sources: &SourceMap, diags: &mut Diagnostics) -> Vec<CheckRule> {
    let mut rules = Vec::with_capacity(blocks.len());
    for block in blocks {
        let what = format!("a {} block", block.kind.name);
        let what = if block.kind.name.starts_with('a') { what.replacen("a ", "an ", 1) } else { what };
        let mut fields = Fields::new(&block.body, &what, sources);
        let condition = fields.required("condition", block.header, diags);
        let message = fields.required("error_message", block.header, diags);
        fields.finish(diags);
        if let (Some(condition), Some(message)) = (condition, message) {
            rules.push(CheckRule { condition: condition.expr.clone(), error_message: message.expr.clone(), span: block.header });
        }
    }
    rules
}

/// Names that no managed resource type has.
const OTHERS: [&str; 11] = ["var", "local", "module", "data", "ephemeral", "each", "count", "self", "path", "terraform", "tofu"];

/// Why an expression triggers nothing.
fn unfit(expr: &Expr) -> Option<&'static str> {
    match &*expr.kind {
        ExprKind::Variable(root) if OTHERS.contains(&root.as_ref()) => {
            Some("Only managed resources are changed by a plan, so nothing else can trigger a replacement.")
        }
        ExprKind::Variable(_) => None,
        ExprKind::GetAttr(object, _) | ExprKind::Parens(object) => unfit(object),
        ExprKind::Index(object, key) => {
            let own = matches!(crate::config::legacy::names(key).as_deref(), Some([root, name])
                if (root.as_ref(), name.as_ref()) == ("each", "key") || (root.as_ref(), name.as_ref()) == ("count", "index"));
            let literal = matches!(&*key.kind, ExprKind::Number(_)) || key.literal_str().is_some();
            if own || literal { unfit(object) } else { Some("An index is written out here, or is each.key or count.index.") }
        }
        _ => None,
    }
}
