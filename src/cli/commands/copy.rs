//! `dermagraph copy`: copies a library from one database to another.

use clap::Args;

use crate::{
    cli::documents::{ConsoleProgress, print_line},
    plural,
    store::{DatabaseUrl, copy},
};

const HELP_OF_FROM: &str =
    "Database that is read: sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME; it may be in use";

/// Arguments of `copy`.
#[derive(Args)]
pub struct CopyArgs {
    /// URL of the source.
    #[arg(long, help = HELP_OF_FROM, env = "DERMAGRAPH_COPY_FROM", hide_env_values = true, value_name = "URL")]
    from: String,
    /// Database to copy into; pending migrations are applied
    #[arg(long, env = "DERMAGRAPH_COPY_TO", hide_env_values = true, value_name = "URL")]
    to: String,
    /// Replace everything in the target database
    #[arg(long)]
    overwrite: bool,
    /// Print the number of rows and the checksum of each table
    #[arg(long)]
    checksums: bool,
}

/// Copies everything, or nothing.
pub async fn run(args: CopyArgs) -> Result<(), String> {
    let read = |flag: &str, url: &str| url.parse::<DatabaseUrl>().map_err(|sentence| format!("{flag}: {sentence}"));
    let (from, to) = (read("--from", &args.from)?, read("--to", &args.to)?);
    let copied = copy(&from, &to, args.overwrite, &ConsoleProgress::new()).await;
    let tables = copied.map_err(|failure| failure.to_string())?;
    for table in tables.iter().filter(|_| args.checksums) {
        print_line(&format!("{}: {}", table.name, table.checksum))?;
    }
    let rows = plural::count(tables.iter().map(|table| table.checksum.rows).sum::<u64>(), "row");
    let tables = plural::count(tables.len(), "table");
    print_line(&format!("{rows} in {tables} copied from {from} to {to}, and compared."))
}
