//! The metrics for Prometheus. No label value comes from a client, because each value uses memory. So names of
//! operations are only in the log.

use std::time::Duration;

use actix_web::http::StatusCode;
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts, Registry, TextEncoder, core::Collector};

use super::{OperationStats, RequestStats};
use crate::{
    error::{INTERNAL, RESPONSE_TOO_LARGE, TIMEOUT},
    http::{connection::EndReason, gate::NoPermit, socket::CloseReason},
    schema::{OperationKind, Usage},
};

const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const STATEMENTS: &[f64] = &[0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
const COST: &[f64] = &[10.0, 100.0, 1_000.0, 10_000.0, 50_000.0, 100_000.0, 250_000.0, 500_000.0];

/// All metrics. Clones share their values.
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
    sockets_closed: IntCounterVec,
    usage: [IntGauge; 10],
}

impl Metrics {
    /// Creates the metrics with value zero.
    ///
    /// # Errors
    /// Returns an error if two metrics have the same name, which would be a bug of this function.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name, help, label| registered(&registry, IntCounterVec::new(Opts::new(name, help), &[label]));
        let histogram = |name, help, buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            registered(&registry, Histogram::with_opts(options))
        };
        let gauge = |name, help| registered(&registry, IntGauge::new(name, help));
        let metrics = Self {
            requests: counter("dermagraph_requests_total", "HTTP requests by the status of their response.", "status")?,
            operations: counter("dermagraph_operations_total", "GraphQL operations that were run, by kind.", "kind")?,
            operation_errors: counter(
                "dermagraph_operation_errors_total",
                "Errors in responses to GraphQL operations that were run, by code.",
                "code",
            )?,
            refused: counter("dermagraph_refused_total", "Requests that were refused, by code.", "code")?,
            seconds: histogram(
                "dermagraph_request_seconds",
                "Seconds until the response begins, for GraphQL requests, pages that run GraphQL requests, the files of the \
                 schema, and all refusals.",
                SECONDS,
            )?,
            statements: histogram("dermagraph_operation_statements", "SQL statements per operation.", STATEMENTS)?,
            cost: histogram("dermagraph_operation_cost", "Cost per operation, in points.", COST)?,
            sockets: gauge("dermagraph_sockets", "Open sockets and event streams.")?,
            connections: gauge("dermagraph_connections", "Open network connections.")?,
            connections_refused: counter(
                "dermagraph_connections_refused_total",
                "Connections that were closed at once, because all permits or those of their network were in use.",
                "reason",
            )?,
            connections_ended: counter(
                "dermagraph_connections_ended_total",
                "Connections that the service ended because they reached a limit, by limit.",
                "reason",
            )?,
            streams_reset: counter(
                "dermagraph_streams_reset_total",
                "HTTP/2 streams that the service reset because they reached a limit, by limit.",
                "reason",
            )?,
            sockets_closed: counter(
                "dermagraph_sockets_closed_total",
                "Sockets that the service closed, by the code of the close frame.",
                "code",
            )?,
            usage: [
                gauge(
                    "dermagraph_reserved_bytes",
                    "Bytes that are reserved for clients: heads and bodies, messages, searches, responses, pages, subscriptions, HTTP/2 streams.",
                )?,
                gauge("dermagraph_preparing_running", "Requests that are prepared with a permit.")?,
                gauge("dermagraph_preparing_waiting", "Requests that wait for a permit to be prepared.")?,
                gauge("dermagraph_expensive_running", "Expensive operations that run.")?,
                gauge("dermagraph_expensive_waiting", "Expensive operations that wait for a permit.")?,
                gauge("dermagraph_publishing_running", "Mutations that run with a permit.")?,
                gauge("dermagraph_publishing_waiting", "Mutations that wait for a permit.")?,
                gauge("dermagraph_documents_bytes", "Bytes of cached prepared documents.")?,
                gauge("dermagraph_plans_bytes", "Bytes of cached plans.")?,
                gauge("dermagraph_responses_bytes", "Bytes of cached responses.")?,
            ],
            registry,
        };
        for code in [RESPONSE_TOO_LARGE, INTERNAL, TIMEOUT] {
            metrics.operation_errors.with_label_values(&[code]);
        }
        for end in EndReason::ALL {
            metrics.connections_ended.with_label_values(&[end.name()]);
        }
        for refusal in [NoPermit::AllInUse, NoPermit::ShareInUse] {
            metrics.connections_refused.with_label_values(&[refusal.name()]);
        }
        for end in EndReason::OF_STREAMS {
            metrics.streams_reset.with_label_values(&[end.name()]);
        }
        for reason in CloseReason::OF_LIMITS {
            metrics.sockets_closed.with_label_values(&[&*reason.code.to_string()]);
        }
        Ok(metrics)
    }

    /// Counts a request by the status of its response. `record` is `Some` for GraphQL requests, refusals, pages that
    /// run GraphQL requests, and the files of the schema.
    pub fn request(&self, status: StatusCode, duration: Duration, record: Option<&RequestStats>) {
        self.requests.with_label_values(&[status.as_str()]).inc();
        let Some(record) = record else { return };
        self.seconds.observe(duration.as_secs_f64());
        for operation in &record.operations {
            self.operation(operation);
        }
        for code in &record.refusals {
            self.refused(code);
        }
    }

    /// Counts an operation that was run over any transport.
    pub fn operation(&self, operation: &OperationStats) {
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

    /// Counts a refusal by its code.
    pub fn refused(&self, code: &str) {
        self.refused.with_label_values(&[code]).inc();
    }

    /// Sets the numbers of open sockets and connections.
    pub(super) fn set_open(&self, sockets: usize, connections: usize) {
        for (gauge, open) in [(&self.sockets, sockets), (&self.connections, connections)] {
            gauge.set(i64::try_from(open).unwrap_or(i64::MAX));
        }
    }

    /// Sets what clients and caches use at the moment. `reserved` is the memory that is reserved for clients, in bytes.
    pub(super) fn set_usage(&self, reserved: u64, usage: Usage) {
        let Usage { preparing, running, publishing, documents, plans, responses } = usage;
        let permits = [preparing, running, publishing].map(|(active, waiting)| [active as u64, waiting as u64]).concat();
        let values = [&[reserved][..], &permits, &[documents, plans, responses]].concat();
        for (gauge, value) in self.usage.iter().zip(values) {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    /// Counts a connection that was closed at once.
    pub fn connection_refused(&self, reason: NoPermit) {
        self.connections_refused.with_label_values(&[reason.name()]).inc();
    }

    /// Counts a connection that the service ended because it reached a limit.
    pub fn connection_ended(&self, reason: EndReason) {
        self.connections_ended.with_label_values(&[reason.name()]).inc();
    }

    /// Counts an HTTP/2 stream that the service reset because it reached a limit.
    pub fn stream_reset(&self, reason: EndReason) {
        self.streams_reset.with_label_values(&[reason.name()]).inc();
    }

    /// Counts a socket that the service closed with this code.
    pub fn socket_closed(&self, code: u16) {
        self.sockets_closed.with_label_values(&[&*code.to_string()]).inc();
    }

    /// Returns all metrics in the text format of Prometheus.
    ///
    /// # Errors
    /// Returns an error if a metric cannot be formatted, which would be a bug of this module.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// Adds a metric to the registry.
fn registered<M: Collector + Clone + 'static>(
    registry: &Registry,
    metric: Result<M, prometheus::Error>,
) -> Result<M, prometheus::Error> {
    let metric = metric?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

#[expect(clippy::cast_precision_loss, reason = "a histogram needs no more than 52 bits")]
fn as_float(number: u64) -> f64 {
    number as f64
}
