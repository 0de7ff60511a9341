//! The command `load`: measures Dermagraph beside what one would write by hand.

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use dermagraph::store::DatabaseUrl;
use dermagraph_benches::{
    Failure, check,
    compare::{self, Schedule},
    contender::{Arena, Contender, built},
    growth,
    library::{Engine, Library, Size},
    parent,
    question::Question,
    rival, scan, start,
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

fn main() -> ExitCode {
    let cli = Cli::parse();
    let system = actix_web::rt::System::new();
    let done = match cli.command.unwrap_or(Command::Compare(cli.compare)) {
        Command::Compare(args) => system.block_on(run_compare(args)),
        Command::Growth(args) => system.block_on(run_growth(args)),
        Command::Start(args) => system.block_on(run_start(args)),
        Command::Parent(args) => system.block_on(run_parent(args)),
        Command::Scan(on) => system.block_on(run_scan(on)),
        Command::Rival(args) => system.block_on(rival::run(args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("load: {sentence}");
            ExitCode::FAILURE
        }
    }
}

impl On {
    async fn open(&self) -> Result<(Library, Arena, tempfile::TempDir), Failure> {
        let dermagraph = self.dermagraph.clone().map_or_else(|| built("dermagraph"), Ok)?;
        let library = match &self.database_url {
            Some(url) => Library::at(url.clone()),
            None => Library::open(self.database, self.size, &self.data, &dermagraph).await?,
        };
        let answers = tempfile::tempdir().map_err(|failure| failure.to_string())?;
        let rivals = std::env::current_exe().map_err(|failure| failure.to_string())?;
        let arena = Arena { dermagraph, rivals, database: library.database.clone(), answers: answers.path().to_owned() };
        Ok((library, arena, answers))
    }
}

async fn run_compare(args: CompareArgs) -> Result<(), Failure> {
    let (_library, arena, _answers) = args.on.open().await?;
    let list = Question::list();
    let questions: Vec<Question> = [list.clone(), Question::page(&a_slug(&arena, &list)?)]
        .into_iter()
        .filter(|question| args.question.as_ref().is_none_or(|name| name == question.name()))
        .collect();
    let mut contenders = Contender::all();
    contenders.retain(|contender| args.only.is_empty() || args.only.contains(&contender.name()));
    if !arena.caches() {
        contenders.retain(|contender| *contender != Contender::Cached);
    }
    let schedule = if args.quick { Schedule::quick() } else { args.schedule };
    println!("{}", compare::compare(&arena, &contenders, &questions, &schedule)?);
    Ok(())
}

async fn run_growth(args: GrowthArgs) -> Result<(), Failure> {
    let window = Duration::from_secs(args.window.seconds);
    let mut points = {
        let (_library, arena, _answers) = args.window.on.open().await?;
        growth::within(&arena, window)?
    };
    for size in args.sizes {
        let (_library, arena, _answers) = On { size, ..args.window.on.clone() }.open().await?;
        points.push(growth::stored(&arena, size.name(), window)?);
    }
    println!("{}", growth::markdown(&points));
    if let Some(folder) = &args.output {
        for (name, text) in [("growth.csv", growth::csv(&points)), ("growth.svg", growth::picture(&points))] {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|failure| format!("{}: {failure}", path.display()))?;
        }
    }
    Ok(())
}

async fn run_start(args: WindowArgs) -> Result<(), Failure> {
    let (_library, arena, _answers) = args.on.open().await?;
    let slug = a_slug(&arena, &Question::list())?;
    println!("{}", start::start(&arena, &slug, Duration::from_secs(args.seconds))?);
    Ok(())
}

async fn run_parent(args: WindowArgs) -> Result<(), Failure> {
    let (_library, arena, _answers) = On { size: Size::Parent, ..args.on }.open().await?;
    println!("{}", parent::parent(&arena, Duration::from_secs(args.seconds))?);
    Ok(())
}

async fn run_scan(on: On) -> Result<(), Failure> {
    let (_library, arena, _answers) = on.open().await?;
    let slug = a_slug(&arena, &Question::list())?;
    println!("{}", scan::scan(&arena, &slug).await?);
    Ok(())
}

/// The slug of the first procedure.
fn a_slug(arena: &Arena, list: &Question) -> Result<String, Failure> {
    let service = Contender::Dermagraph.start(arena)?;
    let answer = check::expected(service.address(), list)?;
    answer.first_slug().ok_or_else(|| "the library has no procedure".to_owned())
}
