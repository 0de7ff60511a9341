//! The commands. Each opens its databases, measures, and returns its results as text.

use std::{fs, time::Duration};

use dermagraph_benches::{
    Failure,
    authoring::{self, Settings},
    check,
    compare::{self, Schedule},
    contender::{Arena, Contender, built},
    finding, growth,
    library::{Library, Size},
    parent,
    question::Question,
    report::Report,
    scan, start,
};
use tempfile::TempDir;

use super::{AuthoringArgs, CompareArgs, FindingArgs, GrowthArgs, ReportArgs, Setup, WindowArgs};

/// The resources that must exist during a measurement.
struct Open {
    arena: Arena,
    _library: Library,
    _responses: TempDir,
}

impl Setup {
    async fn open(&self) -> Result<Open, Failure> {
        let dermagraph = self.dermagraph.clone().map_or_else(|| built("dermagraph"), Ok)?;
        let library = match &self.database_url {
            Some(url) => Library::at(url.clone()),
            None => Library::open(self.database, self.size, &self.data, &dermagraph).await?,
        };
        let responses = tempfile::tempdir().map_err(|failure| failure.to_string())?;
        let rivals = std::env::current_exe().map_err(|failure| failure.to_string())?;
        let arena = Arena {
            dermagraph,
            rivals,
            database: library.database.clone(),
            database_server: library.server(),
            responses: responses.path().to_owned(),
        };
        Ok(Open { arena, _library: library, _responses: responses })
    }

    /// Returns the same settings with another size. The size has no effect on a database that is given by its URL.
    fn sized(&self, size: Size) -> Self {
        Self { size, ..self.clone() }
    }
}

/// Compares all contenders.
pub async fn compare(args: &CompareArgs) -> Result<String, Failure> {
    let open = args.setup.open().await?;
    let list = Question::list();
    let questions: Vec<Question> = [list.clone(), Question::page(&a_slug(&open.arena)?)]
        .into_iter()
        .filter(|question| args.question.as_ref().is_none_or(|name| name == question.name()))
        .collect();
    let mut contenders = Contender::all();
    if let Some(unknown) = args.only.iter().find(|name| contenders.iter().all(|contender| contender.name() != **name)) {
        let names: Vec<String> = contenders.iter().map(|contender| contender.name()).collect();
        return Err(format!("there is no {unknown}; there are {}", names.join(", ")));
    }
    contenders.retain(|contender| args.only.is_empty() || args.only.contains(&contender.name()));
    if !open.arena.caches() {
        contenders.retain(|contender| *contender != Contender::Cached);
    }
    let schedule = if args.quick { &Schedule::quick() } else { &args.schedule };
    compare::compare(&open.arena, &contenders, &questions, schedule)
}

/// Measures how the response time grows.
pub async fn growth(args: &GrowthArgs) -> Result<String, Failure> {
    let window = Duration::from_secs(args.window.seconds);
    let mut points = growth::within(&args.window.setup.open().await?.arena, window)?;
    for size in &args.sizes {
        let open = args.window.setup.sized(*size).open().await?;
        points.push(growth::stored(&open.arena, size.name(), window)?);
    }
    if let Some(folder) = &args.output {
        for (name, text) in [("growth.csv", growth::csv(&points)), ("growth.svg", growth::picture(&points))] {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|failure| format!("{}: {failure}", path.display()))?;
        }
    }
    Ok(growth::markdown(&points))
}

/// Measures the time of the start, and the memory.
pub async fn start(args: &WindowArgs) -> Result<String, Failure> {
    let open = args.setup.open().await?;
    start::start(&open.arena, &a_slug(&open.arena)?, Duration::from_secs(args.seconds))
}

/// Compares a procedure with many outcomes with one that has few.
pub async fn parent(args: &WindowArgs) -> Result<String, Failure> {
    let open = args.setup.sized(Size::Parent).open().await?;
    parent::parent(&open.arena, Duration::from_secs(args.seconds))
}

/// Measures mutations.
pub async fn authoring(args: &AuthoringArgs) -> Result<String, Failure> {
    let open = args.setup.open().await?;
    authoring::authoring(&open.arena, Settings { edits: args.edits, crowd: args.crowd })
}

/// Measures search, facets and groups.
pub async fn finding(args: &FindingArgs) -> Result<String, Failure> {
    let open = args.setup.open().await?;
    finding::finding(&open.arena, args.times).await
}

/// Finds statements that read a whole table.
pub async fn scan(setup: &Setup) -> Result<String, Failure> {
    let open = setup.open().await?;
    scan::scan(&open.arena, &a_slug(&open.arena)?).await
}

/// Runs all measurements and writes them into a page.
pub async fn report(args: &ReportArgs) -> Result<(), Failure> {
    let mut report = Report::default();
    for database in &args.databases {
        let name = format!("{database:?}");
        let setup = Setup { database: *database, ..args.setup.clone() };
        for size in &args.sizes {
            let setup = setup.sized(*size);
            let schedule = args.schedule.clone();
            let compared = CompareArgs { setup, schedule, only: Vec::new(), question: None, quick: false };
            report.section(&format!("{name}, size {}", size.name()), &compare(&compared).await?);
        }
        let window = WindowArgs { setup: setup.clone(), seconds: args.schedule.seconds };
        report.section(&format!("{name}: start and memory"), &start(&window).await?);
        report.section(&format!("{name}: a procedure with many outcomes"), &parent(&window).await?);
        let scanned = scan(&setup.sized(args.sizes.last().copied().unwrap_or(Size::S))).await;
        report.section(&format!("{name}: whole tables"), &scanned.unwrap_or_else(|found| found));
    }
    let window = WindowArgs { setup: args.setup.clone(), seconds: args.schedule.seconds };
    let grown = GrowthArgs { window, sizes: args.sizes.clone(), output: Some(args.output.clone()) };
    let table = growth(&grown).await?;
    report.section("How time grows", &format!("![Milliseconds by what grows](growth.svg)\n\n{table}"));
    report.write(&args.output.join("performance.md"))
}

/// Returns the slug of the first procedure.
fn a_slug(arena: &Arena) -> Result<String, Failure> {
    let service = Contender::Dermagraph.start(arena)?;
    let response = check::expected(service.address(), &Question::list())?;
    response.first_slug().ok_or_else(|| "the library has no procedure".to_owned())
}
