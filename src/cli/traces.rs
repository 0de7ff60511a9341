//! OpenTelemetry traces, in builds with the feature `otel`.
//!
//! They are sent by OTLP over HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`; the other
//! variables of <https://opentelemetry.io/docs/specs/otel/protocol/exporter/> apply too. Without an endpoint there are no
//! traces. Each request has a span, which contains the spans `prepare` and `execute`. No span contains a document, a
//! variable or a credential.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// The variables that set the endpoint. The exporter prefers the first one.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Sends traces. When it is dropped, it sends the remaining ones.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts to send traces, if an endpoint is set.
    ///
    /// # Errors
    /// If the exporter cannot be created.
    pub fn start() -> Result<Option<Self>, String> {
        let Some(endpoint) = ENDPOINTS.into_iter().find(|name| std::env::var_os(name).is_some()) else { return Ok(None) };
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.map_err(|failure| format!("{endpoint} cannot be used: {failure}"))?;
        let resource = Resource::builder().with_service_name("dermagraph").build();
        Ok(Some(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())))
    }

    /// Returns the layer that exports the spans of this program.
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
