//! What `serve` lets set of operations: their limits, and which documents are run.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    access::MAX_RESERVED_BYTES,
    schema::{Limits, TrustedDocuments},
};

/// Arguments about operations.
#[derive(Args)]
pub struct OperationArgs {
    /// Most cost points of one operation
    #[arg(long, env = "DERMAGRAPH_MAX_COST", value_name = "POINTS", default_value_t = Limits::COST)]
    max_cost: u64,
    /// Most expensive operations that run at once [default: one for each core]
    #[arg(long, env = "DERMAGRAPH_MAX_EXPENSIVE", value_name = "NUMBER")]
    max_expensive: Option<usize>,
    /// How long an expensive operation waits for its turn, in seconds
    #[arg(long, env = "DERMAGRAPH_QUEUE_TIMEOUT", value_name = "SECONDS", default_value_t = 2)]
    queue_timeout: u64,
    /// Answers that are kept until the next publication, in MiB; with 0 none is
    #[arg(long, env = "DERMAGRAPH_RESPONSE_CACHE", value_name = "MIB", default_value_t = Limits::RESPONSES >> 20)]
    response_cache: u64,
    /// Memory for answers that are made or wait to be taken, and for subscriptions, of all clients together, in MiB; one client may have a quarter
    #[arg(long, env = "DERMAGRAPH_RESPONSE_MEMORY", value_name = "MIB", default_value_t = MAX_RESERVED_BYTES >> 20, value_parser = response_memory)]
    response_memory: u64,
    /// Manifest of documents that clients were built with: JSON, texts by id or Apollo's format
    #[arg(long, env = "DERMAGRAPH_TRUSTED_DOCUMENTS", value_name = "FILE")]
    trusted_documents: Option<PathBuf>,
    /// Run nothing but the trusted documents
    #[arg(long, env = "DERMAGRAPH_TRUSTED_ONLY", requires = "trusted_documents")]
    trusted_only: bool,
}

impl OperationArgs {
    /// The limits of operations.
    ///
    /// # Errors
    /// When nothing expensive could ever run.
    pub fn limits(&self) -> Result<Limits, String> {
        let default = Limits::default();
        match self.max_expensive {
            Some(0) => Err("--max-expensive is 0; at least one expensive operation must be able to run".to_owned()),
            heavy => Ok(Limits {
                cost: self.max_cost,
                expensive: heavy.unwrap_or(default.expensive),
                queue_timeout: Duration::from_secs(self.queue_timeout),
                responses: self.response_cache.saturating_mul(1 << 20),
                held: self.response_memory.saturating_mul(1 << 20),
                ..default
            }),
        }
    }

    /// The trusted documents.
    ///
    /// # Errors
    /// When the manifest cannot be read, or a document in it cannot be run: a line for each.
    pub fn trusted(&self) -> Result<TrustedDocuments, String> {
        let Some(path) = &self.trusted_documents else { return Ok(TrustedDocuments::default()) };
        let named = |problem: String| format!("--trusted-documents {}: {problem}", path.display());
        let manifest = fs::read_to_string(path).map_err(|failure| named(failure.to_string()))?;
        TrustedDocuments::read(&manifest, self.trusted_only)
            .map_err(|problems| problems.into_iter().map(named).collect::<Vec<_>>().join("\n"))
    }
}

/// A client has a quarter, and must be able to have the longest answer beside others.
fn response_memory(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number >= 96);
    number.ok_or_else(|| "give a number of MiB from 96 on".to_owned())
}
