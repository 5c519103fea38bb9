//! `resource`, `data`, `ephemeral`: meta-arguments are taken out, the rest is the type's.

use super::Decoder;
use super::refs::{provider_instance, reference_list};
use crate::addr::{Mode, ProviderSource, ResourceAddr};
use crate::config::fields::Fields;
use crate::config::model::{ProviderRef, Resource};
use crate::config::report::place;
use crate::diag::Diagnostic;
use crate::syntax::{Attribute, Block};

impl Decoder<'_> {
    pub(super) fn resource(&mut self, block: &Block) {
        if let Some(resource) = self.read_resource(block) {
            self.add_resource(resource, block);
        }
    }

    pub(super) fn read_resource(&mut self, block: &Block) -> Option<Resource> {
        let [kind, name] = self.labels(block, ["type", "name"])?;
        let mode = match block.kind.name.as_ref() {
            "data" => Mode::Data,
            "ephemeral" => Mode::Ephemeral,
            _ => Mode::Managed,
        };
        let what = format!("a {} block", block.kind.name);
        let mut fields = Fields::new(&block.body, &what, self.sources);
        let (count, for_each) = (fields.attr("count"), fields.attr("for_each"));
        self.not_both(count, for_each, block);
        let prefix = kind.name.split_once('_').map_or(kind.name.as_ref(), |(prefix, _)| prefix);
        let written = fields.attr("provider").and_then(|attr| provider_instance(&attr.expr, self.diags));
        let (provider_ref, provider_key) = written.unwrap_or_else(|| (ProviderRef { name: prefix.into(), alias: None }, None));
        let depends_on = reference_list(fields.attr("depends_on"), self.diags);
        let lifecycle_block = fields.block("lifecycle", self.diags);
        let lifecycle = self.lifecycle(lifecycle_block, mode == Mode::Managed);
        let (mut connection, mut provisioners) = (None, Vec::new());
        if mode == Mode::Managed {
            connection = fields.block("connection", self.diags).cloned();
            provisioners = fields.blocks("provisioner").into_iter().cloned().collect::<Vec<Block>>();
            connection.iter().for_each(|c| self.check_connection(c));
            provisioners.iter().for_each(|p| self.check_provisioner(p));
        }
        let addr = ResourceAddr { module: self.out.module.path.clone(), mode, kind: kind.name, name: name.name };
        Some(Resource {
            provider: self.provider_source(&provider_ref.name),
            provider_ref,
            provider_key,
            generated: false,
            count: count.map(|a| a.expr.clone()),
            for_each: for_each.map(|a| a.expr.clone()),
            depends_on,
            lifecycle,
            connection,
            provisioners,
            body: fields.escaped_rest(self.diags),
            span: block.header,
            check: None,
            addr,
        })
    }

    pub(super) fn add_resource(&mut self, resource: Resource, block: &Block) {
        if let Some(first) = self.out.module.resources.get(&resource.addr) {
            let (kind, first) = (&block.kind.name, place(self.sources, first.span));
            self.diags.push(
                Diagnostic::error(
                    format!("Duplicate {kind}"),
                    format!("{} is declared here and at {first}. A name must be unique per type in a module.", resource.addr),
                )
                .at(block.header)
                .help("Rename or remove one of the two."),
            );
            return;
        }
        self.out.module.resources.insert(resource.addr.clone(), resource);
    }

    /// `count`, `for_each` and `lifecycle { enabled }` exclude each other.
    pub(super) fn not_both(&mut self, count: Option<&Attribute>, for_each: Option<&Attribute>, block: &Block) {
        let enabled = block.body.blocks_of("lifecycle").find_map(|l| l.body.attribute("enabled"));
        let (one, other) = match (count, for_each, enabled) {
            (Some(count), Some(for_each), _) => (count, for_each),
            (Some(other), None, Some(enabled)) | (None, Some(other), Some(enabled)) => (other, enabled),
            _ => return,
        };
        let summary = format!("Invalid combination of \"{}\" and \"{}\"", one.name.name, other.name.name);
        let d = Diagnostic::error(summary, "Only one of the two may be written.").at(other.name.span);
        self.diags.push(d.help("Remove one of them."));
    }

    /// What a local name means in this module.
    fn provider_source(&self, local: &str) -> ProviderSource {
        self.out.module.provider_source(local)
    }
}
