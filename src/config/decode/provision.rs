//! `provisioner` and `connection`: checked here, evaluated when they run.

use super::Decoder;
use crate::config::fields::Fields;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{Subject, body_references};
use crate::syntax::{Attribute, Block, ExprKind};

/// Arguments by provisioner.
const KINDS: [(&str, &[&str]); 3] = [
    ("local-exec", &["command", "interpreter", "working_dir", "environment", "quiet"]),
    ("remote-exec", &["inline", "script", "scripts"]),
    ("file", &["source", "content", "destination"]),
];

/// Arguments of a connection.
const CONNECTION: [&str; 11] =
    ["type", "host", "user", "port", "private_key", "host_key", "timeout", "agent", "bastion_host", "bastion_user", "bastion_port"];

impl Decoder<'_> {
    /// Reports what no run could carry out.
    pub(super) fn check_provisioner(&mut self, block: &Block) {
        let Some([label]) = self.kind(block) else { return };
        let Some((kind, arguments)) = KINDS.iter().find(|(kind, _)| *kind == label) else {
            let d = Diagnostic::error("Unsupported provisioner", format!("There is no provisioner \"{label}\".")).at(block.header);
            self.diags.push(d.help("There are local-exec, remote-exec and file."));
            return;
        };
        let what = format!("a {kind} provisioner");
        let mut fields = Fields::new(&block.body, &what, self.sources);
        for name in arguments.iter() {
            fields.attr(name);
        }
        let destroys = word(fields.attr("when"), ["create", "destroy"], self.diags) == Some(1);
        word(fields.attr("on_failure"), ["fail", "continue"], self.diags);
        let required: &[&'static str] = match *kind {
            "local-exec" => &["command"],
            "file" => &["destination"],
            _ => &[],
        };
        for name in required {
            fields.required(name, block.header, self.diags);
        }
        let connection = fields.block("connection", self.diags);
        fields.finish(self.diags);
        if let Some(connection) = connection {
            self.check_connection(connection);
        }
        if destroys {
            self.only_self(block);
        }
    }

    fn kind(&mut self, block: &Block) -> Option<[String; 1]> {
        if let [label] = block.labels.as_slice() {
            return Some([label.name.to_string()]);
        }
        let d = Diagnostic::error("Wrong number of labels", "A provisioner block has one label: its kind.").at(block.header);
        self.diags.push(d.help("Write: provisioner \"local-exec\" { ... }"));
        None
    }

    /// Reports arguments that a connection does not have.
    pub(super) fn check_connection(&mut self, block: &Block) {
        let mut fields = Fields::new(&block.body, "a connection block", self.sources);
        for name in CONNECTION {
            fields.attr(name);
        }
        for name in ["password", "certificate", "bastion_password", "bastion_private_key", "proxy_host"] {
            if let Some(attr) = fields.attr(name) {
                let detail = format!("envctl connects with the system's ssh and cannot pass on \"{name}\".");
                let d = Diagnostic::error("Argument not supported", detail).at(attr.name.span);
                self.diags.push(d.help("Use a key, an agent, or a Host entry of your ssh configuration."));
            }
        }
        fields.finish(self.diags);
    }

    /// When an object goes, what it depended on may be gone already.
    fn only_self(&mut self, block: &Block) {
        for reference in body_references(&block.body, &["when", "on_failure"], &mut Diagnostics::new()) {
            let own = match &reference.subject {
                Subject::SelfRef | Subject::Path(_) | Subject::Terraform(_) => true,
                Subject::Each(name) => name.as_ref() == "key",
                Subject::Count(_) => true,
                _ => false,
            };
            if !own {
                let detail = format!("A provisioner that runs when its object is destroyed cannot use {}.", reference.subject);
                let d = Diagnostic::error("Invalid reference from destroy provisioner", detail).at(reference.span);
                self.diags.push(d.help("Use self, count.index and each.key only; keep what else is needed in an attribute of the object."));
            }
        }
    }
}

/// The position of a bare word (or the same in quotes) among those allowed.
fn word(attr: Option<&Attribute>, allowed: [&str; 2], diags: &mut Diagnostics) -> Option<usize> {
    let attr = attr?;
    let found = keyword(attr).and_then(|w| allowed.iter().position(|a| *a == w));
    if found.is_none() {
        let detail = format!("\"{}\" is {} or {}.", attr.name.name, allowed[0], allowed[1]);
        diags.push(Diagnostic::error("Invalid keyword", detail).at(attr.expr.span));
    }
    found
}

fn keyword(attr: &Attribute) -> Option<String> {
    match &*attr.expr.kind {
        ExprKind::Variable(name) => Some(name.to_string()),
        _ => attr.expr.literal_str().map(|s| s.to_string()),
    }
}
