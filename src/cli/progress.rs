//! Live progress: a line for what ended, and on a terminal a running line per object at work.

use super::session::{Session, write_line};
use crate::addr::InstanceAddr;
use crate::engine::{Event, Events, Phase, ProvisionStep};
use crate::report::Style;
use crate::report::json::Line;
use crate::secret::Redactor;
use crate::value::Value;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Listens to the engine and tells people.
pub struct Progress {
    style: Style,
    redactor: Arc<Redactor>,
    bars: Option<MultiProgress>,
    running: Mutex<BTreeMap<String, ProgressBar>>,
    stream: Option<Stream>,
}

/// Steps under way by name: object, what is done, since when.
type Working = Arc<Mutex<BTreeMap<String, (InstanceAddr, Phase, Instant)>>>;

/// The `-json` form: the same events as lines for programs, and a reminder of what takes long.
struct Stream {
    working: Working,
    reminder: tokio::task::JoinHandle<()>,
}

/// How often a long step is mentioned.
const STILL: Duration = Duration::from_secs(10);

impl Stream {
    fn new(redactor: Arc<Redactor>) -> Stream {
        let working = Working::default();
        let seen = working.clone();
        let reminder = tokio::spawn(async move {
            let mut told: BTreeMap<String, u64> = BTreeMap::new();
            loop {
                tokio::time::sleep(Duration::from_millis(500)).await;
                let now = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
                told.retain(|name, _| now.contains_key(name));
                for (name, (addr, phase, since)) in now {
                    let tens = since.elapsed().as_secs() / STILL.as_secs();
                    if tens > told.get(&name).copied().unwrap_or(0) {
                        write_line(&Line::still(&addr, phase, tens * STILL.as_secs()), &redactor);
                        told.insert(name, tens);
                    }
                }
            }
        });
        Stream { working, reminder }
    }

    fn event(&self, event: &Event, redactor: &Redactor) {
        Line::event(event).iter().for_each(|line| write_line(line, redactor));
        let mut working = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { addr, deposed, phase, .. } => {
                working.insert(name(addr, deposed.as_ref()), (addr.clone(), *phase, Instant::now()));
            }
            Event::Finished { addr, deposed, .. } => drop(working.remove(&name(addr, deposed.as_ref()))),
            Event::Failed { addr, .. } => drop(working.remove(&addr.to_string())),
            _ => {}
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reminder.abort();
    }
}

impl Progress {
    /// Running lines only where standard output is a terminal.
    #[must_use]
    pub fn new(session: &Session) -> Self {
        Progress {
            style: session.style,
            redactor: session.redactor.clone(),
            bars: session.interactive.then(MultiProgress::new),
            running: Mutex::default(),
            stream: session.json.then(|| Stream::new(session.redactor.clone())),
        }
    }

    /// Prints a line above the running ones.
    pub fn line(&self, text: &str) {
        if self.stream.is_some() {
            write_line(&Line::log(text), &self.redactor);
            return;
        }
        let text = self.redactor.redact(text);
        match &self.bars {
            Some(bars) => drop(bars.println(text)),
            None => {
                use std::io::Write;
                let _ = writeln!(std::io::stdout(), "{text}");
            }
        }
    }

    /// Writes a line of the `-json` stream; false when there is none.
    pub fn emit(&self, line: impl FnOnce() -> Line) -> bool {
        if self.stream.is_some() {
            write_line(&line(), &self.redactor);
        }
        self.stream.is_some()
    }

    fn start(&self, name: &str, doing: &str) {
        let Some(bars) = &self.bars else { return };
        let bar = bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(format!("{name}: {doing}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_string(), bar);
    }

    fn stop(&self, name: &str) {
        if let Some(bar) = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(name) {
            bar.finish_and_clear();
        }
    }
}

fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Refresh => "refreshing",
        Phase::Read => "reading",
        Phase::Create => "creating",
        Phase::Update => "updating",
        Phase::Destroy => "destroying",
    }
}

fn done(phase: Phase) -> &'static str {
    match phase {
        Phase::Refresh => "refreshed",
        Phase::Read => "read",
        Phase::Create => "created",
        Phase::Update => "updated",
        Phase::Destroy => "destroyed",
    }
}

fn name(addr: &impl ToString, deposed: Option<&String>) -> String {
    deposed.map_or_else(|| addr.to_string(), |key| format!("{} (deposed {key})", addr.to_string()))
}

fn with_id(id: Option<&String>) -> String {
    id.map_or_else(String::new, |id| format!(" [id={id}]"))
}

/// `3s`, `2m05s`
fn seconds(elapsed: Duration) -> String {
    let s = elapsed.as_secs();
    if s < 60 { format!("{s}s") } else { format!("{}m{:02}s", s / 60, s % 60) }
}

impl Events for Progress {
    fn secret(&self, value: &Value) {
        self.redactor.add_value(value);
    }

    fn event(&self, event: &Event) {
        if let Some(stream) = &self.stream {
            stream.event(event, &self.redactor);
            return;
        }
        match event {
            Event::Refreshing { .. } | Event::Refreshed { .. } | Event::StateSaved { .. } => {}
            Event::Started { addr, deposed, phase, id, .. } => {
                let name = name(addr, deposed.as_ref());
                self.start(&name, doing(*phase));
                if self.bars.is_none() {
                    self.line(&format!("{name}: {}...{}", doing(*phase), with_id(id.as_ref())));
                }
            }
            Event::Finished { addr, deposed, phase, id, elapsed } => {
                let name = name(addr, deposed.as_ref());
                self.stop(&name);
                self.line(&format!("{}: {} after {}{}", self.style.bold(&name), done(*phase), seconds(*elapsed), with_id(id.as_ref())));
            }
            Event::Failed { addr, phase, elapsed } => {
                let name = addr.to_string();
                self.stop(&name);
                let what = format!("{} failed after {}", doing(*phase), seconds(*elapsed));
                self.line(&format!("{}: {}", self.style.bold(&name), self.style.alert(&what)));
            }
            Event::Provision { addr, kind, step } => {
                let name = self.style.bold(&addr.to_string());
                match step {
                    ProvisionStep::Started => self.line(&format!("{name}: provisioning with {kind}...")),
                    ProvisionStep::Output(line) => self.line(&format!("{} {line}", self.style.dim(&format!("{addr} ({kind}) |")))),
                    ProvisionStep::Finished => {}
                    ProvisionStep::Failed => self.line(&format!("{name}: {}", self.style.alert(&format!("{kind} failed")))),
                }
            }
            Event::Ephemeral { addr, step } => self.line(&format!("{}: {}", self.style.bold(&addr.to_string()), step.words())),
            Event::Skipped { addr } => self.line(&format!("{addr}: not tried")),
        }
    }
}
