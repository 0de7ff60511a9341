//! The command `load`: measures Dermagraph and compares it with handwritten code.

mod commands;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use dermagraph::store::DatabaseUrl;
use dermagraph_benches::{
    authoring::Crowd,
    compare::Schedule,
    library::{Engine, Size},
    rival,
};

/// The allocator of `dermagraph`, so that all contenders have the same one.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures Dermagraph and compares it with handwritten code for the same queries
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
    /// Compare all contenders (the default command)
    Compare(CompareArgs),
    /// Measure how time grows with the page, the depth, the connections and the size of the library
    Growth(GrowthArgs),
    /// Measure the time from the start to the first response, and the memory of the service
    Start(WindowArgs),
    /// Compare a procedure with many outcomes with one that has few
    Parent(WindowArgs),
    /// Measure mutations, alone and many at a time while clients read; changes the library
    Authoring(AuthoringArgs),
    /// Measure search, facets and groups, and compare them with hand-written SQL and a bare full-text index
    Finding(FindingArgs),
    /// Explain every statement of a suite of queries; fails when one reads a whole table
    Scan(Setup),
    /// Run everything on several databases and write the results into docs/performance.md
    Report(ReportArgs),
    /// Serve one of the rivals
    #[command(hide = true)]
    Rival(rival::RivalArgs),
}

/// The database and the program to measure.
#[derive(Args, Clone, Debug)]
struct Setup {
    /// Kind of database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Engine,
    /// Size of the library
    #[arg(long, value_enum, default_value = "S")]
    size: Size,
    /// An existing database with content, instead of --database and --size
    #[arg(long, value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// Folder where databases stay for the next run
    #[arg(long, value_name = "FOLDER", default_value_os_t = std::env::temp_dir().join("dermagraph-benches"))]
    data: PathBuf,
    /// The program `dermagraph` [default: in the folder of this program]
    #[arg(long, value_name = "FILE")]
    dermagraph: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
struct CompareArgs {
    #[command(flatten)]
    setup: Setup,
    #[command(flatten)]
    schedule: Schedule,
    /// Names of the contenders to measure, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// The query to measure: list or page
    #[arg(long, value_name = "NAME")]
    question: Option<String>,
    /// A smoke run of under a minute
    #[arg(long)]
    quick: bool,
}

#[derive(Args, Clone, Debug)]
struct WindowArgs {
    #[command(flatten)]
    setup: Setup,
    /// Length of a window, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 8)]
    seconds: u64,
}

#[derive(Args, Clone, Debug)]
struct AuthoringArgs {
    #[command(flatten)]
    setup: Setup,
    /// How often one word, and the level of a source, are changed
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    edits: usize,
    #[command(flatten)]
    crowd: Crowd,
}

#[derive(Args, Clone, Debug)]
struct FindingArgs {
    #[command(flatten)]
    setup: Setup,
    /// How often each query runs; the table has the medians
    #[arg(long, value_name = "NUMBER", default_value_t = 21)]
    times: usize,
}

#[derive(Args, Clone, Debug)]
struct GrowthArgs {
    #[command(flatten)]
    window: WindowArgs,
    /// Sizes to compare with each other, separated by commas
    #[arg(long, value_name = "SIZE", value_enum, value_delimiter = ',', default_values = ["S", "M"])]
    sizes: Vec<Size>,
    /// Folder for growth.csv and growth.svg [default: none, only the table is printed]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
struct ReportArgs {
    #[command(flatten)]
    setup: Setup,
    #[command(flatten)]
    schedule: Schedule,
    /// Kinds of databases, separated by commas
    #[arg(long, value_name = "KIND", value_enum, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    databases: Vec<Engine>,
    /// Sizes, separated by commas
    #[arg(long, value_name = "SIZE", value_enum, value_delimiter = ',', default_values = ["S", "L"])]
    sizes: Vec<Size>,
    /// Folder with performance.md, to which growth.csv and growth.svg are written too
    #[arg(long, value_name = "FOLDER", default_value = "docs")]
    output: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let system = actix_web::rt::System::new();
    let done = system.block_on(async {
        match cli.command.unwrap_or(Command::Compare(cli.compare)) {
            Command::Compare(args) => commands::compare(&args).await.map(|results| println!("{results}")),
            Command::Growth(args) => commands::growth(&args).await.map(|results| println!("{results}")),
            Command::Start(args) => commands::start(&args).await.map(|results| println!("{results}")),
            Command::Parent(args) => commands::parent(&args).await.map(|results| println!("{results}")),
            Command::Authoring(args) => commands::authoring(&args).await.map(|results| println!("{results}")),
            Command::Finding(args) => commands::finding(&args).await.map(|results| println!("{results}")),
            Command::Scan(setup) => commands::scan(&setup).await.map(|results| println!("{results}")),
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
