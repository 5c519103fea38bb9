//! Our own blocks: `environment` and `app`.

use super::Decoder;
use crate::config::constant::{flag, text, texts};
use crate::config::fields::Fields;
use crate::config::model::{App, Environment};
use crate::config::report::{duplicate, place};
use crate::diag::{Diagnostic, Span};
use crate::syntax::{Attribute, Block};
use std::path::PathBuf;
use std::time::Duration;

/// Blocks of an environment that belong to one driver each: the expressions in them are evaluated when it runs.
const RULES: [&str; 5] = ["guard", "snapshot", "cost", "audit", "expect"];

impl Decoder<'_> {
    pub(super) fn environment(&mut self, block: &Block) {
        let Some([]) = self.labels(block, []) else { return };
        if !self.own_block_allowed(block) {
            return;
        }
        if let Some(first) = self.out.environment.as_ref().and_then(|e| e.span) {
            let first = place(self.sources, first);
            self.diags.push(
                Diagnostic::error("Duplicate environment block", format!("There is an environment block at {first} already."))
                    .at(block.header)
                    .help("Merge the two blocks into one."),
            );
            return;
        }
        let mut fields = Fields::new(&block.body, "an environment block", self.sources);
        let paths = |all: Vec<String>| all.into_iter().map(PathBuf::from).collect();
        let account = fields.attr("account_id");
        let mut environment = Environment {
            description: text(fields.attr("description"), self.diags),
            account_id: text(account, self.diags),
            root: text(fields.attr("root"), self.diags).map(PathBuf::from),
            backend_config: texts(fields.attr("backend_config"), self.diags),
            env_files: paths(texts(fields.attr("env_files"), self.diags)),
            var_files: paths(texts(fields.attr("var_files"), self.diags)),
            lock_lease: None,
            lock_beat: None,
            region: text(fields.attr("region"), self.diags),
            protected: flag(fields.attr("protected"), self.diags).unwrap_or(false),
            rules: RULES.iter().flat_map(|kind| fields.blocks(kind)).cloned().collect(),
            span: Some(block.header),
        };
        let lock = fields.block("lock", self.diags);
        fields.finish(self.diags);
        if let (Some(id), Some(attr)) = (&environment.account_id, account) {
            self.check_account(id, attr.expr.span);
        }
        if let Some(lock) = lock {
            let mut fields = Fields::new(&lock.body, "a lock block", self.sources);
            let (lease, beat) = (fields.attr("lease"), fields.attr("beat"));
            environment.lock_lease = self.duration(lease);
            environment.lock_beat = self.duration(beat);
            fields.finish(self.diags);
        }
        self.out.environment = Some(environment);
    }

    /// A duration of whole seconds.
    fn duration(&mut self, attr: Option<&Attribute>) -> Option<Duration> {
        let text = text(attr, self.diags)?;
        let parsed = crate::clock::parse_duration(&text).ok().filter(|d| d.as_secs() > 0 && d.subsec_nanos() == 0);
        if let (None, Some(attr)) = (parsed, attr) {
            self.diags.push(
                Diagnostic::error("Invalid duration", format!("{text:?} is not a duration of whole seconds."))
                    .at(attr.expr.span)
                    .help("Write one such as \"90s\" or \"2m\"."),
            );
        }
        parsed
    }

    fn check_account(&mut self, id: &str, span: Span) {
        if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
            self.diags.push(
                Diagnostic::error(
                    "Invalid account_id",
                    format!("An AWS account id has 12 digits; this text has {} characters.", id.chars().count()),
                )
                .at(span)
                .help("Write it in quotes, so that leading zeros stay: account_id = \"012345678901\""),
            );
        }
    }

    pub(super) fn app(&mut self, block: &Block) {
        let Some([name]) = self.labels(block, ["name"]) else { return };
        if !self.own_block_allowed(block) {
            return;
        }
        if let Some(first) = self.out.apps.iter().find(|a| a.name == name.name) {
            let error = duplicate("app", &name.name, first.block.header, block.header, self.sources);
            self.diags.push(error);
            return;
        }
        self.out.apps.push(App { name: name.name, block: block.clone() });
    }

    fn own_block_allowed(&mut self, block: &Block) -> bool {
        if self.is_root() {
            return true;
        }
        self.diags.push(
            Diagnostic::error(
                format!("Misplaced {} block", block.kind.name),
                format!("{} blocks belong to an environment, not to a module that is called.", block.kind.name),
            )
            .at(block.header)
            .help("Move it into the root module's folder."),
        );
        false
    }
}
