//! From a database's name to the service that runs it, reached as the provider configuration that
//! manages it says; for a database that no state holds, as the root module's `aws` provider says.

use super::planning::guard_account;
use super::progress::Progress;
use super::project::Project;
use super::recover::config_of;
use super::session::Session;
use super::wire;
use crate::addr::{InstanceAddr, ModulePath, ProviderConfigAddr, ProviderSource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::ConfiguredProviders;
use crate::ops::snapshot::Tell;
use crate::provider::Databases;
use crate::state::{ObjectState, State};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The type of databases.
pub const KIND: &str = "aws_db_instance";

/// A database of the state.
pub struct Managed<'s> {
    /// Where.
    pub addr: InstanceAddr,
    /// What manages it.
    pub provider: ProviderConfigAddr,
    /// As stored.
    pub object: &'s ObjectState,
}

impl Managed<'_> {
    /// Text attribute.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.object.attributes.get(name)?.as_str().filter(|t| !t.is_empty())
    }
}

/// The databases of a state.
#[must_use]
pub fn managed(state: &State) -> Vec<Managed<'_>> {
    let mut all = Vec::new();
    for (addr, resource, instance) in state.instances() {
        if addr.resource.kind.as_ref() != KIND || addr.resource.mode != crate::addr::Mode::Managed {
            continue;
        }
        if let Some(object) = &instance.current {
            let provider = ProviderConfigAddr { key: object.provider_key(), ..resource.provider.clone() };
            all.push(Managed { addr, provider, object });
        }
    }
    all
}

/// Reaches databases of one state, configuring each provider once.
pub struct Reacher<'a> {
    session: &'a Session,
    project: &'a Project,
    state: &'a State,
    /// Providers configured so far.
    pub providers: ConfiguredProviders,
}

impl<'a> Reacher<'a> {
    /// Nothing is configured yet.
    #[must_use]
    pub fn new(session: &'a Session, project: &'a Project, state: &'a State) -> Self {
        Reacher { session, project, state, providers: ConfiguredProviders::new(project.edges.registry()) }
    }

    /// The database of that identifier in the state.
    #[must_use]
    pub fn managed(&self, identifier: &str) -> Option<Managed<'a>> {
        managed(self.state).into_iter().find(|m| m.text("identifier") == Some(identifier))
    }

    /// The service of a database.
    ///
    /// # Errors
    /// When its provider cannot be configured, these are another account's credentials, or this build has no such service.
    pub async fn reach(&mut self, identifier: &str) -> Result<Arc<dyn Databases>, Diagnostics> {
        let managed = self.managed(identifier);
        let region = managed.as_ref().and_then(|m| m.text("region")).map(str::to_string);
        let own = ProviderConfigAddr { module: ModulePath::root(), source: ProviderSource::default_for("aws"), alias: None, key: None };
        let addr = managed.map_or(own, |m| m.provider);
        if !self.providers.has(&addr) {
            if self.providers.registry().provider(&addr.source).is_none() {
                return Err(no_aws().into());
            }
            let config = config_of(self.session, self.project, self.state, &addr)?;
            let configured = self.providers.configure(&addr, &config).await;
            configured.map_err(|e| crate::ops::snapshot::diagnostic(e).address(&addr))?;
            let mut diags = Diagnostics::new();
            guard_account(self.project, &self.providers, &mut diags);
            if diags.has_errors() {
                return Err(diags);
            }
        }
        let (_, configured) = self.providers.get(&addr).map_err(crate::ops::snapshot::diagnostic)?;
        wire::databases(&configured, region).ok_or_else(|| no_aws().into())
    }
}

fn no_aws() -> Diagnostic {
    let detail = "Snapshots and restores are made of databases in RDS, and this build of envctl has no AWS.";
    Diagnostic::error("No service of databases", detail).help("Use a build with the feature \"aws\".")
}

/// Without a terminal a wait is told this often.
const TELL: Duration = Duration::from_secs(30);

/// Tells people what is waited for.
pub struct DatabaseProgress<'a> {
    lines: &'a Progress,
    every: Duration,
    told: Mutex<Option<(String, String, Duration)>>,
}

impl<'a> DatabaseProgress<'a> {
    /// Prints through `lines`.
    #[must_use]
    pub fn new(session: &Session, lines: &'a Progress) -> Self {
        let every = if session.interactive { Duration::from_secs(10) } else { TELL };
        DatabaseProgress { lines, every, told: Mutex::default() }
    }
}

impl Tell for DatabaseProgress<'_> {
    fn line(&self, text: &str) {
        self.lines.line(text);
    }

    fn waiting(&self, what: &str, waited: Duration, state: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.as_ref().is_none_or(|(w, s, at)| w != what || s != state || waited >= *at + self.every);
        if due {
            *told = Some((what.to_string(), state.to_string(), waited));
            let s = waited.as_secs();
            let since = if s < 60 { format!("{s}s") } else { format!("{}m{:02}s", s / 60, s % 60) };
            self.lines.line(&format!("waiting for {what}: {state} ({since})"));
        }
    }
}
