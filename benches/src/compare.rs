//! Compares the contenders: in each of several rounds, each receives the same queries, one contender after another.

use std::time::Duration;

use clap::Args;
use ureq::http::StatusCode;

use crate::{
    Failure,
    check::{self, JsonResponse},
    client::{self, Request},
    contender::{Arena, Contender},
    machine,
    question::Question,
    server::Server,
    table::Table,
    wrk::{self, Window},
};

/// How long each server is loaded before its first window.
const WARM_UP: Duration = Duration::from_secs(2);

/// How long and how often each server is measured.
#[derive(Args, Clone, Debug)]
pub struct Schedule {
    /// Numbers of connections, separated by commas
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', default_values_t = [16, 64])]
    pub connections: Vec<usize>,
    /// Length of a window, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 8)]
    pub seconds: u64,
    /// Windows for each server; the result is their median
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    pub rounds: usize,
}

impl Schedule {
    /// The schedule of a smoke run. It shows that the harness works; its numbers mean nothing.
    #[must_use]
    pub fn quick() -> Self {
        Self { connections: vec![4], seconds: 1, rounds: 1 }
    }

    /// Returns the length of a window.
    #[must_use]
    pub fn window(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// A running contender and its measurements for one query.
struct Runner {
    contender: Contender,
    server: Server,
    request: Request,
    bytes: usize,
    /// The processes whose processor time counts: the server, and the database server.
    processes: Vec<u32>,
    /// The windows of all rounds, for each number of connections.
    windows: Vec<Vec<Window>>,
    /// Milliseconds of processor time per request, for each window.
    processor: Vec<f64>,
}

/// Compares contenders on some queries, and returns a table.
///
/// # Errors
/// When a contender cannot be started, fails, or sends a different response.
pub fn compare(
    arena: &Arena,
    contenders: &[Contender],
    questions: &[Question],
    schedule: &Schedule,
) -> Result<String, Failure> {
    let busy = machine::busy();
    let service = Contender::Dermagraph.start(arena)?;
    let mut table = Table::new(columns(schedule));
    for question in questions {
        arena.store(question, &check::expected(service.address(), question)?.bytes)?;
    }
    for question in questions {
        let expected = check::expected(service.address(), question)?;
        let mut runners = Vec::new();
        for contender in contenders {
            runners.extend(runner(*contender, arena, question, &expected)?);
        }
        measure(&mut runners, question, schedule)?;
        let rates: Vec<f64> = runners.first().into_iter().flat_map(Runner::medians).map(|median| median.rate).collect();
        for runner in &runners {
            table.row(runner.row(question, &rates));
        }
    }
    Ok(format!("{}. Other load before the run: {busy} %.\n\n{}", machine::processor(), table.markdown()))
}

/// Starts a contender and checks its response; `None` for a version of the service without entity tags.
fn runner(
    contender: Contender,
    arena: &Arena,
    question: &Question,
    expected: &JsonResponse,
) -> Result<Option<Runner>, Failure> {
    let server = contender.start(arena)?;
    let mut request = contender.request(question, None);
    let bytes = if contender.has_body() {
        check::same(contender, server.address(), question, expected)?
    } else {
        if contender == Contender::NotModified {
            let Some(etag) = client::send(server.address(), &request)?.etag else { return Ok(None) };
            request = contender.request(question, Some(&etag));
        }
        let response = client::send(server.address(), &request)?;
        if response.status != StatusCode::NOT_MODIFIED {
            return Err(format!("the status of {} is {}, not 304", contender.name(), response.status));
        }
        response.body.len()
    };
    let processes = [server.process()].into_iter().chain(arena.database_server).collect();
    Ok(Some(Runner { contender, server, request, bytes, processes, windows: Vec::new(), processor: Vec::new() }))
}

fn columns(schedule: &Schedule) -> Vec<String> {
    let mut columns = vec!["Query, server".to_owned()];
    for connections in &schedule.connections {
        columns.push(format!("c={connections}: req/s"));
        columns.extend(["p50 ms", "p99 ms", "ratio"].map(str::to_owned));
    }
    columns.extend(["CPU ms", "bytes", "RSS MB"].map(str::to_owned));
    columns
}

fn measure(runners: &mut [Runner], question: &Question, schedule: &Schedule) -> Result<(), Failure> {
    for runner in &mut *runners {
        wrk::drive(runner.server.address(), &runner.request, schedule.connections[0], WARM_UP.min(schedule.window()))?;
        runner.windows = vec![Vec::new(); schedule.connections.len()];
    }
    for round in 1..=schedule.rounds {
        for (at, connections) in schedule.connections.iter().enumerate() {
            for runner in &mut *runners {
                let window = runner.drive(*connections, schedule.window())?;
                eprintln!(
                    "{} round {round}, {connections} connections: {} {:.0}/s",
                    question.name(),
                    runner.contender.name(),
                    window.rate
                );
                runner.windows[at].push(window);
            }
        }
    }
    // A contender that failed under load must not be compared.
    runners.iter().try_for_each(|runner| client::send(runner.server.address(), &runner.request).map(|_| ()))
}

impl Runner {
    fn drive(&mut self, connections: usize, time: Duration) -> Result<Window, Failure> {
        let taken = |processes: &[u32]| processes.iter().copied().map(machine::processor_time).sum::<Duration>();
        let before = taken(&self.processes);
        let window = wrk::drive(self.server.address(), &self.request, connections, time)?;
        let taken = taken(&self.processes).saturating_sub(before);
        self.processor.push(taken.as_secs_f64() * 1e3 / window.requests);
        Ok(window)
    }

    /// Returns the median of the rounds, for each number of connections.
    fn medians(&self) -> impl Iterator<Item = Window> {
        self.windows.iter().map(|windows| {
            let median = |of: fn(&Window) -> f64| median(windows.iter().map(of).collect());
            Window {
                requests: median(|window| window.requests),
                rate: median(|window| window.rate),
                p50: Duration::from_secs_f64(median(|window| window.p50.as_secs_f64())),
                p99: Duration::from_secs_f64(median(|window| window.p99.as_secs_f64())),
            }
        })
    }

    fn row(&self, question: &Question, first: &[f64]) -> Vec<String> {
        let mut cells = vec![format!("{}, {}", question.name(), self.contender.name())];
        for (median, first) in self.medians().zip(first) {
            cells.push(format!("{:.0}", median.rate));
            cells.push(format!("{:.2}", median.p50.as_secs_f64() * 1e3));
            cells.push(format!("{:.2}", median.p99.as_secs_f64() * 1e3));
            cells.push(format!("{:.2}", first / median.rate));
        }
        cells.push(format!("{:.3}", median(self.processor.clone())));
        cells.push(self.bytes.to_string());
        cells.push((self.server.resident() / 1_000_000).to_string());
        cells
    }
}

/// Returns the median; of an even number of values, the greater of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
