//! Finds statements that read a whole table although the query requests only a page.
//!
//! The service logs its statements, and the database returns the query plan of each. Small tables are ignored, because
//! PostgreSQL reads them as a whole anyway.

mod explain;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value as Json, json};

use crate::{
    Failure,
    client::{self, Request},
    contender::{Arena, Contender},
    question::Question,
    table::Table,
};

/// A statement, and the tables that it reads as a whole.
struct Found {
    sql: String,
    scans: Vec<String>,
}

/// Runs every query of the suite and explains its statements.
///
/// # Errors
/// When the service or the database fails, or a statement reads a whole table; the message has a table of all such
/// statements.
pub async fn scan(arena: &Arena, slug: &str) -> Result<String, Failure> {
    let log = arena.responses.join("log");
    let server = arena.serve_logged(&log)?;
    let requests = requests(slug)?;
    for (name, request) in &requests {
        let response = client::send(server.address(), request)?.body;
        let response: Json = serde_json::from_slice(&response).map_err(|failure| format!("{name}: {failure}"))?;
        if let Some(errors) = response.get("errors") {
            return Err(format!("{name}: {errors}"));
        }
    }
    drop(server);
    let statements = statements(&log)?;
    let found = explain::explain(&arena.database, &statements).await?;
    let scans: Vec<&Found> = found.iter().filter(|found| !found.scans.is_empty()).collect();
    let summary = format!(
        "{} queries, {} different statements, {} of them read a whole table.",
        requests.len(),
        found.len(),
        scans.len()
    );
    if scans.is_empty() {
        return Ok(summary);
    }
    let mut table = Table::new(["statement", "reads as a whole"]);
    for found in scans {
        table.row(vec![found.sql.replace('|', "\\|"), found.scans.join("; ").replace('|', "\\|")]);
    }
    Err(format!("{summary}\n\n{}", table.markdown()))
}

/// Returns the requests: the two queries of the harness, those in `queries`, and the tour of the playground.
fn requests(slug: &str) -> Result<Vec<(String, Request)>, Failure> {
    let questions = [Question::list(), Question::page(slug)];
    let mut requests: Vec<(String, Request)> = questions
        .iter()
        .map(|question| (question.name().to_owned(), Contender::Dermagraph.request(question, None)))
        .collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [here.join("queries"), here.join("../web/playground/src/tour")] {
        let entries = fs::read_dir(&folder).map_err(|failure| format!("{}: {failure}", folder.display()))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "graphql"));
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(|failure| format!("{}: {failure}", path.display()))?;
            let request =
                Request { path: "/graphql".to_owned(), body: Some(json!({"query": text}).to_string()), headers: Vec::new() };
            requests.push((path.display().to_string(), request));
        }
    }
    Ok(requests)
}

/// Returns the different statements in a log.
fn statements(log: &Path) -> Result<BTreeSet<String>, Failure> {
    let text = fs::read_to_string(log).map_err(|failure| format!("{}: {failure}", log.display()))?;
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let statements: BTreeSet<String> = lines.filter_map(|line| Some(line.get("sql")?.as_str()?.to_owned())).collect();
    if statements.is_empty() { Err("the service logged no statement".to_owned()) } else { Ok(statements) }
}
