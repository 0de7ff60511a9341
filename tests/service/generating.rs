//! Generating a library, checking it and importing it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use dermagraph::{
    content::catalog,
    generate::{LibrarySize, MAX_OUTCOMES, NOTICE, RequestedSize, documents},
    library::{DocumentFile, PublishOptions, Silent, check, import},
    store::Store,
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;
use time::OffsetDateTime;

use crate::support::{TestApp, empty_postgres};

const SIZE: RequestedSize =
    RequestedSize { procedures: 12, outcomes: 60, conditions: None, sources: None, largest: Some(16), seed: 7 };

/// The size of a library whose import is a bulk load.
const MUCH: RequestedSize = RequestedSize { outcomes: 360, sources: Some(600), largest: Some(40), ..SIZE };

fn generated(size: RequestedSize) -> Vec<DocumentFile> {
    documents(&LibrarySize::new(size).unwrap()).collect()
}

#[test]
fn a_generated_library_has_no_problems_and_the_requested_size() {
    let report = check(catalog(), OffsetDateTime::now_utc, &generated(RequestedSize { sources: Some(2_100), ..SIZE }));
    assert_eq!(report.problems, []);
    let counts = ["Procedure", "TreatmentOutcome", "Condition", "Source"].map(|name| report.documents[name]);
    assert_eq!(counts, [12, 60, 16, 2_100]);
}

#[test]
fn the_smallest_and_the_largest_document_have_no_problems() {
    let smallest =
        RequestedSize { procedures: 1, outcomes: 1, conditions: Some(1), sources: Some(1), largest: None, seed: 1 };
    assert_eq!(check(catalog(), OffsetDateTime::now_utc, &generated(smallest)).problems, []);
    assert_eq!(
        check(catalog(), OffsetDateTime::now_utc, &generated(RequestedSize { outcomes: 0, ..smallest })).problems,
        []
    );
    let largest = RequestedSize { outcomes: MAX_OUTCOMES, conditions: None, sources: Some(20), ..smallest };
    assert_eq!(check(catalog(), OffsetDateTime::now_utc, &generated(largest)).problems, []);
}

#[test]
fn the_same_numbers_give_the_same_bytes_and_another_seed_others() {
    assert_eq!(generated(SIZE), generated(SIZE));
    assert_ne!(generated(SIZE), generated(RequestedSize { seed: 8, ..SIZE }));
}

/// Imports a generated library twice into an empty database, and checks the result.
async fn run_on(app: &TestApp, store: &Store) {
    let files = generated(MUCH);
    let again = import(catalog(), store.writer(), &files, PublishOptions::default(), &Silent).await.unwrap();
    assert!(again.is_empty(), "{again:?}");

    let query = "{
        library { revision counts { procedures treatmentOutcomes } }
        procedure(by: {slug: \"procedure-000001\"}) {
            name notice
            outcomes(first: 1) { totalCount nodes { condition { slug } citations { totalCount } } }
        }
    }";
    let data = app.data(query).await;
    assert_eq!(data["library"], json!({"revision": 1, "counts": {"procedures": 12, "treatmentOutcomes": 360}}));
    let procedure = &data["procedure"];
    assert_eq!(procedure["name"], "Generated procedure 000001");
    assert_eq!(procedure["notice"], NOTICE);
    assert_eq!(procedure["outcomes"]["totalCount"], 40);
}

#[actix_web::test]
async fn a_generated_library_is_served_and_imported_again_without_a_change_on_sqlite() {
    let app = TestApp::sqlite_with(&generated(MUCH)).await;
    run_on(&app, &app.store).await;
}

#[actix_web::test]
async fn a_generated_library_is_served_and_imported_again_without_a_change_on_postgres() {
    if let Some(app) = TestApp::postgres_with(&generated(MUCH)).await {
        run_on(&app, &app.store).await;
        let empty = Store::open(&empty_postgres().await.unwrap()).await.unwrap();
        let (filled, empty) = (indexes_and_keys(&app.store).await, indexes_and_keys(&empty).await);
        assert!(filled.len() > 200, "{}", filled.len());
        assert_eq!(filled, empty);
    }
}

/// Returns every index and every constraint of a PostgreSQL database.
async fn indexes_and_keys(store: &Store) -> Vec<String> {
    let sql = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() UNION ALL \
        SELECT c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid) FROM pg_constraint k \
        JOIN pg_class c ON c.oid = k.conrelid ORDER BY 1";
    let rows = store.writer().query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Returns the output of `dermagraph generate`: standard output if it succeeds, else standard error.
fn generate(folder: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dermagraph"));
    let output = command.arg("generate").args(args).arg(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder.display().to_string(), "FOLDER");
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn the_command_writes_a_new_folder_and_leaves_a_full_one_alone() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("out");
    let args = ["--procedures", "3", "--outcomes", "9"];
    assert_eq!(
        generate(&folder, &args).unwrap(),
        "Generated 3 procedures, 9 outcomes, 6 conditions and 10 sources in FOLDER.\n"
    );
    let names = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<_> = entries.map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&folder), ["conditions", "procedures", "sources", "vocabulary.yaml"].map(PathBuf::from));

    let refused = generate(&folder, &["--procedures", "1"]).unwrap_err();
    assert_eq!(refused, "dermagraph: The folder FOLDER is not empty. Name another one.\n");
    assert_eq!(names(&folder.join("procedures")).len(), 3);
    assert_eq!(names(root.path()), [PathBuf::from("out")]);
}

#[test]
fn impossible_numbers_are_refused_and_nothing_is_written() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("out");
    let refused = |args: &[&str]| generate(&folder, args).unwrap_err();
    let too_many = refused(&["--procedures", "10", "--outcomes", "100", "--conditions", "5"]);
    assert_eq!(
        too_many,
        "dermagraph: A procedure would have 10 outcomes, each for another condition, but the library has only 5 conditions.\n"
    );
    assert!(refused(&["--procedures", "0"]).contains("invalid value '0' for '--procedures <NUMBER>'"));
    assert!(refused(&["--outcomes", "many"]).contains("invalid value 'many' for '--outcomes <NUMBER>'"));
    assert!(!folder.exists());
}
