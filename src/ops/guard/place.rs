//! `environment { region }`: another region is refused, as another account is.

use crate::addr::ProviderConfigAddr;
use crate::config::Environment;
use crate::diag::Diagnostic;
use crate::schema::ProviderFacts;

/// Refuses a default provider configuration (one without an alias) that works in another region than
/// the environment's. Aliased ones are there to reach other regions on purpose.
#[must_use]
pub fn region<'a>(
    environment: &Environment,
    found: impl IntoIterator<Item = (&'a ProviderConfigAddr, &'a ProviderFacts)>,
) -> Option<Diagnostic> {
    let wanted = environment.region.as_deref()?;
    let mut plain = found.into_iter().filter(|(addr, _)| addr.alias.is_none());
    let (addr, other) = plain.find_map(|(addr, facts)| facts.str("region").filter(|r| *r != wanted).map(|r| (addr, r)))?;
    let detail = format!("{addr} works in {other}, and the environment says region = {wanted:?}.");
    let d = Diagnostic::error("Wrong region", detail).or_at(environment.span);
    Some(d.help("Set the region of the provider block (or AWS_REGION) to that one, or correct region in the environment block."))
}
