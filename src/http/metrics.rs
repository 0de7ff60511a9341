//! What is counted, for Prometheus. Labels have few values, whatever clients send: names of operations are in the log alone.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data, ServiceConfig},
};
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts, Registry, TextEncoder, core::Collector};

use super::{
    connection::{End, Lag},
    endpoint::Endpoint,
    host::Hosts,
    permits::NoPermit,
    respond,
    seen::{Operation, Seen},
};
use crate::{
    error::{ANSWER_TOO_LARGE, INTERNAL, TIMEOUT},
    schema::{OperationKind, Usage},
};

const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const STATEMENTS: &[f64] = &[0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
const COST: &[f64] = &[10.0, 100.0, 1_000.0, 10_000.0, 50_000.0, 100_000.0, 250_000.0, 500_000.0];

/// What is counted. Copies count together.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    operations: IntCounterVec,
    operation_errors: IntCounterVec,
    refused: IntCounterVec,
    seconds: Histogram,
    statements: Histogram,
    cost: Histogram,
    sockets: IntGauge,
    connections: IntGauge,
    connections_refused: IntCounterVec,
    connections_ended: IntCounterVec,
    streams_reset: IntCounterVec,
    usage: [IntGauge; 8],
}

impl Metrics {
    /// With everything at zero.
    ///
    /// # Errors
    /// When two of them have one name, which no caller can bring about.
    pub fn new() -> Result<Self, prometheus::Error> {
        let counter = |name, help, label| IntCounterVec::new(Opts::new(name, help), &[label]);
        let histogram =
            |name, help, buckets: &[f64]| Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()));
        let metrics = Self {
            registry: Registry::new(),
            requests: counter("dermagraph_requests_total", "HTTP requests by the status of their response.", "status")?,
            operations: counter("dermagraph_operations_total", "GraphQL operations that were run, by kind.", "kind")?,
            operation_errors: counter(
                "dermagraph_operation_errors_total",
                "Errors in the answers of GraphQL operations that were run, by code.",
                "code",
            )?,
            refused: counter("dermagraph_refused_total", "Requests that were refused, by code.", "code")?,
            seconds: histogram(
                "dermagraph_request_seconds",
                "Time until the response to a GraphQL request begins, or the refusal of any request.",
                SECONDS,
            )?,
            statements: histogram("dermagraph_operation_statements", "SQL statements of an operation.", STATEMENTS)?,
            cost: histogram("dermagraph_operation_cost", "Cost of an operation.", COST)?,
            sockets: IntGauge::new("dermagraph_sockets", "Sockets and event streams that are open.")?,
            connections: IntGauge::new("dermagraph_connections", "Connections that are open.")?,
            connections_refused: counter(
                "dermagraph_connections_refused_total",
                "Connections that were closed at once, because all permits are taken or those of their network.",
                "reason",
            )?,
            connections_ended: counter(
                "dermagraph_connections_ended_total",
                "Connections that the service ended because a limit was reached, by the limit.",
                "reason",
            )?,
            streams_reset: counter(
                "dermagraph_streams_reset_total",
                "Streams of HTTP/2 that the service reset because their response was not taken, by how.",
                "reason",
            )?,
            usage: [
                IntGauge::new("dermagraph_bytes_held", "Bytes that are held for clients: answers and subscriptions.")?,
                IntGauge::new("dermagraph_preparing_running", "Requests that are prepared in a turn.")?,
                IntGauge::new("dermagraph_preparing_waiting", "Requests that wait for a turn to be prepared.")?,
                IntGauge::new("dermagraph_turns_running", "Heavy operations that run.")?,
                IntGauge::new("dermagraph_turns_waiting", "Heavy operations that wait for their turn.")?,
                IntGauge::new("dermagraph_documents_bytes", "Bytes of prepared documents that are kept.")?,
                IntGauge::new("dermagraph_plans_bytes", "Bytes of plans that are kept.")?,
                IntGauge::new("dermagraph_responses_bytes", "Bytes of responses that are kept.")?,
            ],
        };
        for gauge in &metrics.usage {
            metrics.registry.register(Box::new(gauge.clone()))?;
        }
        for code in [ANSWER_TOO_LARGE, INTERNAL, TIMEOUT] {
            metrics.operation_errors.with_label_values(&[code]);
        }
        for end in End::ALL {
            metrics.connections_ended.with_label_values(&[end.name()]);
        }
        for refusal in [NoPermit::AllTaken, NoPermit::ShareTaken] {
            metrics.connections_refused.with_label_values(&[refusal.name()]);
        }
        for lag in Lag::ALL {
            metrics.streams_reset.with_label_values(&[lag.name()]);
        }
        let all: [Box<dyn Collector>; 12] = [
            Box::new(metrics.requests.clone()),
            Box::new(metrics.operations.clone()),
            Box::new(metrics.operation_errors.clone()),
            Box::new(metrics.refused.clone()),
            Box::new(metrics.seconds.clone()),
            Box::new(metrics.statements.clone()),
            Box::new(metrics.cost.clone()),
            Box::new(metrics.sockets.clone()),
            Box::new(metrics.connections.clone()),
            Box::new(metrics.connections_refused.clone()),
            Box::new(metrics.connections_ended.clone()),
            Box::new(metrics.streams_reset.clone()),
        ];
        for one in all {
            metrics.registry.register(one)?;
        }
        Ok(metrics)
    }

    /// Counts a request that was answered; `seen` is there when it was one to the GraphQL endpoint, or was refused.
    pub fn request(&self, status: StatusCode, took: Duration, seen: Option<&Seen>) {
        self.requests.with_label_values(&[status.as_str()]).inc();
        let Some(seen) = seen else { return };
        self.seconds.observe(took.as_secs_f64());
        for operation in &seen.operations {
            self.operation(operation);
        }
        for code in &seen.refused {
            self.refused(code);
        }
    }

    /// Counts an operation that was run, by whatever transport.
    pub fn operation(&self, operation: &Operation) {
        let kind = match operation.kind {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        };
        self.operations.with_label_values(&[kind]).inc();
        self.statements.observe(as_float(operation.statements as u64));
        self.cost.observe(as_float(operation.cost));
        for code in &operation.errors {
            self.operation_errors.with_label_values(&[code]).inc();
        }
    }

    /// Counts a request that was refused with one of our codes.
    pub fn refused(&self, code: &str) {
        self.refused.with_label_values(&[code]).inc();
    }

    fn set_usage(&self, held: u64, usage: Usage) {
        let Usage { preparing, answering, documents, plans, responses } = usage;
        let turns = [preparing.0, preparing.1, answering.0, answering.1].map(|turns| turns as u64);
        let values = [&[held][..], &turns, &[documents, plans, responses]].concat();
        for (gauge, value) in self.usage.iter().zip(values) {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    /// Counts a connection that was closed at once.
    pub fn connection_refused(&self, reason: NoPermit) {
        self.connections_refused.with_label_values(&[reason.name()]).inc();
    }

    /// Counts a connection that was ended because a limit was reached.
    pub fn connection_ended(&self, reason: End) {
        self.connections_ended.with_label_values(&[reason.name()]).inc();
    }

    /// Counts a stream of HTTP/2 that was reset because its response is not taken.
    pub fn stream_reset(&self, reason: Lag) {
        self.streams_reset.with_label_values(&[reason.name()]).inc();
    }

    /// All that is counted, as Prometheus reads it.
    ///
    /// # Errors
    /// When it cannot be written, which no caller can bring about.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Adds `/metrics`. It stands on an address of its own, since what it tells is for whoever runs the service.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/metrics", web::get().to(metrics));
}

async fn metrics(http: HttpRequest, endpoint: Data<Endpoint>, hosts: Data<Hosts>) -> HttpResponse {
    if let Err(refused) = hosts.check(http.head()) {
        return respond::refuse(&http, refused);
    }
    let counted = &endpoint.gate.metrics;
    for (gauge, open) in [(&counted.sockets, endpoint.sockets.open()), (&counted.connections, endpoint.connections.taken())]
    {
        gauge.set(i64::try_from(open).unwrap_or(i64::MAX));
    }
    counted.set_usage(endpoint.gate.accounts.reserved(), endpoint.gate.service.usage());
    match counted.text() {
        Ok(text) => HttpResponse::Ok().insert_header((header::CONTENT_TYPE, prometheus::TEXT_FORMAT)).body(text),
        Err(failure) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a histogram needs no more than 52 bits")]
fn as_float(number: u64) -> f64 {
    number as f64
}
