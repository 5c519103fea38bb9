//! Provisioners around a step: a new object is complete when they have run, an old one goes when
//! they have run.

use super::{Outcome, Run, Running};
use crate::addr::InstanceAddr;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::events::{Event, Events, ProvisionStep};
use crate::graph::NodeId;
use crate::plan::ResourceChange;
use crate::provisioner::{Job, ProvisionError, Provisioner, Task, When};
use crate::state::Status;
use std::time::Instant;

/// Runs jobs one after the other, to the first failure that counts.
pub(super) async fn run_jobs(
    provisioner: &dyn Provisioner,
    events: &dyn Events,
    addr: &InstanceAddr,
    jobs: &[Job],
) -> Result<(), ProvisionError> {
    for job in jobs {
        let tell = |step| events.event(&Event::Provision { addr: addr.clone(), kind: job.kind, step });
        tell(ProvisionStep::Started);
        let hidden = job.secret || matches!(&job.task, Task::Local(local) if local.quiet);
        if job.secret {
            tell(ProvisionStep::Output("(output is not shown: the provisioner's configuration is sensitive)".into()));
        }
        let lines = |line: &str| {
            if !hidden {
                events.event(&Event::Provision { addr: addr.clone(), kind: job.kind, step: ProvisionStep::Output(line.to_string()) });
            }
        };
        match provisioner.run(job, &lines).await {
            Ok(()) => tell(ProvisionStep::Finished),
            Err(e) if job.may_fail => {
                tell(ProvisionStep::Output(format!("{} (on_failure = continue)", e.detail)));
                tell(ProvisionStep::Failed);
            }
            Err(e) => {
                tell(ProvisionStep::Failed);
                return Err(e);
            }
        }
    }
    Ok(())
}

impl<'a> Run<'a> {
    /// The provisioners of an object that was just made; until they have run it counts as half-made.
    pub(super) fn start_provision(
        &mut self,
        id: NodeId,
        i: usize,
        change: &ResourceChange,
        intent: String,
    ) -> Result<Option<Running<'a>>, Diagnostics> {
        let Some(object) = self.resolve.value(&change.addr) else { return Ok(None) };
        let jobs = self.resolve.provisions(&change.addr, When::Create, &object);
        if jobs.as_ref().is_ok_and(Vec::is_empty) {
            return Ok(None);
        }
        self.mark(change, Status::Tainted);
        let (jobs, provisioner, events, addr) = (jobs?, self.provisioner, self.events, change.addr.clone());
        let journal = self.guard.journal();
        Ok(Some(Box::pin(async move {
            let begin = Instant::now();
            // What a provisioner does outside, it does for an object that is recorded.
            let result = match journal.flush().await {
                Ok(()) => run_jobs(provisioner, events, &addr, &jobs).await.map_err(|e| {
                    let help = "The object exists and is tainted: the next apply replaces it.";
                    Diagnostic::error(e.summary, e.detail).address(&addr).help(help)
                }),
                Err(e) => Err(e.diagnostic().address(&addr)),
            };
            (id, i, begin.elapsed(), Outcome::Provisioned { intent, result })
        })))
    }

    pub(super) fn finish_provision(&mut self, change: &ResourceChange, intent: &str, result: Result<(), Diagnostic>) -> bool {
        match result {
            Ok(()) => {
                self.mark(change, Status::Ready);
                self.guard.journal().end(intent, self.ledger.state.current(&change.addr));
                true
            }
            Err(d) => {
                self.diags.push(d);
                false
            }
        }
    }

    fn mark(&mut self, change: &ResourceChange, status: Status) {
        if let Some(object) = &mut self.ledger.state.instance_mut(&change.addr, &change.provider).current {
            object.status = status;
        }
    }
}
