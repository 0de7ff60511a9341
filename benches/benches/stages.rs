//! Benchmarks of the stages that a query passes before it reads from the database, for the large query.
//!
//! `cargo bench -p dermagraph-benches --bench stages`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dermagraph::schema::stages::{self, Document};
use dermagraph_benches::question::Question;
use serde_json::{Map, Value as Json};

/// The allocator of `dermagraph`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn variables(question: &Question) -> Map<String, Json> {
    question.variables().as_object().cloned().unwrap_or_default()
}

fn stages(criterion: &mut Criterion) {
    let question = Question::list();
    let text = question.document();
    let parsed = stages::parse(&text).expect("the question is GraphQL");
    let document = Document::prepare(&text).expect("the question is valid");

    let mut group = criterion.benchmark_group("document");
    group.bench_function("measure text", |bench| bench.iter(|| stages::measure_text(black_box(&text))));
    group.bench_function("parse", |bench| bench.iter(|| stages::parse(black_box(&text))));
    group.bench_function("measure", |bench| bench.iter(|| stages::measure(black_box(&parsed))));
    group.bench_function("validate", |bench| bench.iter(|| stages::validate(black_box(&parsed))));
    group.finish();

    let mut group = criterion.benchmark_group("operation");
    group.bench_function("plan", |bench| bench.iter(|| document.plan(&variables(&question))));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
