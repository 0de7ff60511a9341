//! The log on standard error, and traces in builds that have them.

use std::{
    io::{IsTerminal as _, stderr},
    time::Duration,
};

use clap::ValueEnum;
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, Targets},
    layer::{Context, Filter, SubscriberExt as _},
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::log_throttle::LogThrottle;

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON object per line
    Json,
}

/// Starts the log on standard error. `DERMAGRAPH_LOG` sets what is logged, in the syntax of tracing's `EnvFilter` (`info`,
/// `dermagraph=debug`); by default, warnings and errors are. `dermagraph::request=info` logs a line for each request.
///
/// # Errors
/// If `DERMAGRAPH_LOG` is invalid, or the exporter of traces cannot be created.
pub fn start(format: LogFormat) -> Result<Started, String> {
    let filter = filter(&std::env::var("DERMAGRAPH_LOG").unwrap_or_default())?;
    let log = tracing_subscriber::fmt::layer().with_ansi(stderr().is_terminal()).with_writer(stderr);
    let log = match format {
        LogFormat::Text => log.with_filter(filter.and(AcceptThrottle::new())).boxed(),
        LogFormat::Json => log.json().flatten_event(true).with_filter(filter.and(AcceptThrottle::new())).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(log);
    #[cfg(feature = "otel")]
    let (subscriber, started) = {
        let traces = super::traces::Traces::start()?;
        (subscriber.with(traces.as_ref().map(super::traces::Traces::layer)), traces)
    };
    #[cfg(not(feature = "otel"))]
    let started = ();
    // In tests a log may already be set, and stays.
    let _ = subscriber.try_init();
    Ok(started)
}

/// Returns the filter of the log. A `Targets` filter decides only once about each log statement that it disables, so it is
/// used unless the text names spans or fields. `EnvFilter` supports these, but has to follow the spans of each request.
fn filter<S: Subscriber + for<'a> LookupSpan<'a>>(text: &str) -> Result<Box<dyn Filter<S> + Send + Sync>, String> {
    /// Actix logs an error for each malformed request head. A client that sends many would fill the log.
    const SILENT: &str = "actix_http";
    let text = if text.trim().is_empty() { "warn" } else { text };
    if let Ok(targets) = text.parse::<Targets>() {
        // If the text names only some targets, the others log warnings and errors.
        let others = targets.default_level().unwrap_or(LevelFilter::WARN);
        return Ok(Box::new(targets.with_default(others).with_target(SILENT, LevelFilter::OFF)));
    }
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).parse(text);
    let filter = filter.map_err(|failure| format!("DERMAGRAPH_LOG is invalid: {failure}"))?;
    let silent =
        format!("{SILENT}=off").parse().map_err(|failure| format!("the built-in log filter is invalid: {failure}"))?;
    Ok(Box::new(filter.add_directive(silent)))
}

/// Limits how often failures to accept network connections are logged. Otherwise there would be two lines a second while the
/// process has too many open files.
struct AcceptThrottle(LogThrottle);

impl AcceptThrottle {
    const TARGET: &str = "actix_server::accept";

    fn new() -> Self {
        Self(LogThrottle::new(Duration::from_mins(1)))
    }
}

impl<S> Filter<S> for AcceptThrottle {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.target() != Self::TARGET || *metadata.level() > Level::WARN || self.0.permit().is_some()
    }

    /// Always returns `sometimes`, so that `tracing` calls `enabled` each time that a log statement runs. If this returned
    /// `always`, `tracing` would not call `enabled` for the log statement, and would use the latest result of the thread.
    /// That result can belong to another log statement, because a crate can call `enabled` without logging a line. If that
    /// result was a refusal, the line would be lost (<https://github.com/tokio-rs/tracing/issues/2519>).
    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}

/// A guard that must live as long as the program. When it is dropped, the last traces are sent.
#[cfg(feature = "otel")]
pub type Started = Option<super::traces::Traces>;

/// A guard that must live as long as the program. In builds without traces it is empty.
#[cfg(not(feature = "otel"))]
pub type Started = ();
