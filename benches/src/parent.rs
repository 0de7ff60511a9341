//! Compares the same page of outcomes of two procedures: one with thousands of outcomes, and one with just enough for
//! the page.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::{
    Failure,
    client::{self, Request},
    contender::{Arena, Contender},
    question::Question,
    server::Server,
    table::Table,
    wrk,
};

/// Reads all procedures, page by page, with the number of outcomes of each.
const COUNTS: &str = "query ($after: String) {
  procedures(first: 100, after: $after) {
    nodes { slug outcomes { totalCount } }
    pageInfo { endCursor hasNextPage }
  }
}";

/// Outcomes on the page.
const OUTCOMES: u32 = 10;

/// Measures a page of the procedure with the most outcomes, and of the procedure with the fewest outcomes that fill a page.
///
/// # Errors
/// When the service cannot be started or fails, or no procedure has enough outcomes.
pub fn parent(arena: &Arena, window: Duration) -> Result<String, Failure> {
    let server = arena.serve_uncached()?;
    let counts = counts(&server)?;
    let enough = counts.iter().filter(|(count, _)| *count >= u64::from(OUTCOMES));
    let (few, many) = enough.clone().min().zip(enough.max()).ok_or("no procedure has ten outcomes")?;
    let mut table = Table::new(["outcomes of the procedure", "req/s", "p50 ms", "p99 ms"]);
    for (count, slug) in [few, many] {
        let request = Contender::Dermagraph.request(&Question { outcomes: OUTCOMES, ..Question::page(slug) }, None);
        wrk::drive(server.address(), &request, 1, Duration::from_secs(1))?;
        let measured = wrk::drive(server.address(), &request, 1, window)?;
        let milliseconds = |time: Duration| format!("{:.3}", time.as_secs_f64() * 1e3);
        let rate = format!("{:.0}", measured.rate);
        table.row(vec![count.to_string(), rate, milliseconds(measured.p50), milliseconds(measured.p99)]);
    }
    Ok(table.markdown())
}

fn counts(server: &Server) -> Result<Vec<(u64, String)>, Failure> {
    let (mut counts, mut after) = (Vec::new(), Json::Null);
    loop {
        let body = json!({"query": COUNTS, "variables": {"after": after}}).to_string();
        let request = Request { path: "/graphql".to_owned(), body: Some(body), headers: Vec::new() };
        let response = client::send(server.address(), &request)?.body;
        let mut response: Json = serde_json::from_slice(&response).map_err(|failure| failure.to_string())?;
        let page = &mut response["data"]["procedures"];
        let nodes = page["nodes"].as_array().ok_or("the service does not list procedures")?;
        counts.extend(
            nodes
                .iter()
                .filter_map(|node| Some((node["outcomes"]["totalCount"].as_u64()?, node["slug"].as_str()?.to_owned()))),
        );
        after = page["pageInfo"]["endCursor"].take();
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return Ok(counts);
        }
    }
}
