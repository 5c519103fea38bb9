//! The built-in providers as the registry sees them.

use super::{local, null, random, random_ephemeral, random_lists, remote_state::RemoteState, terraform, time, time_sleep, tls};
use crate::addr::{Mode, ProviderSource};
use crate::provider::{Configured, DataSource, EphemeralType, Provider, ProviderError, ResourceType};
use crate::schema::{BlockSchema, ProviderFacts};
use crate::store::StateReader;
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// A provider that needs neither configuration nor connection.
pub struct BuiltinProvider {
    source: ProviderSource,
    resources: Vec<Arc<dyn ResourceType>>,
    data: Vec<Arc<dyn DataSource>>,
    ephemeral: Vec<Arc<dyn EphemeralType>>,
    known_resources: &'static [&'static str],
    known_data: &'static [&'static str],
    known_ephemeral: &'static [&'static str],
}

/// All built-in providers; `reader` opens other states for `terraform_remote_state`.
#[must_use]
pub fn providers(reader: Arc<dyn StateReader>) -> Vec<Arc<dyn Provider>> {
    let terraform = BuiltinProvider {
        source: ProviderSource::builtin(),
        resources: vec![Arc::new(terraform::data())],
        data: vec![Arc::new(RemoteState { reader })],
        ephemeral: vec![],
        known_resources: &["terraform_data"],
        known_data: &["terraform_remote_state"],
        known_ephemeral: &[],
    };
    let null = BuiltinProvider {
        source: ProviderSource::default_for("null"),
        resources: vec![Arc::new(null::resource())],
        data: vec![],
        ephemeral: vec![],
        known_resources: &["null_resource"],
        known_data: &["null_data_source"],
        known_ephemeral: &[],
    };
    let random = BuiltinProvider {
        source: ProviderSource::default_for("random"),
        resources: vec![
            Arc::new(random_lists::bytes()),
            Arc::new(random::id()),
            Arc::new(random::integer()),
            Arc::new(random::password()),
            Arc::new(random_lists::pet()),
            Arc::new(random_lists::shuffle()),
            Arc::new(random::string_type()),
            Arc::new(random::uuid()),
        ],
        data: vec![],
        ephemeral: vec![Arc::new(random_ephemeral::Password)],
        known_resources: &[
            "random_bytes",
            "random_id",
            "random_integer",
            "random_password",
            "random_pet",
            "random_shuffle",
            "random_string",
            "random_uuid",
        ],
        known_data: &[],
        known_ephemeral: &["random_password"],
    };
    let local = BuiltinProvider {
        source: ProviderSource::default_for("local"),
        resources: vec![Arc::new(local::file()), Arc::new(local::sensitive_file())],
        data: vec![],
        ephemeral: vec![],
        known_resources: &["local_file", "local_sensitive_file"],
        known_data: &["local_file", "local_sensitive_file"],
        known_ephemeral: &[],
    };
    let time = BuiltinProvider {
        source: ProviderSource::default_for("time"),
        resources: vec![Arc::new(time::fixed()), Arc::new(time::offset()), Arc::new(time::rotating()), Arc::new(time_sleep::Sleep)],
        data: vec![],
        ephemeral: vec![],
        known_resources: &["time_offset", "time_rotating", "time_sleep", "time_static"],
        known_data: &[],
        known_ephemeral: &[],
    };
    [terraform, null, random, local, time, tls()].map(|p| Arc::new(p) as Arc<dyn Provider>).into()
}

fn tls() -> BuiltinProvider {
    BuiltinProvider {
        source: ProviderSource::default_for("tls"),
        resources: tls::resources().map(|r| Arc::new(r) as Arc<dyn ResourceType>).into(),
        data: vec![Arc::new(tls::CertificateData), Arc::new(tls::PublicKeyData)],
        ephemeral: vec![Arc::new(tls::Ephemeral), Arc::new(tls::PublicKeyEphemeral)],
        known_resources: &["tls_cert_request", "tls_locally_signed_cert", "tls_private_key", "tls_self_signed_cert"],
        known_data: &["tls_certificate", "tls_public_key"],
        known_ephemeral: &["tls_private_key", "tls_public_key"],
    }
}

#[async_trait]
impl Provider for BuiltinProvider {
    fn source(&self) -> ProviderSource {
        self.source.clone()
    }

    fn config_schema(&self) -> Arc<BlockSchema> {
        Arc::new(BlockSchema::new())
    }

    fn resource(&self, kind: &str) -> Option<Arc<dyn ResourceType>> {
        self.resources.iter().find(|r| r.name() == kind).cloned()
    }

    fn data_source(&self, kind: &str) -> Option<Arc<dyn DataSource>> {
        self.data.iter().find(|d| d.name() == kind).cloned()
    }

    fn ephemeral(&self, kind: &str) -> Option<Arc<dyn EphemeralType>> {
        self.ephemeral.iter().find(|e| e.name() == kind).cloned()
    }

    fn supported(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Managed => self.resources.iter().map(|r| r.name()).collect(),
            Mode::Data => self.data.iter().map(|d| d.name()).collect(),
            Mode::Ephemeral => self.ephemeral.iter().map(|e| e.name()).collect(),
        }
    }

    fn known(&self, mode: Mode) -> &'static [&'static str] {
        match mode {
            Mode::Managed => self.known_resources,
            Mode::Data => self.known_data,
            Mode::Ephemeral => self.known_ephemeral,
        }
    }

    fn facts(&self, _config: &Value) -> ProviderFacts {
        ProviderFacts::default()
    }

    async fn configure(&self, _config: &Value) -> Result<Configured, ProviderError> {
        Ok(Configured { data: Arc::new(()), facts: ProviderFacts::default() })
    }
}
