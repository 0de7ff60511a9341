//! `dermagraph reindex`: rebuilds the search terms.

use clap::Args;

use crate::{
    cli::{DatabaseArgs, documents::print_line},
    content, library, plural,
};

/// Arguments of `reindex`.
#[derive(Args)]
pub struct ReindexArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Rebuilds the search terms of all records.
pub async fn run(args: ReindexArgs) -> Result<(), String> {
    let records = args.database.run(async |writer| library::reindex(content::catalog(), writer).await).await?;
    print_line(&format!("The search terms of {} were rebuilt.", plural::count(records, "record")))
}
