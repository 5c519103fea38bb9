//! Child processes that never outlive the tests.

use std::io;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

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

    /// Waits until the process has stopped itself.
    pub fn wait_stopped(&self) {
        let stat = format!("/proc/{}/stat", self.id());
        let stopped =
            || std::fs::read_to_string(&stat).is_ok_and(|text| text.rsplit(')').next().is_some_and(|rest| rest.starts_with(" T")));
        while !stopped() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets a stopped process go on.
    pub fn go_on(&self) {
        self.signal(nix::sys::signal::Signal::SIGCONT);
    }

    /// Sends a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.id()).expect("a process id"));
        nix::sys::signal::kill(pid, signal).expect("the process");
    }

    /// Waits for its end and returns the exit code (`None`: killed by a signal).
    pub fn wait(&mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the process") {
                return status.code();
            }
            assert!(start.elapsed() < Duration::from_secs(120), "a process that does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops the process where it is, as a suspended machine does.
    pub fn stop(&self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.id()).expect("a process id"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).expect("the process");
        self.wait_stopped();
    }

    /// Waits for its end and answers its exit code; `None`: killed by a signal.
    pub fn code(&mut self) -> Option<i32> {
        self.child.wait().expect("the process").code()
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
