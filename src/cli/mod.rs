//! The command line.

mod commands;
mod documents;
mod log;
mod settings;
#[cfg(feature = "otel")]
mod traces;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use self::{
    commands::{check, copy, export, generate, import, key, migrate, reindex, schema, serve, verify},
    documents::error_message,
    log::LogFormat,
};
use crate::{
    library::LibraryError,
    store::{DatabaseUrl, Store, StoreError, Writer},
};

const AFTER_HELP: &str = "Examples:
  dermagraph                                     serve on 127.0.0.1:8080, with the data in ./data
  dermagraph --listen 0.0.0.0:80 --data-dir DIR  serve to the network, with the data in DIR
  dermagraph --database-url postgres://…         serve from PostgreSQL
  dermagraph serve --help                        every setting

DERMAGRAPH_LOG sets what is logged to standard error: error, warn (the default), info, debug or trace.";

const HELP_OF_URL: &str =
    "Database: sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME [default: a file in the data folder]";

#[derive(Parser)]
#[command(
    name = "dermagraph",
    version,
    after_help = AFTER_HELP,
    about = "A GraphQL content service for aesthetic dermatology",
    long_about = "A GraphQL content service for aesthetic dermatology: procedures, the conditions they treat, and the outcomes \
that join the two, each statement with its sources.\n\nWithout a command it serves: it creates an embedded database, imports the \
starter library, and serves GraphQL on http://127.0.0.1:8080. All content is educational, not medical advice."
)]
struct Cli {
    /// Format of the log on standard error: `text`, or `json` with one object per line
    #[arg(long, global = true, env = "DERMAGRAPH_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t)]
    #[arg(hide_possible_values = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the library over GraphQL (the default command)
    Serve(Box<serve::ServeArgs>),
    /// Publish content documents as one revision
    Import(import::ImportArgs),
    /// Export the library as content documents
    Export(export::ExportArgs),
    /// Check content documents and list every problem
    Check(check::CheckArgs),
    /// Compare the database with the checksum of its latest revision
    Verify(verify::VerifyArgs),
    /// Apply pending migrations, and rebuild the search terms if another version of the program wrote them
    Migrate(migrate::MigrateArgs),
    /// Rebuild the search terms of all records
    Reindex(reindex::ReindexArgs),
    /// Copy everything from one database to another
    Copy(copy::CopyArgs),
    /// Generate a library of any size for load tests, as content documents
    Generate(generate::GenerateArgs),
    /// Create, list and revoke API keys
    Key(key::KeyArgs),
    /// Print the GraphQL schema
    Schema,
}

/// The settings of the database.
#[derive(Args, Clone)]
pub struct DatabaseArgs {
    /// URL of the database; `None` for a file in the data folder.
    #[arg(long, help = HELP_OF_URL, env = "DERMAGRAPH_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Folder of the embedded database; created if it is missing
    #[arg(long, env = "DERMAGRAPH_DATA_DIR", value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,
}

impl DatabaseArgs {
    /// Returns the URL of the database.
    ///
    /// # Errors
    /// If `--database-url` is invalid. It is parsed here and not by clap, whose message would contain the password.
    pub fn url(&self) -> Result<DatabaseUrl, StoreError> {
        match &self.database_url {
            Some(url) => url.parse().map_err(|sentence| StoreError::Url(format!("--database-url: {sentence}"))),
            None => Ok(DatabaseUrl::Sqlite(self.data_dir.join("dermagraph.db"))),
        }
    }

    /// Opens the database, after updating its tables.
    ///
    /// # Errors
    /// If it cannot be reached, or is not a database of this program.
    pub async fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.url()?).await
    }

    /// Like [`Self::open`], for commands that need a database that already exists.
    ///
    /// # Errors
    /// Those of [`Self::open`]; also if there is no database in the folder.
    pub async fn open_existing(&self) -> Result<Store, StoreError> {
        Store::open_existing(&self.url()?).await
    }

    /// Opens the database, after updating its tables, for commands that need no separate connections for reading.
    ///
    /// # Errors
    /// If it cannot be reached, or is not a database of this program.
    pub async fn writer(&self) -> Result<Writer, StoreError> {
        Writer::open(&self.url()?).await
    }

    /// Like [`Self::writer`], for commands that need a database that already exists.
    ///
    /// # Errors
    /// Those of [`Self::writer`]; also if there is no database in the folder.
    pub async fn existing_writer(&self) -> Result<Writer, StoreError> {
        Writer::open_existing(&self.url()?).await
    }

    /// Runs an operation on a database that already exists, and closes the database.
    ///
    /// # Errors
    /// Those of [`Self::existing_writer`] and of the operation, as messages for the user.
    pub async fn run<T>(&self, operation: impl AsyncFnOnce(&Writer) -> Result<T, LibraryError>) -> Result<T, String> {
        let writer = self.existing_writer().await.map_err(|failure| failure.to_string())?;
        let done = operation(&writer).await;
        writer.close().await;
        done.map_err(|failure| error_message(&failure))
    }
}

/// Runs the command line. Exit codes: 0 for success, 1 for a failure, 2 for invalid arguments.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse_from(with_default_command(std::env::args_os().collect()));
    let system = actix_web::rt::System::new();
    let result = log::start(cli.log_format).and_then(|_started| match cli.command {
        Command::Serve(args) => system.block_on(serve::run(*args)),
        Command::Import(args) => system.block_on(import::run(args)),
        Command::Export(args) => system.block_on(export::run(args)),
        Command::Check(args) => system.block_on(check::run(args)),
        Command::Verify(args) => system.block_on(verify::run(args)),
        Command::Migrate(args) => system.block_on(migrate::run(args)),
        Command::Reindex(args) => system.block_on(reindex::run(args)),
        Command::Copy(args) => system.block_on(copy::run(args)),
        Command::Generate(args) => generate::run(&args),
        Command::Key(args) => system.block_on(key::run(args)),
        Command::Schema => schema::run(),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("dermagraph: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Inserts the default command: `dermagraph --listen …` means `dermagraph serve --listen …`.
fn with_default_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let first = args.get(1).and_then(|arg| arg.to_str());
    let is_of_program = first.is_some_and(|first| ["-h", "--help", "-V", "--version"].contains(&first));
    let has_no_command = first.is_none_or(|first| first.starts_with('-') && !is_of_program);
    if has_no_command {
        args.insert(1.min(args.len()), "serve".into());
    }
    args
}
