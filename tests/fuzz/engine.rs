//! The loop: mutate, run, watch; inputs that bring something new join the corpus.

use super::mutate::{Dice, mutated};
use nix::time::{ClockId, clock_gettime};
use std::collections::HashSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// No input may take longer, in time of the processor: a busy machine is no hang.
const SLOW: Duration = Duration::from_secs(1);
/// An input that takes so long by the clock is a hang, and ends the process with a report.
const HANG: Duration = Duration::from_secs(60);
/// The process may not hold more at any moment.
const MEMORY: u64 = 1 << 30;
/// What the threads of the program have.
const STACK: usize = 8 << 20;
/// Inputs of the ordinary run.
const SHORT: u64 = 400;
/// The seed of the ordinary run: the same inputs every time.
const SEED: u64 = 4;
const MAX_CORPUS: usize = 4000;

/// Runs a target on its seeds and on mutations of them. `run` tells what came out, coarsely: other outcomes are worth
/// keeping.
pub fn fuzz(name: &'static str, seeds: &[Vec<u8>], run: fn(&[u8]) -> u64) {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || fuzz_here(name, seeds, run)).unwrap();
        if let Err(cause) = worker.join() {
            resume_unwind(cause);
        }
    });
}

fn fuzz_here(name: &'static str, seeds: &[Vec<u8>], run: fn(&[u8]) -> u64) {
    let minutes: Option<f64> = std::env::var("ENVCTL_FUZZ_MINUTES").ok().and_then(|m| m.parse().ok());
    if minutes.is_some() && std::env::var("ENVCTL_FUZZ_TARGET").is_ok_and(|t| !t.is_empty() && t != name) {
        return;
    }
    if let Some(path) = std::env::var_os("ENVCTL_FUZZ_INPUT").filter(|_| minutes.is_some()) {
        let input = fs::read(path).unwrap();
        let before = processor_time();
        let outcome = run(&input);
        return println!("{name}: outcome {outcome}, {:?}", processor_time() - before);
    }
    let seed = if minutes.is_some() { SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 } else { SEED };
    let until = minutes.map(|m| Instant::now() + Duration::from_secs_f64(m * 60.0));
    let watch = Watch::start(name);
    let (mut corpus, mut outcomes, mut count) = (seeds.to_vec(), HashSet::new(), 0_u64);
    let mut dice = Dice::new(seed);
    while until.map_or(count < SHORT, |until| Instant::now() < until) {
        let input = mutated(&corpus, &mut dice);
        if outcomes.insert(watch.run(&input, run)) && corpus.len() < seeds.len() + MAX_CORPUS {
            corpus.push(input);
        }
        count += 1;
    }
    println!("{name}: {count} inputs, seed {seed}, {} outcomes, peak {} MB", outcomes.len(), watch.peak.load(Ordering::Relaxed) >> 20);
}

/// The input that is being read, and since when.
type Current = Option<(Instant, Vec<u8>)>;

/// Looks at the run from outside.
struct Watch {
    name: &'static str,
    current: Arc<Mutex<Current>>,
    peak: Arc<AtomicU64>,
}

impl Watch {
    fn start(name: &'static str) -> Watch {
        let current: Arc<Mutex<Current>> = Arc::default();
        let peak: Arc<AtomicU64> = Arc::default();
        let (seen, top) = (current.clone(), peak.clone());
        std::thread::spawn(move || {
            while Arc::strong_count(&seen) > 1 {
                std::thread::sleep(Duration::from_millis(20));
                let memory = resident();
                top.fetch_max(memory, Ordering::Relaxed);
                let Some((since, input)) = seen.lock().unwrap().clone() else { continue };
                let what = match () {
                    () if since.elapsed() > HANG => "hangs",
                    () if memory > MEMORY => "takes more than 1 GB",
                    () => continue,
                };
                eprintln!("{name}: an input {what}: {}", save(name, &input).display());
                std::process::exit(101);
            }
        });
        Watch { name, current, peak }
    }

    /// Every input is written before it is tried: what ends the process (an overflowing stack) leaves it behind.
    fn run(&self, input: &[u8], run: fn(&[u8]) -> u64) -> u64 {
        fs::write(folder().join(format!("{}-current", self.name)), input).unwrap();
        *self.current.lock().unwrap() = Some((Instant::now(), input.to_vec()));
        let before = processor_time();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(input)));
        let took = processor_time() - before;
        *self.current.lock().unwrap() = None;
        let Ok(outcome) = outcome else { panic!("{}: panics on {}", self.name, save(self.name, input).display()) };
        assert!(took < SLOW, "{}: {took:?} for {}", self.name, save(self.name, input).display());
        outcome
    }
}

/// What this thread has computed so far.
pub fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into()
}

/// Memory that the process holds now.
fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn save(name: &str, input: &[u8]) -> PathBuf {
    let sum = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    let path = folder().join(format!("{name}-{sum:016x}"));
    fs::write(&path, input).unwrap();
    path
}
