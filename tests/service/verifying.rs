//! Verifying a database with `dermagraph verify`: every publication updates the checksum, and a change that bypasses
//! publications is found.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Output, Stdio},
};

use dermagraph::{
    engine::search::{
        block::{BlockWriter, USUAL_BLOCK},
        term_position::{Form, TermPosition},
    },
    store::{DatabaseUrl, Silent, Store, connect::transaction::begin_publishing, copy},
};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{TestApp, empty_postgres, on_both_databases, program, publish, starter_documents};

/// A text that only a description contains, in the middle of a page of the file.
const DESCRIPTION: &str = "Weak laser or LED light from a comb or helmet";

/// The beginning of the line of the log about an index of another version.
const OTHER_INDEX: &str = "another version of the program wrote the search index";

/// The line of the log after it was rebuilt.
const REBUILT: &str = "the search index was rebuilt";

fn verified(url: &DatabaseUrl) -> String {
    program::stdout(url, &["verify"])
}

/// Changes the version of the index, and damages its terms.
async fn make_old(store: &Store, change_of_version: &str) {
    for sql in
        ["UPDATE search_block SET term = '~' WHERE type <> ''".to_owned(), format!("{change_of_version} WHERE type = ''")]
    {
        store.writer().execute_unprepared(&sql).await.unwrap();
    }
}

/// Starts the service, and returns what it logs until it is ready.
fn logged(url: &DatabaseUrl) -> String {
    let mut serve = program::command(url, &["serve", "--listen", "127.0.0.1:0"]);
    let mut service = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Press Ctrl-C")));
    service.kill().unwrap();
    String::from_utf8(service.wait_with_output().unwrap().stderr).unwrap()
}

fn refused(url: &DatabaseUrl) -> String {
    let (listed, why) = program::refused(url, &["verify"]);
    listed + why.lines().last().unwrap()
}

on_both_databases! {
    async fn every_publication_updates_the_checksum(app: &TestApp) {
        let (first, records) = (verified(&app.url), app.records().await);
        assert!(first.starts_with(&format!("Revision 1 is intact: {records} records with the checksum ")), "{first}");
        let mut changed = starter_documents();
        let file = changed.iter_mut().find(|file| file.text.contains("name: Microneedling")).unwrap();
        file.text = file.text.replacen("name: Microneedling", "name: Needling", 1);
        publish(app, &changed).await;
        let second = verified(&app.url);
        assert!(second.starts_with(&format!("Revision 2 is intact: {records} records")), "{second}");
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/content/sources.yaml");
        program::stdout(&app.url, &["import", sources, "--prune", "--yes"]);
        let third = verified(&app.url);
        assert!(third.starts_with(&format!("Revision 3 is intact: {} records", app.records().await)), "{third}");
        publish(app, &starter_documents()).await;
        let fourth = verified(&app.url);
        let checksum = |printed: &str| printed.rsplit(' ').next().unwrap().to_owned();
        assert_eq!(checksum(&fourth), checksum(&first), "the content is that of the first revision");
        assert_ne!(checksum(&second), checksum(&first));
    }
}

on_both_databases! {
    async fn a_change_past_the_program_is_reported(app: &TestApp) {
        let intact = verified(&app.url);
        let checksum = intact.trim_end().trim_end_matches('.').rsplit(' ').next().unwrap();
        let writer = app.store.writer();
        for (sql, undo) in [
            ("UPDATE procedure SET summary = summary || '!' WHERE slug = 'microneedling'",
             "UPDATE procedure SET summary = rtrim(summary, '!') WHERE slug = 'microneedling'"),
            ("UPDATE adverse_effect SET name = name || '!' WHERE id = 1", "UPDATE adverse_effect SET name = rtrim(name, '!') WHERE id = 1"),
        ] {
            writer.execute_unprepared(sql).await.unwrap();
            let why = refused(&app.url);
            assert!(why.starts_with("dermagraph: The library differs from revision 1: its checksum is "), "{sql}: {why}");
            assert!(why.contains(&format!("and that of the revision is {checksum}")), "{why}");
            writer.execute_unprepared(undo).await.unwrap();
            assert_eq!(verified(&app.url), intact);
        }
        writer.execute_unprepared("UPDATE treatment_outcome SET evidence_level = 5 WHERE slug = 'microneedling--acne-scars'").await.unwrap();
        assert_eq!(
            refused(&app.url),
            "TreatmentOutcome microneedling--acne-scars: evidenceLevel\ndermagraph: Derived fields of 1 record are outdated. \
             Export the library and import the export again to correct them."
        );
    }
}

on_both_databases! {
    async fn outdated_search_terms_are_reported_and_rebuilt(app: &TestApp) {
        let intact = verified(&app.url);
        let synonyms = app.data("{ synonyms { totalCount } }").await["synonyms"]["totalCount"].clone();
        for (sql, records) in [
            ("DELETE FROM search_block WHERE type = 'Synonym'", synonyms.to_string()),
            // A search does not find the terms of a block that begins too late.
            ("UPDATE search_block SET term = '~' WHERE type = 'Synonym'", synonyms.to_string()),
        ] {
            app.store.writer().execute_unprepared(sql).await.unwrap();
            let why = refused(&app.url);
            assert!(why.ends_with("are outdated. Rebuild them with `dermagraph reindex`."), "{why}");
            assert!(why.contains(&format!("The search terms of {records} records")), "{sql}: {why}");
            let printed = program::stdout(&app.url, &["reindex"]);
            assert_eq!(printed, format!("The search terms of {} records were rebuilt.\n", app.records().await));
            assert_eq!(verified(&app.url), intact);
        }
        // An older version of the program made none.
        app.store.writer().execute_unprepared("DELETE FROM search_block").await.unwrap();
        assert!(refused(&app.url).contains(&format!("The search terms of {} records", app.records().await)));
        program::stdout(&app.url, &["reindex"]);
        assert_eq!(verified(&app.url), intact);
    }
}

#[actix_web::test]
async fn an_sqlite_index_of_another_version_of_the_program_is_rebuilt_when_the_service_starts() {
    let app = TestApp::sqlite().await;
    let intact = verified(&app.url);
    assert!(!logged(&app.url).contains(OTHER_INDEX));
    // An older version of the program stored no version.
    for change in ["UPDATE search_block SET record_id = 1", "DELETE FROM search_block"] {
        make_old(&app.store, change).await;
        assert!(refused(&app.url).contains("are outdated"));
        let log = logged(&app.url);
        assert!(log.contains(OTHER_INDEX) && log.contains(REBUILT), "{change}: {log}");
        assert_eq!(verified(&app.url), intact);
        assert!(!logged(&app.url).contains(OTHER_INDEX));
    }
}

on_both_databases! {
    async fn of_two_processes_that_find_an_index_of_another_version_one_rebuilds_it(app: &TestApp) {
        let intact = verified(&app.url);
        make_old(&app.store, "DELETE FROM search_block").await;
        let lock = begin_publishing(app.store.writer()).await.unwrap();
        let processes = [(); 2].map(|()| {
            let mut migrate = program::command(&app.url, &["migrate"]);
            migrate.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        });
        let processes = processes.map(|mut process| {
            let mut log = BufReader::new(process.stderr.take().unwrap());
            assert!(log.by_ref().lines().any(|line| line.unwrap().contains(OTHER_INDEX)));
            (process, log)
        });
        lock.transaction.rollback().await.unwrap();
        let logs = processes.map(|(mut process, mut log)| {
            let mut rest = String::new();
            log.read_to_string(&mut rest).unwrap();
            assert!(process.wait().unwrap().success(), "{rest}");
            rest
        });
        assert_eq!(logs.iter().filter(|log| log.contains(REBUILT)).count(), 1, "{logs:?}");
        assert!(logs.iter().any(|log| log.contains("another process has rebuilt the search index")), "{logs:?}");
        assert_eq!(verified(&app.url), intact);
    }
}

on_both_databases! {
    async fn a_publication_into_an_index_of_another_version_of_the_program_invalidates_it(app: &TestApp) {
        let writer = app.store.writer();
        let version = async || -> i64 {
            let sql = "SELECT record_id FROM search_block WHERE type = ''";
            let row = writer.query_one_raw(Statement::from_string(writer.get_database_backend(), sql)).await.unwrap();
            row.unwrap().try_get_by_index(0).unwrap()
        };
        let own = version().await;
        let mut changed = starter_documents();
        let file = changed.iter_mut().find(|file| file.text.contains("name: Microneedling")).unwrap();
        file.text = file.text.replacen("name: Microneedling", "name: Needling", 1);
        publish(app, &changed).await;
        assert_eq!(version().await, own);
        writer.execute_unprepared("UPDATE search_block SET record_id = 1 WHERE type = ''").await.unwrap();
        publish(app, &starter_documents()).await;
        // The other version rebuilds the index too.
        assert_eq!(version().await, 0);
        let Output { status, stderr, .. } = program::command(&app.url, &["migrate"]).output().unwrap();
        let log = String::from_utf8(stderr).unwrap();
        assert!(status.success() && log.contains(REBUILT), "{log}");
        assert_eq!(version().await, own);
    }
}

on_both_databases! {
    async fn migrate_rebuilds_an_index_of_another_version_of_the_program(app: &TestApp) {
        let intact = verified(&app.url);
        make_old(&app.store, "UPDATE search_block SET record_id = 1").await;
        let Output { status, stdout, stderr } = program::command(&app.url, &["migrate"]).output().unwrap();
        let log = String::from_utf8(stderr).unwrap();
        assert!(status.success() && log.contains(OTHER_INDEX) && log.contains(REBUILT), "{log}");
        assert_eq!(String::from_utf8(stdout).unwrap(), format!("The tables of {} are up to date.\n", app.url));
        assert_eq!(verified(&app.url), intact);
        assert!(!logged(&app.url).contains(OTHER_INDEX));
        if cfg!(target_os = "linux") {
            make_old(&app.store, "UPDATE search_block SET record_id = 1").await;
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let Output { status, .. } = program::command(&app.url, &["migrate"]).stdout(full).output().unwrap();
            assert_eq!(status.code(), Some(1));
            assert_eq!(verified(&app.url), intact);
        }
    }
}

#[actix_web::test]
async fn a_service_on_postgres_runs_with_the_index_of_another_version_and_warns() {
    let Some(url) = empty_postgres().await else { return };
    program::stdout(&url, &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/content/sources.yaml")]);
    let store = Store::open(&url).await.unwrap();
    make_old(&store, "UPDATE search_block SET record_id = 1").await;
    for sql in ["CREATE ROLE index_reader LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO index_reader"] {
        store.writer().execute_unprepared(sql).await.unwrap();
    }
    store.close().await;
    let reader = program::address(&url).replace("postgres@", "index_reader@").parse().unwrap();
    let log = logged(&reader);
    assert!(log.contains(OTHER_INDEX) && log.contains("`dermagraph migrate`") && !log.contains(REBUILT), "{log}");
    assert!(refused(&url).contains("are outdated"));
    program::stdout(&url, &["migrate"]);
    assert!(verified(&url).starts_with("Revision 1 is intact"));
    assert!(!logged(&reader).contains(OTHER_INDEX));
}

on_both_databases! {
    async fn search_terms_of_a_record_in_the_index_of_another_type_are_reported(app: &TestApp) {
        let intact = verified(&app.url);
        let sources = app.every("sources", "id").await;
        let id: i64 = sources[0]["id"].as_str().unwrap().strip_prefix("Source:").unwrap().parse().unwrap();
        let position = TermPosition {
            field: 0, role: 0, further_words: 0, form: Form::Word, has_similar: false, difference: Vec::new(),
        };
        // The term follows all others, so the order of the blocks does not change.
        let mut block = BlockWriter::new(USUAL_BLOCK);
        block.add("~~", id, &position);
        let postings = block.finish().remove(0).postings;
        let writer = app.store.writer();
        let insert = "INSERT INTO search_block (type, term, record_id, postings) VALUES ($1, $2, $3, $4)";
        let values = ["Procedure".into(), "~~".into(), id.into(), postings.into()];
        writer.execute_raw(Statement::from_sql_and_values(writer.get_database_backend(), insert, values)).await.unwrap();
        assert!(refused(&app.url).contains("The search terms of 1 record are outdated."));
        program::stdout(&app.url, &["reindex"]);
        assert_eq!(verified(&app.url), intact);
    }
}

#[actix_web::test]
async fn a_changed_byte_of_a_text_is_found_in_an_sqlite_file() {
    let app = TestApp::sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    let url = DatabaseUrl::Sqlite(path.clone());
    copy(&app.url, &url, false, &Silent).await.unwrap();
    assert_eq!(verified(&url), verified(&app.url), "a copy has the same checksum");

    let bytes = fs::read(&path).unwrap();
    let at = bytes.windows(DESCRIPTION.len()).position(|window| window == DESCRIPTION.as_bytes()).unwrap();
    for (byte, expected) in
        [(b'w', "The library differs from revision 1"), (0xff, "The database could not be read or written: ")]
    {
        let mut changed = bytes.clone();
        changed[at] = byte;
        fs::write(&path, changed).unwrap();
        let why = refused(&url);
        assert!(why.contains(expected), "{why}");
    }
}

#[actix_web::test]
async fn a_database_without_a_publication_is_intact() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("empty.db"));
    let missing = format!("dermagraph: there is no database at {url}");
    assert_eq!(refused(&url), missing);
    Store::open(&url).await.unwrap().close().await;
    assert_eq!(verified(&url), "Nothing was published yet.\n");
    assert_eq!(program::stdout(&url, &["reindex"]), "The search terms of 0 records were rebuilt.\n");
    program::stdout(&url, &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/content/sources.yaml")]);
    assert!(!logged(&url).contains(OTHER_INDEX));
}
