//! Measures the time from the start of the service to its first response, and its memory.

use std::time::{Duration, Instant};

use crate::{
    Failure,
    client::{self},
    contender::{Arena, Contender},
    question::Question,
    table::Table,
    wrk,
};

/// How many times the service is started; the result is the median.
const STARTS: usize = 7;

/// How long the service is idle before its idle memory is read.
const IDLE: Duration = Duration::from_secs(1);

/// Number of connections when memory is read under load.
const CONNECTIONS: usize = 64;

/// Measures the start on an existing database, and memory, idle and under load.
///
/// # Errors
/// When the service cannot be started or fails.
pub fn start(arena: &Arena, slug: &str, window: Duration) -> Result<String, Failure> {
    let mut took = Vec::new();
    let request = Contender::Dermagraph.request(&Question::page(slug), None);
    for _ in 0..STARTS {
        let before = Instant::now();
        let server = arena.serve_uncached()?;
        client::send(server.address(), &request)?;
        took.push(before.elapsed());
    }
    took.sort_unstable();
    let server = arena.serve_uncached()?;
    client::send(server.address(), &request)?;
    std::thread::sleep(IDLE);
    let idle = server.resident();
    wrk::drive(server.address(), &Contender::Dermagraph.request(&Question::list(), None), CONNECTIONS, window)?;
    let loaded = server.resident();
    let mut table = Table::new(["Start and memory", ""]);
    let mut row = |what: &str, value: String| table.row(vec![what.to_owned(), value]);
    row("start to first response, ms", format!("{:.0}", took[STARTS / 2].as_secs_f64() * 1e3));
    row("RSS idle, MB", (idle / 1_000_000).to_string());
    row("RSS after the list over 64 connections, MB", (loaded / 1_000_000).to_string());
    Ok(table.markdown())
}
