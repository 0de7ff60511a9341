//! `dermagraph import`: publishes content documents.

use std::{fs, io, path::PathBuf, process, thread};

use clap::Args;
use tempfile::TempDir;
use tokio::runtime;

use crate::{
    app::signalled,
    cli::{
        DatabaseArgs,
        documents::{ConsoleProgress, error_message, print_line, read},
    },
    content,
    library::{self, Change, MAX_MESSAGE, PublicationReport, PublishOptions},
    plural,
    store::{DatabaseUrl, StoreError, Writer},
};

/// Maximum number of attempts to remove a temporary folder when a signal stops the program.
const REMOVALS: usize = 10;

/// Arguments of `import`.
#[derive(Args)]
pub struct ImportArgs {
    /// Content documents: files, or folders that are searched for *.yaml and *.yml
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// List what would change, and publish nothing; applies pending migrations, but does not create a database
    #[arg(long)]
    dry_run: bool,
    /// Remove records without a content document; refused without --yes if these are more than half of the library
    #[arg(long)]
    prune: bool,
    /// Allow --prune to remove more than half of the library
    #[arg(long, requires = "prune")]
    yes: bool,
    /// Why the content changes, for the history; at most 500 characters
    #[arg(long, value_name = "TEXT", value_parser = message)]
    message: Option<String>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Reads the value of `--message`.
fn message(text: &str) -> Result<String, String> {
    library::short_text(text, MAX_MESSAGE).map(str::to_owned)
}

/// Imports all documents, or none.
pub async fn run(args: ImportArgs) -> Result<(), String> {
    let files = read(&args.paths)?;
    let (writer, _folder) = if args.dry_run {
        open_for_dry_run(&args.database).await?
    } else {
        (args.database.writer().await.map_err(|failure| failure.to_string())?, None)
    };
    let options = PublishOptions { prune: args.prune, allow_removing_most: args.yes, dry_run: args.dry_run };
    let progress = ConsoleProgress::new();
    let edit = library::read_edit(content::catalog(), writer.clock(), &files, &progress).because(args.message);
    let imported = library::import_edit(content::catalog(), &writer, edit, options, &progress).await;
    writer.close().await;
    let report = imported.map_err(|failure| error_message(&failure))?;
    if args.dry_run {
        show(&report)?;
    }
    for warning in &report.warnings {
        print_line(&format!("Note: {warning}"))?;
    }
    print_line(&summary(&report, args.dry_run))?;
    if args.dry_run && args.prune && report.removes_most() && !args.yes {
        let (removed, before) = (report.removed.len(), plural::count(report.before(), "record"));
        print_line(&format!("Without --yes, this import would be refused, because it removes {removed} of {before}."))?;
    }
    Ok(())
}

/// Opens the database for a dry run. If there is none, opens an empty one in a temporary folder, which is removed when it is
/// dropped. The empty database is a file, because a publication uses several connections, and a database in memory has one.
async fn open_for_dry_run(database: &DatabaseArgs) -> Result<(Writer, Option<TempDir>), String> {
    let folder = match database.existing_writer().await {
        Err(StoreError::Missing(url)) => {
            print_line(&format!("Note: there is no database at {url}; the import would create it."))?;
            temporary_folder().map_err(|reason| format!("cannot create a temporary folder: {reason}"))?
        }
        opened => return opened.map(|writer| (writer, None)).map_err(|failure| failure.to_string()),
    };
    let url = DatabaseUrl::Sqlite(folder.path().join("dermagraph.db"));
    let writer = Writer::open(&url).await.map_err(|failure| failure.to_string())?;
    Ok((writer, Some(folder)))
}

/// Creates a temporary folder, which is removed when it is dropped. If a signal arrives, a thread removes the folder and
/// ends the program. The thread of the import could not do that while it reads and checks documents.
fn temporary_folder() -> io::Result<TempDir> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let created = {
        let _entered = runtime.enter();
        // The handlers are installed first, so that no signal leaves the folder.
        signalled().and_then(|signalled| Ok((signalled, tempfile::tempdir()?)))
    };
    let (signalled, folder) = match created {
        Ok(created) => created,
        Err(reason) => {
            // Dropping the runtime would wait for its threads. The runtime of the import, which runs this function, does not
            // allow that.
            runtime.shutdown_background();
            return Err(reason);
        }
    };
    let path = folder.path().to_owned();
    thread::spawn(move || {
        let signal = runtime.block_on(signalled);
        eprintln!("dermagraph: a signal stopped the dry run; nothing was published");
        // The import may create a file meanwhile, which makes an attempt fail.
        _ = (0..REMOVALS).any(|_| fs::remove_dir_all(&path).is_ok());
        process::exit(128 + signal);
    });
    Ok(folder)
}

/// Prints a line for each record that changes.
fn show(report: &PublicationReport) -> Result<(), String> {
    for (sign, changes) in [("+", &report.added), ("~", &report.changed), ("-", &report.removed)] {
        for change in changes {
            let names = change.field_names();
            let fields = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
            let Change { type_name, slug, .. } = change;
            print_line(&format!("{sign} {type_name} {slug}{fields}"))?;
        }
    }
    Ok(())
}

fn summary(report: &PublicationReport, dry_run: bool) -> String {
    let changes = report.summary(content::catalog());
    match report.revision {
        _ if report.is_empty() => "Nothing changed.".to_owned(),
        _ if dry_run => format!("This would change: {changes}. Nothing was written."),
        Some(revision) => format!("Revision {revision}: {changes}."),
        None => format!("{changes}."),
    }
}
