//! How the response time grows with the length of the page, the depth, the size of the library, and the number of
//! connections.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value as Json, json};

use crate::{
    Failure, chart,
    client::{self, Request},
    contender::Arena,
    question::{Question, Root},
    server::Server,
    table::Table,
    wrk,
};

/// Procedures on a page.
const PAGES: [u32; 8] = [1, 2, 5, 10, 20, 40, 70, 100];

/// Numbers of connections.
const CONNECTIONS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Number of connections while another quantity grows.
const FEW: usize = 1;

/// The selection of each depth, beginning at the root. `{}` is replaced by the selection of the next depth.
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
    /// The quantity that grows.
    pub series: &'static str,
    /// The value of that quantity.
    pub x: String,
    /// Records and parts in one response.
    pub objects: usize,
    /// Bytes of one response.
    pub bytes: usize,
    /// Requests per second.
    pub rate: f64,
    /// Median latency in milliseconds.
    pub p50: f64,
    /// The 99th percentile of the latency in milliseconds.
    pub p99: f64,
    /// Memory of the server afterwards, in bytes.
    pub resident: u64,
}

/// Measures how the response time grows with the page, the depth and the connections on one database.
///
/// # Errors
/// When the service cannot be started or fails.
pub fn within(arena: &Arena, window: Duration) -> Result<Vec<Point>, Failure> {
    let mut points = Vec::new();
    let server = arena.serve_uncached()?;
    for procedures in PAGES {
        let question = Question { root: Root::List { procedures }, ..Question::list() };
        let request = by_document(&question.document(), &question.variables());
        points.push(point(&server, "page", procedures.to_string(), &request, FEW, window)?);
    }
    for depth in 1..=DEPTHS.len() {
        let request = by_document(&nested(depth), &json!({}));
        points.push(point(&server, "depth", depth.to_string(), &request, FEW, window)?);
    }
    let question = Question::list();
    let request = by_document(&question.document(), &question.variables());
    for connections in CONNECTIONS {
        points.push(point(&server, "connections", connections.to_string(), &request, connections, window)?);
    }
    Ok(points)
}

/// Measures the large query on one database. The caller compares databases of different sizes.
///
/// # Errors
/// When the service cannot be started or fails.
pub fn stored(arena: &Arena, size: &str, window: Duration) -> Result<Point, Failure> {
    let server = arena.serve_uncached()?;
    let question = Question::list();
    let request = by_document(&question.document(), &question.variables());
    point(&server, "stored", size.to_owned(), &request, FEW, window)
}

/// Returns all points as a table, with the time per object.
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

/// Returns all points as comma-separated values.
#[must_use]
pub fn csv(points: &[Point]) -> String {
    let lines = points.iter().map(|point| {
        let Point { series, x, objects, bytes, rate, p50, p99, resident } = point;
        format!("{series},{x},{objects},{bytes},{rate:.1},{p50:.3},{p99:.3},{resident}\n")
    });
    format!("series,x,objects,bytes,requests_per_second,p50_ms,p99_ms,rss_bytes\n{}", lines.collect::<String>())
}

/// Returns all points as an image with a chart for each quantity that grows.
#[must_use]
pub fn picture(points: &[Point]) -> String {
    let charts = points.chunk_by(|a, b| a.series == b.series).map(|of| chart::Chart {
        title: match of[0].series {
            "page" => "Procedures on a page",
            "depth" => "Depth of the query",
            "connections" => "Connections",
            _ => "Size of the library",
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
    /// Returns the median microseconds per object of the response.
    #[must_use]
    pub fn per_object(&self) -> f64 {
        self.p50 * 1e3 / f64::from(u32::try_from(self.objects.max(1)).unwrap_or(u32::MAX))
    }
}

fn nested(depth: usize) -> String {
    let within = DEPTHS[..depth].iter().rev().fold(String::new(), |below, level| level.replace("{}", &below));
    format!("{{ {within} }}")
}

fn by_document(document: &str, variables: &Json) -> Request {
    let body = json!({"query": document, "variables": variables}).to_string();
    Request { path: "/graphql".to_owned(), body: Some(body), headers: Vec::new() }
}

fn point(
    server: &Server,
    series: &'static str,
    x: String,
    request: &Request,
    connections: usize,
    window: Duration,
) -> Result<Point, Failure> {
    let (objects, bytes) = size(server.address(), request)?;
    wrk::drive(server.address(), request, connections, Duration::from_secs(1))?;
    let measured = wrk::drive(server.address(), request, connections, window)?;
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

/// Returns the number of objects in a response, and its length in bytes.
fn size(address: SocketAddr, request: &Request) -> Result<(usize, usize), Failure> {
    let body = client::send(address, request)?.body;
    let json: Json = serde_json::from_slice(&body).map_err(|failure| failure.to_string())?;
    if json.get("errors").is_some() {
        return Err(format!("the service responds with errors: {}", json["errors"]));
    }
    Ok((objects(&json["data"]) - 1, body.len()))
}

/// Counts the objects that are neither connections nor their `pageInfo`.
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
