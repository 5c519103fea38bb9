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
    dead: bool,
    names: Vec<String>,
}

impl Fuse {
    /// Sets the moment; the count starts again.
    pub fn set(&self, at: Option<usize>) {
        *self.count.lock().unwrap() = Count { at, ..Count::default() };
        *self.blown.lock().unwrap() = Arc::default();
    }

    /// Moments passed since it was set.
    pub fn names(&self) -> Vec<String> {
        self.count.lock().unwrap().names.clone()
    }

    /// A moment. Does not return in a run that is dead.
    pub async fn moment(&self, name: impl Into<String>) {
        tokio::task::yield_now().await;
        let dead = {
            let mut count = self.count.lock().unwrap();
            count.names.push(name.into());
            count.dead |= count.at == Some(count.passed);
            count.passed += 1;
            count.dead
        };
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
