//! Reads from `/proc` what Linux reports about processes and the machine.

use std::{fs, thread, time::Duration};

/// Length of a tick, the unit in which Linux counts processor time, on all common machines.
const MILLISECONDS_OF_TICK: u64 = 10;

/// How long the load that other programs cause is measured.
const WATCHED: Duration = Duration::from_secs(1);

/// Returns the resident memory of a process in bytes; 0 if there is no such process.
#[must_use]
pub fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    kilobytes.unwrap_or(0_u64) * 1024
}

/// Returns the processor time of a process and its children since they were started; 0 if there is no such process.
#[must_use]
pub fn processor_time(process: u32) -> Duration {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let ticks: u64 =
        processes.filter_map(ticks_of).filter(|of| of.id == process || of.parent == process).map(|of| of.ticks).sum();
    Duration::from_millis(ticks * MILLISECONDS_OF_TICK)
}

/// The processor time of a process.
struct Taken {
    id: u32,
    parent: u32,
    ticks: u64,
}

fn ticks_of(process: u32) -> Option<Taken> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name is in brackets and may contain any character: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Taken { id: process, parent: fields.get(1)?.parse().ok()?, ticks: number(11)? + number(12)? })
}

/// Returns the percentage of processor time that other programs use while nothing is measured.
#[must_use]
pub fn busy() -> u64 {
    let (busy_before, all_before) = times();
    thread::sleep(WATCHED);
    let (busy, all) = times();
    (100 * (busy - busy_before)).checked_div(all - all_before).unwrap_or(0)
}

/// Returns the ticks in which processors worked, and all ticks, since the machine was started.
fn times() -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|ticks| ticks.parse().ok()).collect();
    // user, nice, system, idle, iowait, ..: https://man7.org/linux/man-pages/man5/proc_stat.5.html
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    let all: u64 = ticks.iter().sum();
    (all - idle, all)
}

/// Returns the number of cores and the name of the processor.
#[must_use]
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models = text.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let models: Vec<&str> = models.map(|(_, model)| model).collect();
    format!("{} cores, {}", models.len(), models.first().unwrap_or(&"of an unknown kind"))
}
