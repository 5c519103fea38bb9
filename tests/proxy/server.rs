//! The server: accepts, understands, counts, spoils, applies the rules, forwards, answers.

use super::answer::Answer;
use super::call::Call;
use super::context::{Context, lock};
use super::control;
use super::faults::{self, Action, Fault};
use super::http1::{Incoming, Wire};
use super::kill::{KillPoint, Moment};
use super::rules::{self, Rule};
use super::stats::Stats;
use super::upstream::Upstream;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// The state of one running proxy.
pub struct Proxy {
    /// What the rules share.
    pub context: Context,
    /// The rules in order.
    pub rules: Vec<Box<dyn Rule>>,
    /// Counts.
    pub stats: Mutex<Stats>,
    /// Faults that are set.
    pub faults: Mutex<Vec<Fault>>,
    /// The kill point that is set.
    pub kill: Mutex<Option<KillPoint>>,
}

/// What becomes of a request.
enum Fate {
    Answered(Answer),
    /// Half of the answer arrives, then the connection breaks.
    Cut(Answer),
    /// The connection breaks.
    Lost,
}

/// Serves until the task is dropped.
pub async fn serve(listener: TcpListener, upstream: &str) -> io::Result<()> {
    let proxy = Arc::new(Proxy {
        context: Context::new(Upstream::new(upstream)),
        rules: rules::all(),
        stats: Mutex::default(),
        faults: Mutex::default(),
        kill: Mutex::default(),
    });
    loop {
        let (stream, _) = listener.accept().await?;
        let proxy = Arc::clone(&proxy);
        // A connection that the client or a fault closed is not our failure.
        tokio::spawn(async move { drop(proxy.talk(stream).await) });
    }
}

impl Proxy {
    async fn talk(self: Arc<Self>, stream: TcpStream) -> io::Result<()> {
        let mut wire = Wire::new(stream);
        while let Some(incoming) = wire.read().await? {
            let (head_only, last) = (incoming.method == "HEAD", incoming.last);
            let (fate, moment) = self.handle(incoming).await;
            match fate {
                Fate::Answered(answer) => wire.write(&answer, head_only, false).await?,
                Fate::Cut(answer) => return wire.write(&answer, head_only, true).await,
                Fate::Lost => return Ok(()),
            }
            if moment == Some(Moment::AfterAnswer) {
                let proxy = Arc::clone(&self);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    proxy.fire_pending();
                });
            }
            if last {
                break;
            }
        }
        Ok(())
    }

    async fn handle(self: &Arc<Self>, incoming: Incoming) -> (Fate, Option<Moment>) {
        if let Some(path) = incoming.target.strip_prefix("/_proxy") {
            let answer = control::answer(self, &incoming.method, path, &incoming.body);
            return (Fate::Answered(answer), None);
        }
        let call = Call::new(incoming.method, incoming.target, incoming.headers, incoming.body);
        if self.fire_pending() {
            // The process died after an answer: what it sent while we aimed was never sent.
            return (Fate::Lost, None);
        }
        lock(&self.stats).count(&call);
        let moment = lock(&self.kill).as_mut().and_then(|point| point.count(&call));
        let actions = faults::strike(&mut lock(&self.faults), &call);
        if moment == Some(Moment::BeforeForward) {
            self.fire_pending();
            return (Fate::Lost, moment);
        }
        if moment == Some(Moment::ArrivesLate) {
            self.fire_pending();
            self.arrive_late(call);
            return (Fate::Lost, moment);
        }
        if let Some(fate) = spoil(&actions, &call).await {
            return (fate, moment);
        }
        // The call goes on when the caller dies: AWS does not stop either.
        let (work, asked) = (Arc::clone(self), call.clone());
        let answer = tokio::spawn(async move { work.perform(call).await }).await;
        if moment == Some(Moment::BeforeAnswer) {
            self.fire_pending();
            return (Fate::Lost, moment);
        }
        let fate = match answer {
            Ok(_) if actions.contains(&Action::DropAfter) => Fate::Lost,
            Ok(answer) if actions.contains(&Action::Truncate) => Fate::Cut(answer),
            Ok(answer) => Fate::Answered(faults::denied_after(&actions, &asked).unwrap_or(answer)),
            Err(_) => Fate::Lost,
        };
        (fate, moment)
    }

    /// A packet on a slow way: whoever sent it is dead when it arrives.
    fn arrive_late(self: &Arc<Self>, call: Call) {
        let work = Arc::clone(self);
        let late = lock(&self.kill).as_ref().map_or(Duration::ZERO, KillPoint::late);
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            work.perform(call).await;
        });
    }

    fn fire_pending(&self) -> bool {
        lock(&self.kill).as_mut().is_some_and(KillPoint::fire)
    }

    async fn perform(&self, mut call: Call) -> Answer {
        let _turn = if call.mutating() { Some(self.context.upstream.turn().await) } else { None };
        let disabled = self.context.settings().disabled;
        let rules: Vec<_> =
            self.rules.iter().filter(|rule| !disabled.iter().any(|name| name == rule.name()) && rule.applies(&call)).collect();
        for rule in &rules {
            if let Some(answer) = rule.before(&mut call, &self.context).await {
                return answer;
            }
        }
        let mut answer = self.context.upstream.forward(&call).await;
        for rule in &rules {
            answer = rule.after(&call, answer, &self.context).await;
        }
        answer
    }
}

/// What the faults do before the call is forwarded.
async fn spoil(actions: &[Action], call: &Call) -> Option<Fate> {
    for action in actions {
        let answer = match action {
            Action::Latency { ms } => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                continue;
            }
            Action::Throttle => faults::throttled(call),
            Action::Error { status } => Answer::error(call, *status, "InternalError", "An internal error has occurred"),
            Action::Code { code, message, status } => Answer::error(call, *status, code, message),
            Action::DropBefore => return Some(Fate::Lost),
            Action::ErrorAfter { .. } | Action::DropAfter | Action::Truncate => continue,
        };
        return Some(Fate::Answered(answer));
    }
    None
}
