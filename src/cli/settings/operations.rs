//! Settings of `serve` for operations: their limits, and trusted documents.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;

use super::number::number;
use crate::{
    access::MAX_RESERVED_BYTES,
    schema::{Limits, TrustedDocuments},
};

/// Maximum of `--max-expensive`. It is far above the number of cores, and each permit may need a thread.
const MAX_EXPENSIVE: usize = 1024;

/// Minimum of `--response-memory`, in MiB. One client may use a quarter of it, which must be enough for the longest response.
const MIN_RESPONSE_MEMORY: u64 = 96;

/// Maximum of settings in MiB: 1 TiB, more than the memory of usual machines.
const MAX_MEBIBYTES: u64 = 1 << 20;

/// Settings for operations.
#[derive(Args)]
pub struct OperationArgs {
    /// Maximum cost of one operation, in points
    #[arg(long, env = "DERMAGRAPH_MAX_COST", value_name = "POINTS", default_value_t = Limits::COST)]
    max_cost: u64,
    /// Number of permits to run expensive operations, 1 to 1024; reduced to half of the database connections that expensive
    /// operations may use [default: one for each core]
    #[arg(long, env = "DERMAGRAPH_MAX_EXPENSIVE", value_name = "NUMBER", value_parser = number(1..=MAX_EXPENSIVE))]
    max_expensive: Option<usize>,
    /// Maximum time that a request waits for a permit or for memory, in seconds; mutations of content wait longer for a
    /// permit
    #[arg(long, env = "DERMAGRAPH_QUEUE_TIMEOUT", value_name = "SECONDS", default_value_t = 2)]
    queue_timeout: u64,
    /// Size of the response cache, in MiB; 0 turns it off
    #[arg(long, env = "DERMAGRAPH_RESPONSE_CACHE", value_name = "MIB", default_value_t = Limits::RESPONSES >> 20, value_parser = number(0..=MAX_MEBIBYTES))]
    response_cache: u64,
    /// Memory for subscriptions, searches and responses that are being created or sent, for all clients together, in MiB; one
    /// client may use a quarter
    #[arg(long, env = "DERMAGRAPH_RESPONSE_MEMORY", value_name = "MIB", default_value_t = MAX_RESERVED_BYTES >> 20, value_parser = number(MIN_RESPONSE_MEMORY..=MAX_MEBIBYTES))]
    response_memory: u64,
    /// Manifest of trusted documents: a JSON object with a text for each id, or Apollo's format
    #[arg(long, env = "DERMAGRAPH_TRUSTED_DOCUMENTS", value_name = "FILE")]
    trusted_documents: Option<PathBuf>,
    /// Run only trusted documents
    #[arg(long, env = "DERMAGRAPH_TRUSTED_ONLY", requires = "trusted_documents")]
    trusted_only: bool,
}

impl OperationArgs {
    /// Returns the limits of operations.
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            cost: self.max_cost,
            expensive: self.max_expensive.unwrap_or(default.expensive),
            queue_timeout: Duration::from_secs(self.queue_timeout),
            responses: self.response_cache << 20,
            reserved_bytes: self.response_memory << 20,
            ..default
        }
    }

    /// Reads the trusted documents.
    ///
    /// # Errors
    /// If the manifest cannot be read or a document in it is invalid; one line for each problem.
    pub fn trusted(&self) -> Result<TrustedDocuments, String> {
        let Some(path) = &self.trusted_documents else { return Ok(TrustedDocuments::default()) };
        let named = |problem: String| format!("--trusted-documents {}: {problem}", path.display());
        let manifest = fs::read_to_string(path).map_err(|failure| named(failure.to_string()))?;
        TrustedDocuments::read(&manifest, self.trusted_only)
            .map_err(|problems| problems.into_iter().map(named).collect::<Vec<_>>().join("\n"))
    }
}
