//! Ctrl-C and SIGTERM: the first stops starting new work, the second leaves at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// A flag that turns true at the first signal. The process exits with 130 at the second.
#[must_use]
pub fn watch_signals(notice: impl Fn() + Send + 'static) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else { return };
        let mut count = 0;
        loop {
            tokio::select! { _ = int.recv() => {}, _ = term.recv() => {} }
            count += 1;
            if count == 1 {
                notice();
                let _ = sender.send(true);
            } else {
                std::process::exit(130);
            }
        }
    });
    receiver
}
