//! A network in between: a TCP relay on loopback that is slow, or breaks.

use super::process;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Forwards connections to a port of this machine; it ends with the tests.
pub struct Relay {
    port: u16,
    network: Arc<Network>,
}

#[derive(Default)]
struct Network {
    /// How long each piece is under way, in milliseconds.
    delay: AtomicU64,
    /// How many bytes still pass, both directions together; `u64::MAX`: all.
    left: AtomicU64,
    connections: AtomicUsize,
}

impl Relay {
    /// A relay to a port, quick and whole.
    pub fn to(target: u16) -> Self {
        let port = process::free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        let network = Arc::new(Network { left: AtomicU64::new(u64::MAX), ..Network::default() });
        let shared = network.clone();
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    let network = shared.clone();
                    thread::spawn(move || network.carry(from, to));
                }
            }
        });
        Self { port, network }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Every piece of at most 16 KiB takes this long.
    pub fn slow_down(&self, delay: Duration) {
        self.network.delay.store(u64::try_from(delay.as_millis()).expect("a delay"), Ordering::SeqCst);
    }

    /// After so many bytes every connection breaks; `u64::MAX` for never.
    pub fn break_after(&self, bytes: u64) {
        self.network.left.store(bytes, Ordering::SeqCst);
    }

    /// Bytes that still pass.
    pub fn left(&self) -> u64 {
        self.network.left.load(Ordering::SeqCst)
    }

    /// How often something connected.
    pub fn connections(&self) -> usize {
        self.network.connections.load(Ordering::SeqCst)
    }
}

impl Network {
    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut piece = [0; 16 * 1024];
        while let Ok(len @ 1..) = from.read(&mut piece) {
            thread::sleep(Duration::from_millis(self.delay.load(Ordering::SeqCst)));
            if !self.passes(len as u64) || to.write_all(&piece[..len]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }

    fn passes(&self, bytes: u64) -> bool {
        let spend = |left: u64| if left == u64::MAX { Some(left) } else { left.checked_sub(bytes) };
        let spent = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend).is_ok();
        if !spent {
            self.left.store(0, Ordering::SeqCst);
        }
        spent
    }
}
