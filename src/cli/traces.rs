//! Traces by OpenTelemetry, in builds with the feature `otel`.
//!
//! They go by OTLP over HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says, with the other variables of
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>; without it there are none. A request is a span with the spans
//! `prepare` and `answer` within; none has a document, a variable or a credential.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Sends traces until it is dropped, and what it still holds then.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins, where an endpoint is set.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn start() -> Result<Option<Self>, String> {
        if std::env::var_os(ENDPOINT).is_none() {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.map_err(|failure| format!("{ENDPOINT} cannot be used: {failure}"))?;
        let resource = Resource::builder().with_service_name("dermagraph").build();
        Ok(Some(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())))
    }

    /// What passes the spans of this program on.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let own = Targets::new().with_target("dermagraph", tracing::Level::INFO);
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("dermagraph")).with_filter(own)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(failure) = self.0.shutdown() {
            eprintln!("dermagraph: the last traces could not be sent: {failure}");
        }
    }
}
