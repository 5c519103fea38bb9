//! Ctrl-C and SIGTERM: the first stops starting new work, the second saves and leaves, the third
//! leaves at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What signals ask for.
#[derive(Clone)]
pub struct Interrupt {
    /// Turns true at the first signal.
    pub cancel: watch::Receiver<bool>,
    leave: watch::Sender<bool>,
}

impl Interrupt {
    /// Turns true at the second signal. Who listens promises to save and end; where nobody
    /// listens, the process ends there and then.
    #[must_use]
    pub fn leave(&self) -> watch::Receiver<bool> {
        self.leave.subscribe()
    }
}

/// Watches for signals from here on.
#[must_use]
pub fn watch_signals(notice: impl Fn() + Send + 'static) -> Interrupt {
    let (sender, cancel) = watch::channel(false);
    let leave = watch::Sender::new(false);
    let asked = leave.clone();
    tokio::spawn(async move {
        let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else { return };
        let mut count = 0;
        loop {
            tokio::select! { _ = int.recv() => {}, _ = term.recv() => {} }
            count += 1;
            match count {
                1 => {
                    notice();
                    let _ = sender.send(true);
                }
                2 if asked.receiver_count() > 0 => drop(asked.send(true)),
                _ => std::process::exit(130),
            }
        }
    });
    Interrupt { cancel, leave }
}
