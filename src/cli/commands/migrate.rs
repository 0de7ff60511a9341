//! `dermagraph migrate`: updates the tables of the database, and the search index in them.

use clap::Args;

use crate::{
    cli::{DatabaseArgs, documents::print_line},
    content, library,
    store::{DatabaseUrl, migrate, pending_migrations},
};

/// Arguments of `migrate`.
#[derive(Args)]
pub struct MigrateArgs {
    /// Change nothing; list pending migrations, and fail if there are any
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Applies pending migrations and rebuilds the search index if another version of the program wrote it, or only lists the
/// pending migrations.
pub async fn run(args: MigrateArgs) -> Result<(), String> {
    let url = args.database.url().map_err(|failure| failure.to_string())?;
    let found = if args.check { pending_migrations(&url).await } else { migrate(&url).await };
    let migrations = found.map_err(|failure| failure.to_string())?;
    let reported = report(&url, &migrations, args.check);
    if args.check {
        return reported;
    }
    // Also if the report cannot be written.
    args.database.run(async |writer| library::update_index(content::catalog(), writer).await).await?;
    reported
}

/// Prints the migrations that are pending or were applied. With `is_check`, it fails if there are any.
fn report(url: &DatabaseUrl, migrations: &[String], is_check: bool) -> Result<(), String> {
    let what = if is_check { "pending" } else { "applied" };
    for migration in migrations {
        print_line(&format!("{what} {migration}"))?;
    }
    match migrations.len() {
        0 => print_line(&format!("The tables of {url} are up to date.")),
        1 if is_check => Err("1 migration is pending".to_owned()),
        count if is_check => Err(format!("{count} migrations are pending")),
        1 => print_line("1 migration was applied."),
        count => print_line(&format!("{count} migrations were applied.")),
    }
}
