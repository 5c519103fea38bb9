//! `state secrets`, and what every command does with them: mask them.

use super::read;
use crate::cli::args::EnvArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::Diagnostics;
use crate::schema::SchemaSource;
use crate::state::{Secret, State, secret_texts, secrets};

/// From here on no output shows a secret of this state, whatever text it comes back in.
pub fn learn(session: &Session, state: &State, schemas: &dyn SchemaSource) {
    secret_texts(state, schemas).iter().for_each(|text| session.redactor.add(text));
}

/// Runs the command.
///
/// # Errors
/// When the environment does not load or its state cannot be read.
pub async fn run(session: &Session, args: &EnvArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.as_deref(), &args.input, Need::Backend)?;
    let state = read(&project).await?.map(|(s, _)| s).unwrap_or_default();
    let found = secrets(&state, &project.edges.registry());
    if found.is_empty() {
        session.out("The state holds no secret that is marked as one.\n");
        return Ok(0);
    }
    for secret in &found {
        let name = if secret.attribute.is_empty() { secret.place.clone() } else { format!("{}: {}", secret.place, secret.attribute) };
        session.out(&format!("{name}\n    {}\n", advice(secret)));
    }
    let store = project.store().await?.describe();
    let place = format!("{}/{}", store.container, store.key);
    session.out(&match project.state_sealer.as_ref().is_some_and(|s| s.encrypts()) {
        true => format!(
            "\n{} secrets lie in {place}, which is encrypted. Whoever has the key can read them; versions from before it was encrypted need none.\n",
            found.len()
        ),
        false => format!(
            "\n{} secrets lie in plain text in {place}. Whoever can read it, or an earlier version of it, can read them. An encryption block in \
             the configuration encrypts all of it.\n",
            found.len()
        ),
    });
    Ok(0)
}

fn advice(secret: &Secret) -> String {
    if secret.attribute.is_empty() {
        return "Remove the output, or read the value where it is made; change the secret afterwards.".into();
    }
    match (&secret.write_only, &secret.managed, secret.by_type) {
        (Some(argument), ..) => format!("Set {argument} instead: it is given to the provider and never stored. Change the secret afterwards."),
        (None, Some(argument), _) => {
            format!("Set {argument} = true instead: the service makes the secret and keeps it, and the state says only where.")
        }
        (None, None, true) => {
            "The type has to store it. Let the service make and keep it where it can (a managed password, a secret by reference), or limit who reads the state.".into()
        }
        (None, None, false) => {
            "It comes from a sensitive value of the configuration. Pass a reference to the secret (its ARN or path) instead of the secret itself.".into()
        }
    }
}
