//! The result of an attack: a row of a table, and the limits that it exceeded.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use crate::{attacker::Tally, lab, probe::Noticed, usage::Gauges};

/// Maximum increase of resident memory during an attack, in MiB.
const MEMORY: u64 = 256;
/// The factor by which the 99th percentile of the client's latency may increase.
const LONGER: u32 = 3;
/// A 99th percentile that is always allowed.
const SHORT: Duration = Duration::from_millis(5);
/// Maximum length of the log per second of an attack, in KiB, and of one of its lines, in bytes. A request has a line, so a
/// flood of cheap requests writes megabytes.
const LOG: u64 = 4096;
const LINE: usize = 4 << 10;

/// The measurements of one attack.
pub struct Row {
    pub name: &'static str,
    pub before: Noticed,
    pub during: Noticed,
    pub idle: Gauges,
    pub peak: Gauges,
    pub released: Option<Duration>,
    pub left: Vec<String>,
    pub cpu: Duration,
    pub took: Duration,
    pub attacker: Duration,
    pub log: String,
    pub tally: Arc<Tally>,
    pub faults: Vec<String>,
}

impl Row {
    /// The header of the table.
    pub const HEAD: &str = "| attack | MiB idle → peak | cheap p99 before | p50 / p99 / max, ms | refused | released | threads, descriptors | CPU, attacker's | connections: opened, closed by the server, refused | sent, received | statuses | verdict |\n|---|---|---|---|---|---|---|---|---|---|---|---|";

    /// Adds the limits that were exceeded to `faults`.
    pub fn judge(&mut self, failures: Vec<String>) {
        let mut faults = Vec::new();
        let (idle, peak) = (self.idle.memory, self.peak.memory);
        if peak > idle + MEMORY {
            faults.push(format!("memory: {idle} MiB became {peak} MiB"));
        }
        let (p99, most) = (self.during.percentile(99), allowed(self.before.percentile(99)));
        // Times of a debug build mean nothing.
        if self.during.times.is_empty() || lab::is_release() && p99 > most {
            faults.push(format!("waits: p99 {p99:.1?} > {most:.1?}"));
        }
        if let Some(first) = self.during.failed.first() {
            faults.push(format!("refused: {} cheap queries, first {first}", self.during.failed.len()));
        }
        if self.released.is_none() {
            faults.push(format!("held: {}", self.left.join(", ")));
        }
        let longest = self.log.lines().map(str::len).max().unwrap_or_default();
        let log = self.log.len() as u64 / 1024 / self.took.as_secs().max(1);
        if log > LOG || longest > LINE {
            faults.push(format!("log: {log} KiB per second, the longest line {longest} bytes"));
        }
        if self.tally.opened.load(Relaxed) == 0 {
            faults.push("the attack itself did not connect".to_owned());
        }
        faults.extend(failures.into_iter().map(|line| format!("log: {line}")));
        self.faults = faults;
    }

    /// Returns the row of the table.
    pub fn line(&self) -> String {
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        let during = &self.during;
        let longest = during.times.last().copied().unwrap_or_default();
        let tally = &self.tally;
        format!(
            "| {} | {} → {} | {} | {} / {} / {} | {} | {} | {}, {} | {:.1} s, {:.1} s of {:.1} s | {}, {}, {} | {} KiB, {} KiB | {} | {} |",
            self.name,
            self.idle.memory,
            self.peak.memory,
            millis(self.before.percentile(99)),
            millis(during.percentile(50)),
            millis(during.percentile(99)),
            millis(longest),
            during.failed.len(),
            self.released.map_or_else(|| self.left.join(", "), |time| format!("{:.1} s", time.as_secs_f64())),
            self.peak.threads,
            self.peak.descriptors,
            self.cpu.as_secs_f64(),
            self.attacker.as_secs_f64(),
            self.took.as_secs_f64(),
            tally.opened.load(Relaxed),
            tally.closed.load(Relaxed),
            tally.refused.load(Relaxed),
            tally.sent.load(Relaxed) / 1024,
            tally.received.load(Relaxed) / 1024,
            tally.by_status(),
            if self.faults.is_empty() { "holds".to_owned() } else { self.faults.join("; ") },
        )
    }
}

/// Returns the allowed 99th percentile of the client's latency, given the one before the attack.
pub fn allowed(before: Duration) -> Duration {
    (before * LONGER).max(SHORT)
}
