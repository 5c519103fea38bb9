//! Child processes that never outlive the tests.

use std::io;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

type Job = (Command, Sender<io::Result<Child>>);

/// A child that is killed when this is dropped.
pub struct Guard {
    child: Child,
}

impl Guard {
    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `program` under `setpriv --pdeathsig KILL`: the kernel kills it when the test run dies.
pub fn mortal(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", program]);
    command
}

/// Starts a child from a thread that lives as long as the run: the death signal follows the thread
/// that started a process, and a test's thread ends before a shared server should.
pub fn spawn(command: Command) -> io::Result<Guard> {
    static SPAWNER: OnceLock<Sender<Job>> = OnceLock::new();
    let jobs = SPAWNER.get_or_init(|| {
        let (sender, receiver) = channel::<Job>();
        thread::spawn(move || {
            for (mut command, reply) in receiver {
                let _ = reply.send(command.spawn());
            }
        });
        sender
    });
    let (reply, answer) = channel();
    jobs.send((command, reply)).map_err(io::Error::other)?;
    answer.recv().map_err(io::Error::other)?.map(|child| Guard { child })
}

/// A port of 127.0.0.1 that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    listener.local_addr().expect("its address").port()
}
