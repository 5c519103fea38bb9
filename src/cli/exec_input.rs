//! Standard input of `exec`: what comes in goes to every host, piece by piece, as fast as the slowest of them takes it.
//!
//! It is read by a thread of its own, so that a command that reads nothing does not wait for an input that never ends. A
//! terminal is not passed on: `ssh` is for that.

use crate::remote::Input;
use std::io::{ErrorKind, IsTerminal, Read};
use std::sync::mpsc::Receiver as Ends;
use std::sync::{Arc, mpsc as threads};
use tokio::sync::mpsc::{Sender, channel};

/// Bytes of a piece.
const PIECE: usize = 64 * 1024;
/// Pieces that a host may be behind.
const BEHIND: usize = 4;

/// Input on its way to some hosts.
pub struct Piped {
    inputs: Vec<Input>,
    failed: Ends<std::io::Error>,
}

impl Piped {
    /// The process's standard input for so many hosts; `None`: it is a terminal.
    #[must_use]
    pub fn stdin(hosts: usize) -> Option<Self> {
        let stdin = std::io::stdin();
        (!stdin.is_terminal()).then(|| Self::of(stdin, hosts))
    }

    fn of(source: impl Read + Send + 'static, hosts: usize) -> Self {
        let (mut senders, inputs): (Vec<_>, Vec<_>) = (0..hosts).map(|_| channel(BEHIND)).unzip();
        let (tell, failed) = threads::channel();
        // It ends with the process, if not before.
        std::thread::spawn(move || {
            if let Err(error) = pump(source, &mut senders) {
                // Before the hosts see an end.
                let _ = tell.send(error);
            }
        });
        Piped { inputs, failed }
    }

    /// One for each host.
    pub fn take(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.inputs)
    }

    /// Why it could not be read to its end, as far as that has shown.
    #[must_use]
    pub fn failure(&self) -> Option<std::io::Error> {
        self.failed.try_recv().ok()
    }
}

/// Reads until the end, or until nobody wants more.
fn pump(mut source: impl Read, hosts: &mut Vec<Sender<Arc<[u8]>>>) -> std::io::Result<()> {
    let mut buffer = vec![0; PIECE];
    while !hosts.is_empty() {
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let piece: Arc<[u8]> = buffer.get(..read).unwrap_or_default().into();
        hosts.retain(|host| host.blocking_send(Arc::clone(&piece)).is_ok());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(mut input: Input) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(piece) = input.recv().await {
            bytes.extend_from_slice(&piece);
        }
        bytes
    }

    #[tokio::test]
    async fn every_host_gets_everything_and_one_that_is_gone_stops_nobody() {
        let sent: Vec<u8> = (0..PIECE * 12 + 7).map(|n| n as u8).collect();
        let mut piped = Piped::of(std::io::Cursor::new(sent.clone()), 3);
        let mut inputs = piped.take();
        drop(inputs.pop());
        let (b, a) = (inputs.pop().unwrap(), inputs.pop().unwrap());
        let (a, b) = tokio::join!(all(a), all(b));
        assert!(a == sent && b == sent, "{} {}", a.len(), b.len());
        assert!(piped.failure().is_none());
    }

    #[tokio::test]
    async fn an_input_that_breaks_off_is_told() {
        struct Broken(bool);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(std::io::Error::other("gone"));
                }
                buffer[..3].copy_from_slice(b"one");
                Ok(3)
            }
        }
        let mut piped = Piped::of(Broken(false), 1);
        assert_eq!(all(piped.take().remove(0)).await, b"one");
        assert_eq!(piped.failure().unwrap().to_string(), "gone", "told before the end");
    }

    #[test]
    fn nobody_reads_on_for_nobody() {
        struct Endless;
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                Ok(buffer.len())
            }
        }
        let (mut senders, inputs): (Vec<_>, Vec<_>) = (0..2).map(|_| channel(BEHIND)).unzip();
        drop(inputs);
        pump(Endless, &mut senders).unwrap();
        assert!(senders.is_empty());
    }
}
