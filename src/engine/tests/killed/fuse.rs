//! Ends a run at a chosen moment, as SIGKILL does: nothing of it goes on from there.

use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Counts moments, and blows at one of them.
#[derive(Default)]
pub struct Fuse {
    count: Mutex<Count>,
    blown: Mutex<Arc<Notify>>,
}

#[derive(Default)]
struct Count {
    passed: usize,
    at: Option<usize>,
    /// The moment of this name lasts for ever.
    stuck: Option<String>,
    dead: bool,
    names: Vec<String>,
}

impl Fuse {
    /// Sets the moment; the count starts again.
    pub fn set(&self, at: Option<usize>) {
        *self.count.lock().unwrap() = Count { at, ..Count::default() };
        *self.blown.lock().unwrap() = Arc::default();
    }

    /// From here on the moment of this name lasts for ever, and the run goes on beside it.
    pub fn stick(&self, name: &str) {
        *self.count.lock().unwrap() = Count { stuck: Some(name.into()), ..Count::default() };
    }

    /// Moments passed since it was set.
    pub fn names(&self) -> Vec<String> {
        self.count.lock().unwrap().names.clone()
    }

    /// A moment. Does not return in a run that is dead.
    pub async fn moment(&self, name: impl Into<String>) {
        tokio::task::yield_now().await;
        let (dead, stuck) = {
            let mut count = self.count.lock().unwrap();
            let name = name.into();
            let stuck = count.stuck.as_ref() == Some(&name);
            count.names.push(name);
            count.dead |= count.at == Some(count.passed);
            count.passed += 1;
            (count.dead, stuck)
        };
        if stuck {
            std::future::pending::<()>().await;
        }
        if dead {
            self.blown.lock().unwrap().notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Runs a future to its end, or to the moment that was set: `None`.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let blown = self.blown.lock().unwrap().clone();
        tokio::select! {
            biased;
            () = blown.notified() => None,
            done = work => Some(done),
        }
    }
}
