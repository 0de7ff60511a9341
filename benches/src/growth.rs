//! How time grows: with the page, the depth, what is stored, and how many ask at once.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value as Json, json};

use crate::{
    Failure, chart,
    client::{self, Ask},
    contender::Arena,
    question::{Question, Root},
    server::Server,
    table::Table,
    wrk,
};

/// Procedures on a page.
const PAGES: [u32; 8] = [1, 2, 5, 10, 20, 40, 70, 100];

/// Connections at once.
const CONNECTIONS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Connections at once where something else grows.
const FEW: usize = 1;

/// What is selected at each depth, from the outside in; `{}` is where the next goes.
const DEPTHS: [&str; 5] = [
    "procedures(first: 20) { nodes { id name {} } }",
    "outcomes(first: 10) { nodes { id grade {} } }",
    "condition { id name {} }",
    "outcomes(first: 2) { nodes { id grade {} } }",
    "procedure { id name }",
];

/// One measurement.
#[derive(Clone, Debug)]
pub struct Point {
    /// What grows.
    pub series: &'static str,
    /// How far it has grown.
    pub x: String,
    /// Objects of the library in one answer.
    pub objects: usize,
    /// Bytes of one answer.
    pub bytes: usize,
    /// Requests answered in a second.
    pub rate: f64,
    /// Half of the requests took at most so many milliseconds.
    pub p50: f64,
    /// All but one in a hundred took at most so many milliseconds.
    pub p99: f64,
    /// Memory of the server afterwards, in bytes.
    pub resident: u64,
}

/// Measures how time grows with the page, the depth and the connections on one database.
///
/// # Errors
/// When the service cannot be started or fails.
pub fn within(arena: &Arena, window: Duration) -> Result<Vec<Point>, Failure> {
    let mut points = Vec::new();
    let server = arena.serve_uncached()?;
    for procedures in PAGES {
        let question = Question { root: Root::List { procedures }, ..Question::list() };
        let ask = by_document(&question.document(), &question.variables());
        points.push(point(&server, "page", procedures.to_string(), &ask, FEW, window)?);
    }
    for depth in 1..=DEPTHS.len() {
        let ask = by_document(&nested(depth), &json!({}));
        points.push(point(&server, "depth", depth.to_string(), &ask, FEW, window)?);
    }
    let question = Question::list();
    let ask = by_document(&question.document(), &question.variables());
    for connections in CONNECTIONS {
        points.push(point(&server, "connections", connections.to_string(), &ask, connections, window)?);
    }
    Ok(points)
}

/// Measures the large question on one of several databases.
///
/// # Errors
/// When the service cannot be started or fails.
pub fn stored(arena: &Arena, size: &str, window: Duration) -> Result<Point, Failure> {
    let server = arena.serve_uncached()?;
    let question = Question::list();
    let ask = by_document(&question.document(), &question.variables());
    point(&server, "stored", size.to_owned(), &ask, FEW, window)
}

/// All points as a table, with what an object costs.
#[must_use]
pub fn markdown(points: &[Point]) -> String {
    let mut table = Table::new(["grows", "to", "objects", "bytes", "req/s", "p50 ms", "p99 ms", "us/object", "RSS MB"]);
    for point in points {
        table.row(vec![
            point.series.to_owned(),
            point.x.clone(),
            point.objects.to_string(),
            point.bytes.to_string(),
            format!("{:.0}", point.rate),
            format!("{:.2}", point.p50),
            format!("{:.2}", point.p99),
            format!("{:.2}", point.per_object()),
            (point.resident / 1_000_000).to_string(),
        ]);
    }
    table.markdown()
}

/// All points as comma-separated values.
#[must_use]
pub fn csv(points: &[Point]) -> String {
    let lines = points.iter().map(|point| {
        let Point { series, x, objects, bytes, rate, p50, p99, resident } = point;
        format!("{series},{x},{objects},{bytes},{rate:.1},{p50:.3},{p99:.3},{resident}\n")
    });
    format!("series,x,objects,bytes,requests_per_second,p50_ms,p99_ms,rss_bytes\n{}", lines.collect::<String>())
}

/// All points as a picture: a chart for each thing that grows.
#[must_use]
pub fn picture(points: &[Point]) -> String {
    let charts = points.chunk_by(|a, b| a.series == b.series).map(|of| chart::Chart {
        title: match of[0].series {
            "page" => "Procedures on a page",
            "depth" => "Depth of the query",
            "connections" => "Connections",
            _ => "What is stored",
        },
        unit: "ms",
        x: of.iter().map(|point| point.x.clone()).collect(),
        lines: vec![
            ("p50", of.iter().map(|point| point.p50).collect()),
            ("p99", of.iter().map(|point| point.p99).collect()),
        ],
    });
    chart::svg(&charts.collect::<Vec<_>>())
}

impl Point {
    /// Microseconds for each object of an answer, by the median.
    #[must_use]
    pub fn per_object(&self) -> f64 {
        self.p50 * 1e3 / f64::from(u32::try_from(self.objects.max(1)).unwrap_or(u32::MAX))
    }
}

fn nested(depth: usize) -> String {
    let within = DEPTHS[..depth].iter().rev().fold(String::new(), |below, level| level.replace("{}", &below));
    format!("{{ {within} }}")
}

fn by_document(document: &str, variables: &Json) -> Ask {
    let body = json!({"query": document, "variables": variables}).to_string();
    Ask { path: "/graphql".to_owned(), body: Some(body), headers: Vec::new() }
}

fn point(
    server: &Server,
    series: &'static str,
    x: String,
    ask: &Ask,
    connections: usize,
    window: Duration,
) -> Result<Point, Failure> {
    let (objects, bytes) = size(server.address(), ask)?;
    wrk::drive(server.address(), ask, connections, Duration::from_secs(1))?;
    let measured = wrk::drive(server.address(), ask, connections, window)?;
    eprintln!("{series} {x}: {:.2} ms", measured.p50.as_secs_f64() * 1e3);
    Ok(Point {
        series,
        x,
        objects,
        bytes,
        rate: measured.rate,
        p50: measured.p50.as_secs_f64() * 1e3,
        p99: measured.p99.as_secs_f64() * 1e3,
        resident: server.resident(),
    })
}

/// How many objects of the library are in an answer, and how many bytes it has.
fn size(address: SocketAddr, ask: &Ask) -> Result<(usize, usize), Failure> {
    let body = client::ask(address, ask)?.body;
    let json: Json = serde_json::from_slice(&body).map_err(|failure| failure.to_string())?;
    if json.get("errors").is_some() {
        return Err(format!("the service does not answer: {}", json["errors"]));
    }
    Ok((objects(&json["data"]) - 1, body.len()))
}

/// Objects that are not connections or their `pageInfo`.
fn objects(json: &Json) -> usize {
    match json {
        Json::Array(items) => items.iter().map(objects).sum(),
        Json::Object(fields) => {
            let of_paging = ["nodes", "endCursor"].iter().any(|name| fields.contains_key(*name));
            usize::from(!of_paging) + fields.values().map(objects).sum::<usize>()
        }
        _ => 0,
    }
}
