//! `state verify`

use crate::cli::args::EnvArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::Diagnostics;
use crate::state::{Finding, State, check, check_objects};
use crate::store::{StateMark, StateStore};

/// How many earlier states are compared with the current one.
const BACK: usize = 5;

/// Runs the command: lineage, serial and digest, references, duplicates, schemas. Exit code 1
/// when something is wrong.
///
/// # Errors
/// When the environment does not load, or its state cannot be read (a digest that does not fit
/// is such an error, with its cure).
pub async fn run(session: &Session, args: &EnvArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.as_deref(), &args.input, Need::Backend)?;
    let store = project.store().await?;
    let Some(stored) = store.read().await.map_err(|e| Diagnostics::from(e.diagnostic()))? else {
        session.out("There is no state yet: nothing to verify.\n");
        return Ok(0);
    };
    let state = crate::state::read(&stored.bytes).map_err(|e| Diagnostics::from(e.diagnostic()))?;
    let mut findings = check(&state);
    let (objects, unknown) = check_objects(&state, &project.edges.registry());
    findings.extend(objects);
    findings.extend(went_back(store.as_ref(), &state).await);
    for finding in &findings {
        session.out(&format!("{}: {}\n", finding.place, finding.message));
    }
    if unknown > 0 {
        session.out(&format!("{unknown} objects have types that envctl does not know; their attributes were not looked at.\n"));
    }
    let place = store.describe();
    let count = state.instances().count();
    if findings.is_empty() {
        let text = format!("{}/{} is sound: serial {}, {count} instances.", place.container, place.key, state.serial);
        session.out(&format!("{}\n", session.style.good(&text)));
        return Ok(0);
    }
    session.out(&format!(
        "{} problems in {}/{} (serial {}, {count} instances).\n",
        findings.len(),
        place.container,
        place.key,
        state.serial
    ));
    Ok(1)
}

/// An earlier state with a higher serial: somebody put an old one in place of a newer.
async fn went_back(store: &dyn StateStore, state: &State) -> Option<Finding> {
    let versions = store.versions(BACK + 1).await.unwrap_or_default();
    for version in versions.iter().filter(|v| !v.current) {
        let Ok(Some(bytes)) = store.read_version(&version.id).await else { continue };
        let Some(mark) = StateMark::of(&bytes) else { continue };
        if mark.lineage == state.lineage && mark.serial > state.serial {
            let message =
                format!("its serial is {}, and that of the earlier version {} is {}: it went back", state.serial, version.id, mark.serial);
            return Some(Finding { place: "state".into(), message });
        }
    }
    None
}
