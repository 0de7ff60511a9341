//! The command `load`: measures Dermagraph beside what one would write by hand.

mod commands;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use dermagraph::store::DatabaseUrl;
use dermagraph_benches::{
    compare::Schedule,
    library::{Engine, Size},
    rival,
};

/// The allocator of `dermagraph`, so that nobody is measured with a worse one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Dermagraph beside what one would write by hand for the same questions
#[derive(Parser)]
#[command(name = "load", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    compare: CompareArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Everyone side by side (what happens without a command)
    Compare(CompareArgs),
    /// How time grows with the page, the depth, the connections and what is stored
    Growth(GrowthArgs),
    /// How soon the service answers after its start, and its memory
    Start(WindowArgs),
    /// A procedure with many outcomes beside one with few
    Parent(WindowArgs),
    /// Explain every statement of a suite of queries; fails when one reads a whole table
    Scan(On),
    /// All of it on several databases, into docs/performance.md
    Report(ReportArgs),
    /// Serve one of the rivals
    #[command(hide = true)]
    Rival(rival::RivalArgs),
}

/// On what to measure.
#[derive(Args, Clone, Debug)]
struct On {
    /// Kind of database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Engine,
    /// How much is stored
    #[arg(long, value_enum, default_value = "S")]
    size: Size,
    /// A database that is filled already; instead of --database and --size
    #[arg(long, value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// Folder where databases are kept for the next run
    #[arg(long, value_name = "FOLDER", default_value_os_t = std::env::temp_dir().join("dermagraph-benches"))]
    data: PathBuf,
    /// The program `dermagraph` [default: beside this one]
    #[arg(long, value_name = "FILE")]
    dermagraph: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
struct CompareArgs {
    #[command(flatten)]
    on: On,
    #[command(flatten)]
    schedule: Schedule,
    /// Only these, by name; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Only this question: list or page
    #[arg(long, value_name = "NAME")]
    question: Option<String>,
    /// A smoke run of under a minute
    #[arg(long)]
    quick: bool,
}

#[derive(Args, Clone, Debug)]
struct WindowArgs {
    #[command(flatten)]
    on: On,
    /// How long each is driven, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 8)]
    seconds: u64,
}

#[derive(Args, Clone, Debug)]
struct GrowthArgs {
    #[command(flatten)]
    window: WindowArgs,
    /// Sizes that are compared with each other, of the same kind of database; several with commas
    #[arg(long, value_name = "SIZE", value_enum, value_delimiter = ',', default_values = ["S", "M"])]
    sizes: Vec<Size>,
    /// Folder for growth.csv and growth.svg [default: none, the table is all]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
struct ReportArgs {
    #[command(flatten)]
    on: On,
    #[command(flatten)]
    schedule: Schedule,
    /// Kinds of databases; several with commas
    #[arg(long, value_name = "KIND", value_enum, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    databases: Vec<Engine>,
    /// Sizes; several with commas
    #[arg(long, value_name = "SIZE", value_enum, value_delimiter = ',', default_values = ["S", "L"])]
    sizes: Vec<Size>,
    /// Folder with performance.md, for growth.csv and growth.svg as well
    #[arg(long, value_name = "FOLDER", default_value = "docs")]
    output: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let system = actix_web::rt::System::new();
    let done = system.block_on(async {
        match cli.command.unwrap_or(Command::Compare(cli.compare)) {
            Command::Compare(args) => commands::compare(&args).await.map(|told| println!("{told}")),
            Command::Growth(args) => commands::growth(&args).await.map(|told| println!("{told}")),
            Command::Start(args) => commands::start(&args).await.map(|told| println!("{told}")),
            Command::Parent(args) => commands::parent(&args).await.map(|told| println!("{told}")),
            Command::Scan(on) => commands::scan(&on).await.map(|told| println!("{told}")),
            Command::Report(args) => commands::report(&args).await,
            Command::Rival(args) => rival::run(args).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("load: {sentence}");
            ExitCode::FAILURE
        }
    }
}
