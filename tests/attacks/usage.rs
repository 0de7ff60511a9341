//! Measures what a server uses: memory, threads, file descriptors, and its own gauges.

use std::{
    fs,
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    lab, probe,
    program::{self, Program},
    requests,
};

/// The interval at which memory is read during an attack.
const EVERY: Duration = Duration::from_millis(20);
/// Maximum increase of anonymous memory after an attack, in MiB. The allocator releases memory late, and retains a little for
/// each thread.
const SLACK: u64 = 64;
/// Maximum additional threads after an attack. The runtime retains threads for blocking work for ten seconds.
const THREADS: u64 = 16;
/// Maximum additional file descriptors after an attack, for pooled database connections.
const DESCRIPTORS: u64 = 40;
/// Gauges that must return to their values before the attack. One that the server does not report is skipped.
const GAUGES: [&str; 3] = ["dermagraph_sockets", "dermagraph_connections", "dermagraph_reserved_bytes"];

/// What a server uses at a point in time.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    /// Resident memory, in MiB.
    pub memory: u64,
    /// The part of it that is not mapped from a file, in MiB. Pages of the database stay mapped after a search, until the
    /// kernel needs the memory.
    pub anonymous: u64,
    /// Threads.
    pub threads: u64,
    /// Descriptors.
    pub descriptors: u64,
    reported: Vec<(&'static str, f64)>,
}

impl Gauges {
    fn of_process(process: u32) -> Self {
        let memory = program::status(process, "VmRSS:").unwrap_or_default() / 1024;
        let anonymous = program::status(process, "RssAnon:").unwrap_or_default() / 1024;
        let threads = program::status(process, "Threads:").unwrap_or_default();
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).map_or(0, |entries| entries.count() as u64);
        Self { memory, anonymous, threads, descriptors, reported: Vec::new() }
    }

    /// Reads what a server uses, including its gauges.
    pub fn read(program: &Program) -> Self {
        let text = probe::connect(program.address("metrics")).and_then(|mut stream| {
            stream.write_all(&requests::get("/metrics"))?;
            probe::receive(&mut stream)
        });
        let text = text.unwrap_or_default();
        let gauge = |name: &'static str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
            Some((name, line.trim().parse().ok()?))
        };
        Self { reported: GAUGES.into_iter().filter_map(gauge).collect(), ..Self::of_process(program.id()) }
    }

    /// Returns each resource whose use exceeds an earlier reading by more than is allowed.
    pub fn beyond(&self, idle: &Self) -> Vec<String> {
        let mut left = Vec::new();
        let mut compare = |name: &str, now: u64, most: u64| {
            if now > most {
                left.push(format!("{name} {now} > {most}"));
            }
        };
        // A debug build releases memory too late for this check. What it never releases exceeds the limit in later attacks.
        if lab::is_release() {
            compare("anonymous MiB", self.anonymous, idle.anonymous + SLACK);
        }
        compare("threads", self.threads, idle.threads + THREADS);
        compare("descriptors", self.descriptors, idle.descriptors + DESCRIPTORS);
        for (name, value) in &self.reported {
            let before = idle.reported.iter().find(|(other, _)| other == name).map_or(0.0, |(_, value)| *value);
            if *value > before {
                left.push(format!("{name} {value} > {before}"));
            }
        }
        left
    }
}

/// Reads what a process uses repeatedly, and stores the maximum.
pub struct Sampler {
    stop: Arc<AtomicBool>,
    running: JoinHandle<Gauges>,
}

impl Sampler {
    /// Starts reading.
    pub fn start(process: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let running = thread::spawn(move || {
            let mut most = Gauges::default();
            while !stopped.load(Relaxed) {
                let now = Gauges::of_process(process);
                most.memory = most.memory.max(now.memory);
                most.threads = most.threads.max(now.threads);
                most.descriptors = most.descriptors.max(now.descriptors);
                thread::sleep(EVERY);
            }
            most
        });
        Self { stop, running }
    }

    /// Stops, and returns the maximum.
    pub fn stop(self) -> Gauges {
        self.stop.store(true, Relaxed);
        self.running.join().unwrap()
    }
}
