//! What Linux tells of processes and of the machine, in `/proc`.

use std::{fs, thread, time::Duration};

/// A tick of the clock by which Linux tells processor time, on every machine of today.
const MILLISECONDS_OF_TICK: u64 = 10;

/// How long the machine is watched before it is called busy.
const WATCHED: Duration = Duration::from_secs(1);

/// Memory that a process holds, in bytes; 0 when there is none of this id.
#[must_use]
pub fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    kilobytes.unwrap_or(0_u64) * 1024
}

/// Processor time that a process and its children have taken since they were started. 0 when there is no such process.
#[must_use]
pub fn processor_time(process: u32) -> Duration {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let ticks: u64 =
        processes.filter_map(ticks_of).filter(|of| of.id == process || of.parent == process).map(|of| of.ticks).sum();
    Duration::from_millis(ticks * MILLISECONDS_OF_TICK)
}

/// What a process has taken.
struct Taken {
    id: u32,
    parent: u32,
    ticks: u64,
}

fn ticks_of(process: u32) -> Option<Taken> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Taken { id: process, parent: fields.get(1)?.parse().ok()?, ticks: number(11)? + number(12)? })
}

/// The part of the machine's time that others take while nothing is measured, in percent.
#[must_use]
pub fn busy() -> u64 {
    let (busy_before, all_before) = times();
    thread::sleep(WATCHED);
    let (busy, all) = times();
    (100 * (busy - busy_before)).checked_div(all - all_before).unwrap_or(0)
}

/// Ticks since the machine was started: those at work, and all.
fn times() -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|ticks| ticks.parse().ok()).collect();
    // user, nice, system, idle, waiting for a disk, ..: https://man7.org/linux/man-pages/man5/proc_stat.5.html
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    let all: u64 = ticks.iter().sum();
    (all - idle, all)
}

/// What the processor is called, and how many cores there are.
#[must_use]
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models = text.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let models: Vec<&str> = models.map(|(_, model)| model).collect();
    format!("{} cores, {}", models.len(), models.first().unwrap_or(&"of an unknown kind"))
}
