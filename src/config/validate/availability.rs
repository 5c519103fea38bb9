//! Which providers and types of the configuration envctl has.

use super::bodies::mode_name;
use crate::addr::ProviderSource;
use crate::config::model::{Config, Resource};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::schema::{Availability, SchemaSource};
use std::collections::BTreeMap;

/// Misspelt types and foreign providers are errors; types that are not there yet are one warning.
pub(super) fn check(config: &Config, schemas: &dyn SchemaSource, diags: &mut Diagnostics) {
    let mut foreign: BTreeMap<ProviderSource, Users> = BTreeMap::new();
    let mut later: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for resource in config.modules.values().flat_map(|m| m.resources.values()) {
        if !schemas.has_provider(&resource.provider) {
            let users = foreign.entry(resource.provider.clone()).or_insert(Users { first: resource.span, names: Vec::new() });
            users.names.push(resource.addr.to_string());
            continue;
        }
        let (mode, kind) = (resource.addr.mode, &resource.addr.kind);
        match schemas.availability(&resource.provider, mode, kind) {
            Availability::Supported => {}
            Availability::NotYet => later.entry(format!("{} {kind}", mode_name(mode))).or_default().push(resource.addr.to_string()),
            Availability::Unknown(near) => diags.push(misspelt(resource, near)),
        }
    }
    for (provider, users) in foreign {
        diags.push(
            Diagnostic::error(
                "Provider not supported",
                format!("envctl has no provider {provider}. It is needed by: {}.", users.names.join(", ")),
            )
            .at(users.first)
            .help(format!(
                "envctl brings its providers along: {}. Check the source in required_providers.",
                schemas.provider_names().join(", ")
            )),
        );
    }
    if !later.is_empty() {
        let lines: Vec<String> = later.iter().map(|(what, users)| format!("  {what}: {}", users.join(", "))).collect();
        diags.push(
            Diagnostic::warning(
                "Types not supported yet",
                format!("The provider has these types, but envctl does not have them yet:\n{}", lines.join("\n")),
            )
            .help("A plan works as long as none of them has an instance (count = 0, or an empty for_each)."),
        );
    }
}

struct Users {
    first: Span,
    names: Vec<String>,
}

fn misspelt(resource: &Resource, near: Option<String>) -> Diagnostic {
    let (what, kind) = (mode_name(resource.addr.mode), &resource.addr.kind);
    let error = Diagnostic::error(format!("Invalid {what}"), format!("The provider {} has no {what} \"{kind}\".", resource.provider))
        .at(resource.span);
    match near {
        Some(near) => error.help(format!("Did you mean \"{near}\"?")),
        None => error,
    }
}
