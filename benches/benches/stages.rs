//! Benchmarks of the stages of the large query, one by one, on a generated library in SQLite.
//!
//! `cargo bench -p dermagraph-benches --bench stages`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dermagraph::{
    content,
    generate::{self, Size},
    library::{self, DocumentFile, ImportOptions, Silent},
    schema::stages::{self, Document},
    store::{DatabaseUrl, Store, statement::Dialect},
};
use dermagraph_benches::question::Question;
use serde_json::{Map, Value as Json};
use tokio::runtime::Runtime;

/// The allocator of `dermagraph`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Large enough to fill all pages of the query.
const SIZE: Size = Size { procedures: 100, outcomes: 2000, conditions: None, sources: None, largest: None, seed: 0 };

/// Parents of the level whose statement is benchmarked.
const PARENTS: std::ops::Range<i64> = 1..501;

fn store(runtime: &Runtime, folder: &tempfile::TempDir) -> Store {
    let plan = generate::Plan::new(SIZE).expect("the size is possible");
    let files: Vec<DocumentFile> = generate::documents(&plan).collect();
    runtime.block_on(async {
        let url = DatabaseUrl::Sqlite(folder.path().join("stages.db"));
        let store = Store::open(&url).await.expect("a folder of ours can be written");
        let options = ImportOptions::default();
        let imported = library::import(content::catalog(), store.writer(), &files, options, &Silent).await;
        imported.expect("a generated library is valid");
        store
    })
}

fn variables(question: &Question) -> Map<String, Json> {
    question.variables().as_object().cloned().unwrap_or_default()
}

fn stages(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime can be made");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let store = store(&runtime, &folder);
    let question = Question::list();
    let text = question.document();
    let parsed = stages::parse(&text).expect("the question is GraphQL");
    let document = Document::prepare(&text).expect("the question is valid");
    let plan = document.plan(&variables(&question)).expect("the variables fit");
    let reading = runtime.block_on(plan.read(&store)).expect("the library can be read");
    let parents: Vec<i64> = PARENTS.collect();

    let mut group = criterion.benchmark_group("document");
    group.bench_function("measure text", |bench| bench.iter(|| stages::measure_text(black_box(&text))));
    group.bench_function("parse", |bench| bench.iter(|| stages::parse(black_box(&text))));
    group.bench_function("measure", |bench| bench.iter(|| stages::measure(black_box(&parsed))));
    group.bench_function("validate", |bench| bench.iter(|| stages::validate(black_box(&parsed))));
    group.finish();

    let mut group = criterion.benchmark_group("operation");
    group.bench_function("plan", |bench| bench.iter(|| document.plan(&variables(&question))));
    for (name, dialect) in [("sqlite", Dialect::Sqlite), ("postgres", Dialect::Postgres)] {
        group.bench_function(format!("statement text, {name}"), |bench| {
            bench.iter(|| plan.statements(dialect, black_box(&parents)));
        });
    }
    group.bench_function("read and decode", |bench| bench.iter(|| runtime.block_on(plan.read(&store))));
    group.bench_function("write", |bench| bench.iter(|| plan.write(black_box(&reading))));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
