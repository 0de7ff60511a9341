//! The bulk load of an empty database, which drops indexes and creates them again.

use std::time::Duration;

use dermagraph::{
    content::catalog,
    generate::{LibrarySize, RequestedSize, documents},
    library::{DocumentFile, PublishOptions, Silent, import},
};
use sea_orm::ConnectionTrait as _;
use time::macros::datetime;

use crate::support::{TestLibrary, replace, shown};

/// Returns documents of more than a thousand records, so that their import is a bulk load.
fn much() -> Vec<DocumentFile> {
    let size = RequestedSize { procedures: 20, outcomes: 600, conditions: None, sources: None, largest: Some(100), seed: 3 };
    documents(&LibrarySize::new(size).unwrap()).collect()
}

/// Returns every table and index.
async fn schema(library: &TestLibrary) -> Vec<String> {
    library.rows("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name").await
}

#[tokio::test]
async fn a_library_after_a_bulk_load_has_every_index_and_no_problems() {
    let library = TestLibrary::empty().await;
    let before = schema(&library).await;
    assert!(before.iter().filter(|sql| sql.contains("INDEX")).count() > 100);
    // The clock of another time zone.
    let writer = library.db.clone().with_clock(|| datetime!(2031-05-06 01:02:03 +2));
    import(catalog(), &writer, &much(), PublishOptions::default(), &Silent).await.unwrap();
    assert_eq!(library.rows("SELECT published_at FROM revision").await, ["2031-05-05T23:02:03Z"]);
    assert_eq!(schema(&library).await, before);
    assert_eq!(library.rows("PRAGMA integrity_check").await, ["ok"]);
    assert_eq!(library.rows("SELECT \"table\" FROM pragma_foreign_key_check").await, Vec::<String>::new());
    assert_eq!(library.rows("SELECT count(*) || ' outcomes' FROM treatment_outcome").await, ["600 outcomes"]);
}

#[tokio::test]
async fn a_bulk_load_and_a_normal_import_write_the_same_content() {
    let (filled, other) = (TestLibrary::empty().await, TestLibrary::empty().await);
    filled.import(&much()).await.unwrap();
    // The lists are first, so that the rest is imported into a library that is not empty.
    let (procedures, lists): (Vec<_>, Vec<_>) = much().into_iter().partition(|file| file.name.starts_with("procedures/"));
    other.import(&lists).await.unwrap();
    other.import(&procedures).await.unwrap();
    let exported = |files: Vec<DocumentFile>| {
        // Ids depend on the order of the imports.
        let documents = files.into_iter().filter(|file| file.name != "ids.yaml");
        let mut files: Vec<_> = documents.map(|file| (file.name, file.text)).collect();
        files.sort();
        files
    };
    assert_eq!(exported(filled.export().await), exported(other.export().await));
}

#[tokio::test]
async fn a_repeated_import_changes_nothing_and_a_changed_line_only_its_record() {
    let library = TestLibrary::empty().await;
    library.import(&much()).await.unwrap();
    let mut files = much();
    assert_eq!(shown(&library.import(&files).await.unwrap()), "");
    replace(&mut files, "procedure-000007.yaml", "Generated procedure 000007", "Another procedure");
    assert_eq!(shown(&library.import(&files).await.unwrap()), "~ Procedure procedure-000007 name");
}

#[tokio::test]
async fn a_failure_while_filling_leaves_an_empty_library_with_its_indexes() {
    let library = TestLibrary::empty().await;
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON revision BEGIN SELECT RAISE(ABORT, 'no'); END";
    library.db.execute_unprepared(trigger).await.unwrap();
    let (tables, dump) = (schema(&library).await, library.dump().await);
    library.import(&much()).await.unwrap_err();
    assert_eq!((schema(&library).await, library.dump().await), (tables, dump));
}

#[tokio::test]
async fn an_interrupted_bulk_load_leaves_an_empty_library_with_its_indexes() {
    let library = TestLibrary::empty().await;
    let (tables, dump) = (schema(&library).await, library.dump().await);
    let files = much();
    let mut cut_off = 0;
    for wait in [0, 50, 100, 200, 400] {
        let whole = import(catalog(), &library.db, &files, PublishOptions::default(), &Silent);
        if tokio::time::timeout(Duration::from_millis(wait), whole).await.is_err() {
            cut_off += 1;
            assert_eq!((schema(&library).await, library.dump().await), (tables.clone(), dump.clone()));
        }
    }
    assert!(cut_off > 0);
}
