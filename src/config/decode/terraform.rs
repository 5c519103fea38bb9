//! `terraform`: versions, providers, backend.

use super::Decoder;
use super::refs::provider_name;
use crate::addr::ProviderSource;
use crate::config::constant::{constant, text};
use crate::config::fields::Fields;
use crate::config::legacy::names;
use crate::config::model::RequiredProvider;
use crate::config::report::duplicate;
use crate::config::version::{Constraint, LANGUAGE_LEVEL, aws_provider_meets, language_level_meets};
use crate::diag::{Diagnostic, Span};
use crate::syntax::{Attribute, Block, Expr, ExprKind, ObjectItem};

/// The only edition of the language so far.
const EDITION: &str = "TF2021";

impl Decoder<'_> {
    pub(super) fn terraform(&mut self, block: &Block) {
        let Some([]) = self.labels(block, []) else { return };
        let mut fields = Fields::new(&block.body, "a terraform block", self.sources);
        self.required_version(fields.attr("required_version"));
        if let Some(attr) = fields.attr("experiments") {
            let detail = "Experiments of the language are part of alpha releases alone, and each of them has become plain language since.";
            let d = Diagnostic::error("Module uses experimental features", detail).at(attr.name.span);
            self.diags.push(d.help("Take the argument out."));
        }
        if let Some(attr) = fields.attr("language").filter(|a| !matches!(&*a.expr.kind, ExprKind::Variable(n) if n.as_ref() == EDITION)) {
            let detail = format!("There is one edition of the language, {EDITION}, and it is the default.");
            let d = Diagnostic::error("Unsupported language edition", detail).at(attr.expr.span);
            self.diags.push(d.help(format!("Take the argument out, or write: language = {EDITION}")));
        }
        for inner in fields.blocks("required_providers") {
            self.required_providers(inner);
        }
        for inner in fields.blocks("backend") {
            self.backend(inner);
        }
        for inner in fields.blocks("cloud") {
            let detail = "A cloud block keeps state and runs on a server of its own; envctl runs here, with the state in S3 or in a file.";
            let d = Diagnostic::error("Cloud workspaces are not supported", detail).at(inner.header);
            self.diags
                .push(d.help("Write a backend block (backend \"s3\" { ... }), and bring the state over with state pull and state push."));
        }
        if let Some(inner) = fields.block("encryption", self.diags) {
            self.out.module.encryption = Some(inner.clone());
        }
        // What a module tells its provider about itself, for the User-Agent of plugins: there is nobody to tell.
        fields.blocks("provider_meta");
        fields.finish(self.diags);
    }

    fn required_version(&mut self, attr: Option<&Attribute>) {
        let Some(attr) = attr else { return };
        let Some(text) = text(Some(attr), self.diags) else { return };
        let Some(constraint) = self.constraint(&text, attr.expr.span) else { return };
        if !language_level_meets(&constraint) {
            self.diags.push(
                Diagnostic::error(
                    "Unsupported language version",
                    format!("This module requires version \"{text}\"; envctl speaks OpenTofu {LANGUAGE_LEVEL}."),
                )
                .at(attr.expr.span)
                .help(format!("Widen the constraint so that it allows {LANGUAGE_LEVEL}.")),
            );
        }
    }

    fn constraint(&mut self, text: &str, span: Span) -> Option<Constraint> {
        match Constraint::parse(text) {
            Ok(constraint) => Some(constraint),
            Err(part) => {
                self.diags.push(
                    Diagnostic::error("Invalid version constraint", format!("\"{part}\" is no version condition."))
                        .at(span)
                        .help("Write for example: \">= 1.6\", \"~> 5.31\" or \">= 1.6, < 2.0\"."),
                );
                None
            }
        }
    }

    fn required_providers(&mut self, block: &Block) {
        for inner in &block.body.blocks {
            self.diags.push(
                Diagnostic::error("Unsupported block type", "required_providers holds arguments only.")
                    .at(inner.header)
                    .help(format!("Write: {} = {{ source = \"...\", version = \"...\" }}", inner.kind.name)),
            );
        }
        for attr in &block.body.attributes {
            let Some(required) = self.required_provider(attr) else { continue };
            if let Some(first) = self.out.module.required_providers.get(&attr.name.name) {
                let error = duplicate("required provider", &attr.name.name, first.span, attr.span, self.sources);
                self.diags.push(error);
                continue;
            }
            self.out.module.required_providers.insert(attr.name.name.clone(), required);
        }
    }

    fn required_provider(&mut self, attr: &Attribute) -> Option<RequiredProvider> {
        let default = ProviderSource::default_for(&attr.name.name);
        let mut required = RequiredProvider { source: default, version: None, span: attr.span };
        match &*attr.expr.kind {
            ExprKind::Object(items) => {
                for item in items {
                    self.provider_setting(&attr.name.name, item, &mut required);
                }
            }
            _ => {
                let version = text(Some(attr), self.diags)?;
                self.provider_version(&required.source, &version, attr.expr.span);
                required.version = Some(version);
            }
        }
        Some(required)
    }

    fn provider_setting(&mut self, local: &str, item: &ObjectItem, required: &mut RequiredProvider) {
        let key = match names(&item.key).as_deref() {
            Some([name]) => Some(name.to_string()),
            _ => item.key.literal_str(),
        };
        match key.as_deref() {
            Some("source") => {
                let Some(source) = self.const_text(&item.value) else { return };
                match ProviderSource::parse(&source) {
                    Some(parsed) => required.source = parsed,
                    None => self.diags.push(
                        Diagnostic::error("Invalid provider source", format!("\"{source}\" is no provider source."))
                            .at(item.value.span)
                            .help("Write for example: source = \"hashicorp/aws\""),
                    ),
                }
            }
            Some("version") => {
                if let Some(version) = self.const_text(&item.value) {
                    required.version = Some(version);
                }
            }
            Some("configuration_aliases") => self.configuration_aliases(local, &item.value),
            _ => self.diags.push(
                Diagnostic::error("Invalid required_providers entry", "Only source, version and configuration_aliases are known here.")
                    .at(item.key.span),
            ),
        }
        if (key.as_deref() == Some("version") || key.as_deref() == Some("source"))
            && let Some(version) = required.version.clone()
        {
            self.provider_version(&required.source.clone(), &version, item.value.span);
        }
    }

    fn const_text(&mut self, expr: &Expr) -> Option<String> {
        let value = constant(expr, self.diags)?;
        if value.as_str().is_none() {
            self.diags.push(Diagnostic::error("Unsuitable value type", "A text is required here.").at(expr.span));
        }
        value.as_str().map(str::to_string)
    }

    /// A constraint is checked for its form, and for the native AWS provider also for its content.
    fn provider_version(&mut self, source: &ProviderSource, version: &str, span: Span) {
        let Some(constraint) = self.constraint(version, span) else { return };
        if *source == ProviderSource::default_for("aws") && !aws_provider_meets(&constraint) {
            self.diags.push(
                Diagnostic::error(
                    "Unsupported provider version",
                    format!("The constraint \"{version}\" allows no release that envctl can stand in for: 5.x, or 6.x up to 6.47."),
                )
                .at(span)
                .help("Widen the constraint, for example to \">= 5.0, < 7.0\"."),
            );
        }
    }

    fn configuration_aliases(&mut self, local: &str, expr: &Expr) {
        let ExprKind::Tuple(items) = &*expr.kind else {
            self.diags.push(
                Diagnostic::error("Invalid configuration_aliases", "A list of provider references is required.")
                    .at(expr.span)
                    .help(format!("Write: configuration_aliases = [{local}.name]")),
            );
            return;
        };
        for item in items {
            let Some(reference) = provider_name(item, self.diags) else { continue };
            match reference.alias {
                Some(alias) if reference.name.as_ref() == local => {
                    self.out.module.configuration_aliases.push((reference.name, alias));
                }
                _ => self.diags.push(
                    Diagnostic::error("Invalid configuration_aliases", format!("An alias of the provider \"{local}\" is required."))
                        .at(item.span)
                        .help(format!("Write: {local}.name")),
                ),
            }
        }
    }
}
