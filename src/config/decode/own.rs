//! Our own blocks: `environment` and `app`.

use super::Decoder;
use crate::config::constant::{text, texts};
use crate::config::fields::Fields;
use crate::config::model::{App, Environment};
use crate::config::report::{duplicate, place};
use crate::diag::{Diagnostic, Span};
use crate::syntax::Block;
use std::path::PathBuf;

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
        let environment = Environment {
            description: text(fields.attr("description"), self.diags),
            account_id: text(account, self.diags),
            root: text(fields.attr("root"), self.diags).map(PathBuf::from),
            backend_config: texts(fields.attr("backend_config"), self.diags),
            env_files: paths(texts(fields.attr("env_files"), self.diags)),
            var_files: paths(texts(fields.attr("var_files"), self.diags)),
            span: Some(block.header),
        };
        fields.finish(self.diags);
        if let (Some(id), Some(attr)) = (&environment.account_id, account) {
            self.check_account(id, attr.expr.span);
        }
        self.out.environment = Some(environment);
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
