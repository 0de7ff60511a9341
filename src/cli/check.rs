//! `dermagraph check`: looks for problems in documents.

use std::path::PathBuf;

use clap::Args;

use super::{
    DatabaseArgs,
    documents::{BarOrLines, read, refuse, say, sentence_of},
};
use crate::{
    content,
    library::{self, ImportOptions},
};

/// Arguments of `check`.
#[derive(Args)]
pub struct CheckArgs {
    /// Documents: files, or folders that are searched for *.yaml and *.yml
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Check them as an addition to what the database holds, not as a library that is complete in itself
    #[arg(long)]
    against_database: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Checks documents and lists every problem.
pub async fn run(args: CheckArgs) -> Result<(), String> {
    let files = read(&args.paths)?;
    if args.against_database {
        let writer = args.database.writer().await.map_err(|failure| failure.to_string())?;
        let options = ImportOptions { dry_run: true, ..ImportOptions::default() };
        let checked = library::import(content::catalog(), &writer, &files, options, &BarOrLines::new()).await;
        writer.close().await;
        checked.map_err(|failure| sentence_of(&failure))?;
    } else {
        let report = library::check(content::catalog(), &files);
        refuse(&report.problems)?;
    }
    let files = files.len();
    say(&format!("No problems in {files} {}.", if files == 1 { "file" } else { "files" }));
    Ok(())
}
