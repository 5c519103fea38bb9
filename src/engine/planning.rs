//! Drives the planner: carries its questions to the providers, in groups, and the answers back.

use super::configured::{ConfiguredProviders, diagnostic};
use super::ephemeral::{OpenRequest, Opened};
use super::events::Events;
use super::read::{DataRequest, ReadRequest, read_data, read_objects};
use crate::addr::{InstanceAddr, ProviderConfigAddr};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::planner::ObjectId;
use crate::plan::{Answer, PlanInput, Planned, Planner, Progress, ReadAnswer, Request};
use crate::provider::{ErrorKind, Object, ProviderError, ReadOutcome};
use crate::value::Value;

/// Makes a plan. What went wrong is in the result; providers that were configured stay so.
///
/// # Errors
/// When planning could not even begin (a cycle in the configuration).
pub async fn plan(input: PlanInput, providers: &mut ConfiguredProviders, events: &dyn Events) -> Result<Planned, Diagnostics> {
    let mut planner = Planner::new(input)?;
    let (mut opened, mut answers) = (Opened::default(), Vec::new());
    loop {
        match planner.step(std::mem::take(&mut answers)) {
            Progress::Done(mut planned) => {
                planned.diags.extend(opened.close(events).await);
                return Ok(*planned);
            }
            Progress::Need(mut requests) => {
                let wanted: Vec<OpenRequest> = requests.extract_if(.., |r| matches!(r, Request::Open { .. })).filter_map(to_open).collect();
                let results = opened.open(&wanted, providers, events).await;
                answers.extend(wanted.into_iter().zip(results).map(|(request, result)| Answer::Opened { addr: request.addr, result }));
                match renewing(&mut opened, answer(requests, providers, events), events).await {
                    Ok(mut more) => answers.append(&mut more),
                    Err(mut failed) => {
                        failed.extend(opened.close(events).await);
                        return Err(failed);
                    }
                }
            }
        }
    }
}

/// Waits for answers while what is open stays so.
async fn renewing(
    opened: &mut Opened,
    answers: impl Future<Output = Vec<Answer>>,
    events: &dyn Events,
) -> Result<Vec<Answer>, Diagnostics> {
    tokio::select! {
        biased;
        answers = answers => Ok(answers),
        failed = opened.keep(events) => Err(failed),
    }
}

fn to_open(request: Request) -> Option<OpenRequest> {
    match request {
        Request::Open { addr, provider, config } => Some(OpenRequest { addr, provider, config }),
        _ => None,
    }
}

async fn answer(requests: Vec<Request>, providers: &mut ConfiguredProviders, events: &dyn Events) -> Vec<Answer> {
    let (mut ids, mut objects, mut data, mut answers) = (Vec::<ObjectId>::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut imports, mut imported) = (Vec::new(), Vec::new());
    for request in requests {
        match request {
            Request::Provider { addr, config } => answers.push(provider(addr, &config, providers).await),
            Request::Read { id, provider, attributes, private } => {
                objects.push(ReadRequest { addr: id.0.clone(), provider, object: Object { attributes, private } });
                ids.push(id);
            }
            Request::Import { addr, provider, id } => match import(&addr, &provider, &id, providers) {
                Ok(object) => {
                    imports.push(addr.clone());
                    imported.push(ReadRequest { addr, provider, object });
                }
                Err(e) => {
                    let found = ReadAnswer::Failed(diagnostic(e, &addr));
                    answers.push(Answer::Import { addr, found });
                }
            },
            // Opened before this.
            Request::Open { .. } => {}
            Request::Data { addr, provider, config } => data.push(DataRequest { addr, provider, config }),
        }
    }
    objects.append(&mut imported);
    let (mut read, found) = futures::join!(read_objects(providers, &objects, events), read_data(providers, &data, events));
    let fresh = read.split_off(ids.len().min(read.len()));
    answers.extend(imports.into_iter().zip(fresh).map(|(addr, outcome)| {
        let found = outcome_of(outcome, &(addr.clone(), None));
        Answer::Import { addr, found }
    }));
    answers.extend(ids.into_iter().zip(read).map(|(id, outcome)| {
        let found = outcome_of(outcome, &id);
        Answer::Read { id, found }
    }));
    let results = data.into_iter().zip(found).map(|(request, result)| Answer::Data { addr: request.addr, result });
    answers.extend(results);
    answers
}

/// The object to read for an import: what its type makes of the id.
fn import(addr: &InstanceAddr, provider: &ProviderConfigAddr, id: &str, providers: &ConfiguredProviders) -> Result<Object, ProviderError> {
    let (native, _) = providers.get(provider)?;
    let kind = &addr.resource.kind;
    let ty = native
        .resource(kind)
        .ok_or_else(|| ProviderError::new(ErrorKind::Invalid, "Type not supported yet", format!("envctl does not know {kind} yet.")))?;
    ty.import(id)
}

async fn provider(addr: ProviderConfigAddr, config: &Value, providers: &mut ConfiguredProviders) -> Answer {
    if config.is_wholly_known() {
        let facts = providers.configure(&addr, config).await.map_err(|e| diagnostic(e, &addr));
        return Answer::Provider { addr, facts, callable: true };
    }
    let facts = match providers.registry().provider(&addr.source) {
        Some(provider) => Ok(provider.facts(config)),
        None => Err(Diagnostic::error("Provider not supported", format!("envctl does not have the provider {}.", addr.source))),
    };
    Answer::Provider { addr, facts, callable: false }
}

fn outcome_of(outcome: ReadOutcome, (addr, _): &ObjectId) -> ReadAnswer {
    match outcome {
        ReadOutcome::Found(object) => ReadAnswer::Found { attributes: object.attributes, private: object.private },
        ReadOutcome::Gone => ReadAnswer::Gone,
        ReadOutcome::Failed(e) => ReadAnswer::Failed(diagnostic(e, addr)),
    }
}
