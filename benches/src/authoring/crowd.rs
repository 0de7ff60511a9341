//! Several clients that write at a given rate while others read.

use std::{
    fmt::Write as _,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::json;

use super::{author::Author, percentile};
use crate::{
    Failure,
    contender::Contender,
    question::Question,
    server::Server,
    wrk::{self, Window},
};

/// The clients.
#[derive(Args, Clone, Copy, Debug)]
pub struct Crowd {
    /// Number of clients that write
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    pub clients: usize,
    /// Mutations a second, of all clients together
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub rate: u32,
    /// How long they write, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub seconds: u64,
    /// Number of connections that read
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub readers: usize,
}

/// What was measured.
pub struct Found {
    /// The time of each mutation.
    pub taken: Vec<Duration>,
    /// Mutations a second.
    rate: f64,
    /// Reading without writers.
    alone: Window,
    /// Reading while clients write.
    mixed: Window,
}

impl Crowd {
    /// Writes and reads. Each client changes a procedure of its own, and compares what is stored in the end.
    ///
    /// # Errors
    /// When the service fails, or a mutation is refused or not stored.
    pub fn run(self, server: &Server, key: &str, slugs: &[String]) -> Result<Found, Failure> {
        let request = Contender::Dermagraph.request(&Question::page(&slugs[0]), None);
        let window = Duration::from_secs(self.seconds);
        let alone = wrk::drive(server.address(), &request, self.readers, window)?;
        let before = revision(server, key)?;
        let started = Instant::now();
        let (taken, mixed) = thread::scope(|scope| {
            let writers: Vec<_> = slugs.iter().cycle().take(self.clients.min(slugs.len())).collect();
            let writers: Vec<_> =
                writers.into_iter().map(|slug| scope.spawn(move || self.write(server, key, slug, started))).collect();
            let mixed = wrk::drive(server.address(), &request, self.readers, window);
            let panicked = || "a client has panicked".to_owned();
            let taken: Result<Vec<_>, Failure> =
                writers.into_iter().map(|writer| writer.join().map_err(|_| panicked())?).collect();
            (taken, mixed)
        });
        let (taken, rate) = (taken?.concat(), started.elapsed().as_secs_f64());
        let published = revision(server, key)? - before;
        if usize::try_from(published) != Ok(taken.len()) {
            return Err(format!("{} mutations were acknowledged, and there are {published} revisions", taken.len()));
        }
        #[expect(clippy::cast_precision_loss, reason = "the number of mutations is small")]
        let rate = taken.len() as f64 / rate;
        Ok(Found { taken, rate, alone, mixed: mixed? })
    }

    /// Changes one procedure again and again. Returns the times.
    fn write(self, server: &Server, key: &str, slug: &str, started: Instant) -> Result<Vec<Duration>, Failure> {
        let mut author = Author::new(server.address(), key);
        let clients = u32::try_from(self.clients).unwrap_or(u32::MAX);
        let pause = Duration::from_secs(1) * clients / self.rate.max(1);
        let (mut taken, mut last) = (Vec::new(), String::new());
        // A client that is late does not wait.
        for number in 0_u32.. {
            let due = started + pause * number;
            if due > started + Duration::from_secs(self.seconds) || started.elapsed() > Duration::from_secs(self.seconds) {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            last = format!("Written by one of several clients, for the time {number}.");
            let sent = Instant::now();
            author.patch("Procedure", slug, &json!({"description": last}))?;
            taken.push(sent.elapsed());
        }
        let query = "query ($slug: String!) { procedure(by: {slug: $slug}) { description } }";
        let stored = author.data(query, &json!({"slug": slug}))?;
        match stored["procedure"]["description"].as_str() {
            Some(description) if description == last => Ok(taken),
            other => Err(format!("the description of {slug} is {other:?} instead of {last:?}")),
        }
    }
}

fn revision(server: &Server, key: &str) -> Result<i64, Failure> {
    let data = Author::new(server.address(), key).data("{ library { revision } }", &json!({}))?;
    data["library"]["revision"].as_i64().ok_or_else(|| "the library has no revision".to_owned())
}

impl Found {
    /// Returns the rates, and how much slower reading was.
    pub fn summary(&self) -> String {
        let (mut text, ms) = (String::new(), |time: Duration| time.as_secs_f64() * 1e3);
        let mut sorted = self.taken.clone();
        sorted.sort_unstable();
        let _ = writeln!(
            text,
            "{:.1} mutations/s, all stored, the slowest after {:.0} ms. \
             Reads alone: p99 {:.2} ms; during mutations: p99 {:.2} ms, {:.1} times.",
            self.rate,
            ms(percentile(&sorted, 1.0)),
            ms(self.alone.p99),
            ms(self.mixed.p99),
            ms(self.mixed.p99) / ms(self.alone.p99),
        );
        text
    }
}
