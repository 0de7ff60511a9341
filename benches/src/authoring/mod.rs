//! Measures mutations: the price of one changed word, of a source whose level changes, and of many clients that write while
//! others read.
//!
//! The mutations change the library, so they need a database that no other measurement uses. The size `100k` is for them.

mod author;
mod crowd;

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::{Failure, contender::Arena, server::Server, table::Table};

use author::Author;
pub use crowd::Crowd;

/// How long the service is idle before its idle memory is read.
const IDLE: Duration = Duration::from_secs(2);

/// Number of dependents that the source whose level changes should have. The source with the nearest number is used.
const DEPENDENTS: u64 = 50;

/// Maximum number of sources that are read to find this source.
const SEARCHED: usize = 2_000;

/// Selects what a mutation did.
const PAYLOAD: &str = "revision changes { slug } errors { path message }";

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How often one word is changed.
    pub edits: usize,
    /// The clients that write at the same time.
    pub crowd: Crowd,
}

/// Measures mutations on one database. Fails if a mutation is lost or refused.
///
/// # Errors
/// When the service cannot be started or fails, a mutation is refused, or the library is not what the mutations made of it.
pub fn authoring(arena: &Arena, settings: Settings) -> Result<String, Failure> {
    let key = arena.publisher()?;
    let server = arena.serve_uncached()?;
    let mut author = Author::new(server.address(), &key);
    let slugs = procedures(&mut author, settings.crowd.clients.max(10))?;
    let mut table = Table::new(["Mutations", "n", "p50 ms", "p99 ms", "RSS above idle, MB"]);
    let mut row = |what: &str, mut taken: Vec<Duration>, above: u64| {
        taken.sort_unstable();
        let ms = |at: f64| format!("{:.1}", percentile(&taken, at).as_secs_f64() * 1e3);
        table.row(vec![what.to_owned(), taken.len().to_string(), ms(0.5), ms(0.99), (above / 1_000_000).to_string()]);
    };
    std::thread::sleep(IDLE);
    let idle = server.resident();
    let (taken, above) = words(&mut author, &server, &slugs, settings.edits, idle)?;
    row("one word of a procedure", taken, above);
    let (source, level, dependents) = cited(&mut author)?;
    let (taken, above) = levels(&mut author, &server, &source, level, settings.edits, idle)?;
    row(&format!("the level of a source with {dependents} dependents"), taken, above);
    let found = settings.crowd.run(&server, &key, &slugs)?;
    row("clients that write while others read", found.taken.clone(), server.resident().saturating_sub(idle));
    Ok(format!("{}\n{}", table.markdown(), found.summary()))
}

/// Changes one word of procedures, in turn. Returns the times, and the highest memory above `idle`.
fn words(
    author: &mut Author,
    server: &Server,
    slugs: &[String],
    edits: usize,
    idle: u64,
) -> Result<(Vec<Duration>, u64), Failure> {
    let (mut taken, mut above) = (Vec::new(), 0);
    for number in 0..edits {
        let slug = &slugs[number % slugs.len()];
        let started = Instant::now();
        author.patch("Procedure", slug, &json!({"description": format!("A description with the word w{number}.")}))?;
        taken.push(started.elapsed());
        above = above.max(server.resident().saturating_sub(idle));
    }
    Ok((taken, above))
}

/// Changes the level of a source to another one and back.
fn levels(
    author: &mut Author,
    server: &Server,
    source: &str,
    level: Option<i64>,
    edits: usize,
    idle: u64,
) -> Result<(Vec<Duration>, u64), Failure> {
    let (mut taken, mut above) = (Vec::new(), 0);
    let other = if level == Some(1) { 4 } else { 1 };
    for number in 0..2 * edits.div_ceil(2) {
        let next = if number % 2 == 0 { Some(other) } else { level };
        let started = Instant::now();
        author.patch("Source", source, &json!({"level": next}))?;
        taken.push(started.elapsed());
        above = above.max(server.resident().saturating_sub(idle));
    }
    Ok((taken, above))
}

/// Returns the slugs of the first procedures.
fn procedures(author: &mut Author, count: usize) -> Result<Vec<String>, Failure> {
    let data = author.data(&format!("{{ procedures(first: {}) {{ nodes {{ slug }} }} }}", count.min(100)), &json!({}))?;
    let nodes = data["procedures"]["nodes"].as_array().cloned().unwrap_or_default();
    let slugs: Vec<String> = nodes.iter().filter_map(|node| node["slug"].as_str()).map(str::to_owned).collect();
    if slugs.is_empty() { Err("the library has no procedure".to_owned()) } else { Ok(slugs) }
}

/// Returns the source that is cited by about [`DEPENDENTS`] outcomes: its slug, its level, and their number.
fn cited(author: &mut Author) -> Result<(String, Option<i64>, u64), Failure> {
    let query = "query ($after: String) { sources(first: 100, after: $after) {
        nodes { slug level outcomes(first: 1) { totalCount } } pageInfo { hasNextPage endCursor } } }";
    let (mut after, mut best, mut searched) = (Json::Null, None, 0);
    loop {
        let data = author.data(query, &json!({"after": after}))?;
        for node in data["sources"]["nodes"].as_array().into_iter().flatten() {
            searched += 1;
            let count = node["outcomes"]["totalCount"].as_u64().unwrap_or_default();
            let found = (count.abs_diff(DEPENDENTS), node["slug"].as_str().unwrap_or_default().to_owned());
            let found = (found.0, found.1, node["level"].as_i64(), count);
            best = best.into_iter().chain([found]).min();
        }
        let page = &data["sources"]["pageInfo"];
        if page["hasNextPage"] != true || searched >= SEARCHED {
            break;
        }
        after = page["endCursor"].clone();
    }
    best.map(|(_, slug, level, count)| (slug, level, count)).ok_or_else(|| "the library has no source".to_owned())
}

/// Returns a percentile of sorted times; zero if there are none.
fn percentile(sorted: &[Duration], at: f64) -> Duration {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number of times is small"
    )]
    let index = (sorted.len().saturating_sub(1) as f64 * at).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times: Vec<Duration> = (1..=101).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 0.5), Duration::from_millis(51));
        assert_eq!(percentile(&times, 0.99), Duration::from_millis(100));
        assert_eq!(percentile(&[], 0.5), Duration::ZERO);
    }
}
