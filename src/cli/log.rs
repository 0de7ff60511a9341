//! The log on standard error, and traces where they are built in.

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

use crate::http::connection::LogThrottle;

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON object a line
    Json,
}

/// Logs to standard error what `DERMAGRAPH_LOG` asks for, in the syntax of tracing's `EnvFilter` (`info`, `dermagraph=debug`);
/// warnings and errors when it asks for nothing. `dermagraph::request=info` has a line for every request.
///
/// # Errors
/// When `DERMAGRAPH_LOG` cannot be understood, or traces cannot be sent where they should.
pub fn start(format: LogFormat) -> Result<Started, String> {
    let filter = filter(&std::env::var("DERMAGRAPH_LOG").unwrap_or_default())?;
    let log = tracing_subscriber::fmt::layer().with_ansi(stderr().is_terminal()).with_writer(stderr);
    let log = match format {
        LogFormat::Text => log.with_filter(filter.and(Accepting::new())).boxed(),
        LogFormat::Json => log.json().flatten_event(true).with_filter(filter.and(Accepting::new())).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(log);
    #[cfg(feature = "otel")]
    let (subscriber, started) = {
        let traces = super::traces::Traces::start()?;
        (subscriber.with(traces.as_ref().map(super::traces::Traces::layer)), traces)
    };
    #[cfg(not(feature = "otel"))]
    let started = ();
    // A log that is there already, as in tests, stays.
    let _ = subscriber.try_init();
    Ok(started)
}

/// What passes into the log. A filter by target and level is compared with the place of an event alone; only one that names spans or
/// fields has to follow every request through its spans.
fn filter<S: Subscriber + for<'a> LookupSpan<'a>>(text: &str) -> Result<Box<dyn Filter<S> + Send + Sync>, String> {
    /// A head that cannot be read is an error there; whoever sends many would fill the log.
    const SILENT: &str = "actix_http";
    let text = if text.trim().is_empty() { "warn" } else { text };
    if let Ok(targets) = text.parse::<Targets>() {
        // What names targets alone leaves the others at warnings.
        let others = targets.default_level().unwrap_or(LevelFilter::WARN);
        return Ok(Box::new(targets.with_default(others).with_target(SILENT, LevelFilter::OFF)));
    }
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).parse(text);
    let filter = filter.map_err(|failure| format!("DERMAGRAPH_LOG cannot be understood: {failure}"))?;
    let silent = format!("{SILENT}=off").parse().map_err(|failure| format!("a log filter of ours is wrong: {failure}"))?;
    Ok(Box::new(filter.add_directive(silent)))
}

/// Lets failures to accept connections pass once in a while: while the system lets nobody open anything, there are two a second.
struct Accepting(LogThrottle);

impl Accepting {
    const TARGET: &str = "actix_server::accept";

    fn new() -> Self {
        Self(LogThrottle::new(Duration::from_mins(1)))
    }
}

impl<S> Filter<S> for Accepting {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.target() != Self::TARGET || *metadata.level() > Level::WARN || self.0.permit().is_some()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == Self::TARGET { Interest::sometimes() } else { Interest::always() }
    }
}

/// What goes on as long as the program: when it is dropped, the last traces are sent.
#[cfg(feature = "otel")]
pub type Started = Option<super::traces::Traces>;

/// What goes on as long as the program: nothing, in builds without traces.
#[cfg(not(feature = "otel"))]
pub type Started = ();
