//! `hook` blocks: commands before and after a deploy, here or on the host.

use super::reader::Reader;
use super::text::Text;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::schema::{BlockSchema, boolean, map_of, string};
use crate::syntax::Block;
use crate::value::{Type, Value};
use std::collections::BTreeMap;

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the first change; its failure stops the deploy.
    BeforeDeploy,
    /// After the health checks held.
    AfterDeploy,
    /// After a deploy failed, and after what it did was taken back.
    OnFailure,
}

/// One `hook "moment" { }` block.
#[derive(Clone, Debug)]
pub struct HookSpec {
    /// When.
    pub moment: Moment,
    /// Shell text.
    pub command: Text,
    /// On this machine, in the project's folder, rather than on the host, in the source's.
    pub local: bool,
    /// Run by root (on the host only).
    pub sudo: bool,
    /// Its environment, beside the `ENVCTL_*` variables.
    pub env: BTreeMap<String, Text>,
    /// The block's header.
    pub span: Span,
}

impl Moment {
    const ALL: [Moment; 3] = [Moment::BeforeDeploy, Moment::AfterDeploy, Moment::OnFailure];

    /// The label of its blocks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Moment::BeforeDeploy => "before_deploy",
            Moment::AfterDeploy => "after_deploy",
            Moment::OnFailure => "on_failure",
        }
    }
}

impl HookSpec {
    /// In words, secrets masked: `before_deploy (local): make backup`.
    #[must_use]
    pub fn label(&self) -> String {
        let place = if self.local { "local" } else { "host" };
        format!("{} ({place}): {}{}", self.moment.name(), if self.sudo { "sudo " } else { "" }, self.command)
    }
}

/// What may stand in the block.
pub(super) fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("command", string().required())
        .attr("where", string().optional())
        .attr("sudo", boolean().optional())
        .attr("env", map_of(Type::String).optional())
}

/// Reads one block; `None` when its label names no moment.
pub(super) fn decode(block: &Block, value: &Value, diagnostics: &mut Diagnostics) -> Option<HookSpec> {
    let r = Reader { value, body: &block.body, at: block.header };
    let label = block.labels.first().map(|l| (l.name.as_ref(), l.span)).filter(|_| block.labels.len() == 1);
    let moment = label.and_then(|(name, _)| Moment::ALL.into_iter().find(|m| m.name() == name));
    if moment.is_none() {
        let names = Moment::ALL.map(Moment::name).join(", ");
        let detail = format!("A hook block has one label that says when it runs: {names}.");
        let at = label.map_or(block.header, |(_, span)| span);
        diagnostics.push(Diagnostic::error("Unknown hook", detail).at(at).within(block.header));
    }
    let place = r.text("where");
    let local = match place.as_ref().and_then(Text::known) {
        None | Some("host") => false,
        Some("local") => true,
        Some(other) => {
            let detail = format!("where = {other:?} is not known: \"host\" or \"local\".");
            diagnostics.push(r.error("where", "Invalid argument value", detail));
            false
        }
    };
    let sudo = r.flag("sudo", false);
    if sudo && local {
        diagnostics.push(r.error("sudo", "Argument without effect", "Only hooks on the host can be run by root."));
    }
    let command = if r.is_unknown("env") { None } else { r.text("command") };
    let env = r.environment("env", diagnostics);
    Some(HookSpec { moment: moment?, command: command.unwrap_or_else(Text::unknown), local, sudo, env, span: block.header })
}
