//! Settings of `serve` for operations: their limits, and trusted documents.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    access::MAX_RESERVED_BYTES,
    schema::{Limits, TrustedDocuments},
};

/// Settings for operations.
#[derive(Args)]
pub struct OperationArgs {
    /// Maximum cost of one operation, in points
    #[arg(long, env = "DERMAGRAPH_MAX_COST", value_name = "POINTS", default_value_t = Limits::COST)]
    max_cost: u64,
    /// Maximum number of expensive operations that run at once [default: one for each core]
    #[arg(long, env = "DERMAGRAPH_MAX_EXPENSIVE", value_name = "NUMBER")]
    max_expensive: Option<usize>,
    /// Maximum time that a request waits for a permit or for memory, in seconds
    #[arg(long, env = "DERMAGRAPH_QUEUE_TIMEOUT", value_name = "SECONDS", default_value_t = 2)]
    queue_timeout: u64,
    /// Size of the response cache, in MiB; 0 turns it off
    #[arg(long, env = "DERMAGRAPH_RESPONSE_CACHE", value_name = "MIB", default_value_t = Limits::RESPONSES >> 20)]
    response_cache: u64,
    /// Memory for subscriptions and for responses that are being created or sent, for all clients together, in MiB; one client
    /// may use a quarter
    #[arg(long, env = "DERMAGRAPH_RESPONSE_MEMORY", value_name = "MIB", default_value_t = MAX_RESERVED_BYTES >> 20, value_parser = response_memory)]
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
    ///
    /// # Errors
    /// If the limits allow no expensive operation.
    pub fn limits(&self) -> Result<Limits, String> {
        let default = Limits::default();
        match self.max_expensive {
            Some(0) => Err("--max-expensive is 0; at least one expensive operation must be able to run".to_owned()),
            number => Ok(Limits {
                cost: self.max_cost,
                expensive: number.unwrap_or(default.expensive),
                queue_timeout: Duration::from_secs(self.queue_timeout),
                responses: self.response_cache.saturating_mul(1 << 20),
                held: self.response_memory.saturating_mul(1 << 20),
                ..default
            }),
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

/// Parses a number of MiB. One client may use a quarter of it, which must be enough for the longest response.
fn response_memory(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number >= 96);
    number.ok_or_else(|| "a number of MiB of at least 96 is needed".to_owned())
}
