//! The log on standard error.

use clap::ValueEnum;

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
/// When `DERMAGRAPH_LOG` cannot be understood.
pub fn start(format: LogFormat) -> Result<(), String> {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("DERMAGRAPH_LOG")
        .with_default_directive(tracing::level_filters::LevelFilter::WARN.into())
        .from_env()
        .map_err(|failure| format!("DERMAGRAPH_LOG cannot be understood: {failure}"))?
        // A head that cannot be read is an error there; whoever sends many would fill the log.
        .add_directive("actix_http=off".parse().map_err(|failure| format!("a log filter of ours is wrong: {failure}"))?);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that is there already, as in tests, stays.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    Ok(())
}
