//! `dermagraph reindex`: rebuilds the search terms.

use clap::Args;

use super::{
    DatabaseArgs,
    documents::{say, sentence_of},
};
use crate::{content, library};

/// Arguments of `reindex`.
#[derive(Args)]
pub struct ReindexArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Rebuilds the search terms of all records.
pub async fn run(args: ReindexArgs) -> Result<(), String> {
    let writer = args.database.writer().await.map_err(|failure| failure.to_string())?;
    let made = library::reindex(content::catalog(), &writer).await;
    writer.close().await;
    let records = made.map_err(|failure| sentence_of(&failure))?;
    say(&format!("The search terms of {records} records were rebuilt."));
    Ok(())
}
