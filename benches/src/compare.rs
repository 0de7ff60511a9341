//! Everyone side by side: the same questions, in turn, several times over.

use std::time::Duration;

use clap::Args;
use ureq::http::StatusCode;

use crate::{
    Failure,
    check::{self, Answer},
    client::{self, Ask},
    contender::{Arena, Contender},
    machine,
    question::Question,
    server::Server,
    table::Table,
    wrk::{self, Window},
};

/// Before the first window of a server, it is driven for so long.
const WARM_UP: Duration = Duration::from_secs(2);

/// How long and how often.
#[derive(Args, Clone, Debug)]
pub struct Schedule {
    /// Connections at once; several with commas
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', default_values_t = [16, 64])]
    pub connections: Vec<usize>,
    /// How long each is driven at a time, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 8)]
    pub seconds: u64,
    /// How many times each is driven; the median counts
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    pub rounds: usize,
}

impl Schedule {
    /// A smoke run: it shows that everything works, and no figure worth keeping.
    #[must_use]
    pub fn quick() -> Self {
        Self { connections: vec![4], seconds: 1, rounds: 1 }
    }

    /// How long a window is.
    #[must_use]
    pub fn window(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// A contender at work on a question.
struct Runner {
    contender: Contender,
    server: Server,
    ask: Ask,
    bytes: usize,
    /// Whose processor time counts: the server's, and the database server's.
    processes: Vec<u32>,
    /// For each number of connections, a window of each round.
    windows: Vec<Vec<Window>>,
    /// Milliseconds of processor time for each request, by window.
    processor: Vec<f64>,
}

/// Compares contenders on some questions, and gives a table.
///
/// # Errors
/// When somebody cannot be started, fails, or answers differently.
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
        arena.keep(question, &check::expected(service.address(), question)?.bytes)?;
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
    Ok(format!("{}. Before the run, others took {busy} % of it.\n\n{}", machine::processor(), table.markdown()))
}

/// Starts a contender and looks at its answer; `None` for a service that knows no entity tags.
fn runner(contender: Contender, arena: &Arena, question: &Question, expected: &Answer) -> Result<Option<Runner>, Failure> {
    let server = contender.start(arena)?;
    let mut ask = contender.ask(question, None);
    let bytes = if contender.answers() {
        check::same(contender, server.address(), question, expected)?
    } else {
        if contender == Contender::NotModified {
            let Some(etag) = client::ask(server.address(), &ask)?.etag else { return Ok(None) };
            ask = contender.ask(question, Some(&etag));
        }
        let reply = client::ask(server.address(), &ask)?;
        if reply.status != StatusCode::NOT_MODIFIED {
            return Err(format!("{} answers {} and not 304", contender.name(), reply.status));
        }
        reply.body.len()
    };
    let processes = [server.process()].into_iter().chain(arena.database_server).collect();
    Ok(Some(Runner { contender, server, ask, bytes, processes, windows: Vec::new(), processor: Vec::new() }))
}

fn columns(schedule: &Schedule) -> Vec<String> {
    let mut columns = vec!["Question, who".to_owned()];
    for connections in &schedule.connections {
        columns.push(format!("c={connections}: req/s"));
        columns.extend(["p50 ms", "p99 ms", "ratio"].map(str::to_owned));
    }
    columns.extend(["CPU ms", "answer", "RSS MB"].map(str::to_owned));
    columns
}

fn measure(runners: &mut [Runner], question: &Question, schedule: &Schedule) -> Result<(), Failure> {
    for runner in &mut *runners {
        wrk::drive(runner.server.address(), &runner.ask, schedule.connections[0], WARM_UP.min(schedule.window()))?;
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
    // Whoever fails under load is not to be compared.
    runners.iter().try_for_each(|runner| client::ask(runner.server.address(), &runner.ask).map(|_| ()))
}

impl Runner {
    fn drive(&mut self, connections: usize, time: Duration) -> Result<Window, Failure> {
        let taken = |processes: &[u32]| processes.iter().copied().map(machine::processor_time).sum::<Duration>();
        let before = taken(&self.processes);
        let window = wrk::drive(self.server.address(), &self.ask, connections, time)?;
        let taken = taken(&self.processes).saturating_sub(before);
        self.processor.push(taken.as_secs_f64() * 1e3 / window.requests);
        Ok(window)
    }

    /// The median of the rounds for each number of connections.
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

/// The middle one; of an even number, the greater of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
