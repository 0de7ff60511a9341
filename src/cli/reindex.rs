//! `dermagraph reindex`: rebuilds the search terms.

use clap::Args;

use super::{
    DatabaseArgs,
    documents::{error_message, print_line},
};
use crate::{content, library, plural};

/// Arguments of `reindex`.
#[derive(Args)]
pub struct ReindexArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Rebuilds the search terms of all records.
pub async fn run(args: ReindexArgs) -> Result<(), String> {
    let writer = args.database.existing_writer().await.map_err(|failure| failure.to_string())?;
    let made = library::reindex(content::catalog(), &writer).await;
    writer.close().await;
    let records = made.map_err(|failure| error_message(&failure))?;
    print_line(&format!("The search terms of {} were rebuilt.", plural::count(records, "record")));
    Ok(())
}
