//! Edits: what a publication reads, writes, reports and refuses.

use dermagraph::{
    content::catalog,
    library::{
        AmendmentKind, DocumentFile, Edit, LibraryError, NamedAction, NamedChange, PublicationReport, PublishOptions,
        RecordName, Silent, publish, verify,
    },
    store::Writer,
};
use sea_orm::{ConnectionTrait as _, Statement};
use time::OffsetDateTime;

use crate::support::{TestApp, on_both_databases, starter_documents};

const PRUNE: PublishOptions = PublishOptions { prune: true, allow_removing_most: false, dry_run: false };

/// Returns a file of the starter library with a replacement.
fn file_with(name: &str, old: &str, new: &str) -> DocumentFile {
    let mut file = starter_documents().into_iter().find(|file| file.name.ends_with(name)).unwrap();
    assert!(file.text.contains(old), "{name} has no {old:?}");
    file.text = file.text.replacen(old, new, 1);
    file
}

async fn save(app: &TestApp, files: &[DocumentFile]) -> Result<PublicationReport, LibraryError> {
    publish(
        catalog(),
        app.store.writer(),
        &Edit::of_files(catalog(), OffsetDateTime::now_utc, files),
        PublishOptions::default(),
        &Silent,
    )
    .await
}

async fn delete(app: &TestApp, type_name: &str, slug: &str) -> Result<PublicationReport, LibraryError> {
    let edit = Edit::of_files(catalog(), OffsetDateTime::now_utc, &[]).delete(type_name, slug);
    publish(catalog(), app.store.writer(), &edit, PublishOptions::default(), &Silent).await
}

fn refusal(outcome: Result<PublicationReport, LibraryError>) -> String {
    match outcome {
        Err(LibraryError::Problems(problems)) => problems
            .iter()
            .map(|problem| problem.to_string() + "\n")
            .collect::<String>()
            .replace(env!("CARGO_MANIFEST_DIR"), ""),
        other => panic!("{other:?}"),
    }
}

/// Returns the ids that a statement selects.
async fn ids(app: &TestApp, sql: &str) -> Vec<i64> {
    let db = app.store.writer();
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

on_both_databases! {
    async fn an_edit_reads_only_what_it_concerns(app: &TestApp) {
        let damage = "UPDATE procedure SET sources = '[999999]' WHERE slug = 'cryotherapy'";
        app.store.writer().execute_unprepared(damage).await.unwrap();
        let files = [file_with("microneedling.yaml", "name: Microneedling", "name: Needling")];
        let published = save(app, &files).await.unwrap();
        assert_eq!(published.revision, Some(2));
        let whole = Edit::of_files(catalog(), OffsetDateTime::now_utc, &files);
        let failure = publish(catalog(), app.store.writer(), &whole, PRUNE, &Silent).await.unwrap_err();
        assert_eq!(failure.to_string(), "The database is damaged: no record has the id 999999.");
    }
}

on_both_databases! {
    async fn a_renamed_record_loads_only_the_records_that_refer_to_it(app: &TestApp) {
        let areas = "notice: N.\nbodyAreas:\n  - {slug: ears, name: Ears}\n  - {slug: earlobe, name: Earlobe, parent: ears}\n";
        save(app, &[DocumentFile { name: "a.yaml".to_owned(), text: areas.to_owned() }]).await.unwrap();
        let db = app.store.writer();
        db.execute_unprepared("CREATE TABLE saved AS SELECT id, sources FROM procedure WHERE slug = 'cryotherapy'").await.unwrap();
        db.execute_unprepared("UPDATE procedure SET sources = '[999999]' WHERE slug = 'cryotherapy'").await.unwrap();
        let object = catalog().object_named("BodyArea").unwrap();
        let change = AmendmentKind::Rename("auricles".into());
        let name = RecordName::Slug("ears".into());
        let rename = NamedChange { object, name, path: String::new(), expected: None, action: NamedAction::Amend(change) };
        let edit = Edit::of_files(catalog(), OffsetDateTime::now_utc, &[]).change_named(rename);
        let published = publish(catalog(), db, &edit, PublishOptions::default(), &Silent).await.unwrap();
        assert_eq!((published.revision, published.unchanged), (Some(3), 0));
        db.execute_unprepared("UPDATE procedure SET sources = (SELECT sources FROM saved) WHERE slug = 'cryotherapy'").await.unwrap();
        db.execute_unprepared("DROP TABLE saved").await.unwrap();
        let verified = verify(catalog(), db, &Silent).await.unwrap();
        assert_eq!((verified.found, verified.outdated), (verified.published, Vec::new()));
    }
}

on_both_databases! {
    async fn the_result_names_each_changed_field_with_its_value_before_and_after(app: &TestApp) {
        let files = [file_with("vocabulary.yaml", "name: Hair follicle", "name: Follicle of hair")];
        let published = save(app, &files).await.unwrap();
        let shown: Vec<String> = published.changed.iter().flat_map(|change| {
            change.fields.iter().map(move |field| format!("{} {}: {} → {}", change.slug, field.field,
                field.before.as_str().unwrap(), field.after.as_str().unwrap()))
        }).collect();
        assert_eq!(shown, ["hair-follicle name: Hair follicle → Follicle of hair"]);
        assert_eq!(save(app, &files).await.unwrap().revision, None);
    }
}

on_both_databases! {
    async fn parts_and_links_that_stay_keep_their_rows(app: &TestApp) {
        let links = "SELECT l.id FROM procedure_source l JOIN procedure p ON p.id = l.owner_id \
            WHERE p.slug = 'microneedling' ORDER BY l.position";
        let parts = "SELECT c.id FROM contraindication c JOIN procedure p ON p.id = c.procedure_id \
            WHERE p.slug = 'microneedling' ORDER BY c.position";
        let before = (ids(app, links).await, ids(app, parts).await);
        assert!(before.0.len() > 1 && before.1.len() > 1);
        save(app, &[file_with("microneedling.yaml", "name: Microneedling", "name: Needling")]).await.unwrap();
        assert_eq!((ids(app, links).await, ids(app, parts).await), before);
        // The last contraindication changes: those before it stay.
        let text = file_with("microneedling.yaml", "name: Microneedling", "name: Needling").text;
        let start = text.find("\ncontraindications:").unwrap();
        let length = text[start + 1..].find("\nadverseEffects:").unwrap();
        let old = text[start..start + length].rfind("name: ").unwrap() + start;
        let end = old + text[old..].find([',', '\n', '}']).unwrap();
        let changed = format!("{}name: Something else{}", &text[..old], &text[end..]);
        save(app, &[DocumentFile { name: "procedures/microneedling.yaml".to_owned(), text: changed }]).await.unwrap();
        let after = ids(app, parts).await;
        assert_eq!((after.len(), &after[..after.len() - 1]), (before.1.len(), &before.1[..before.1.len() - 1]));
        assert_ne!(after.last(), before.1.last());
        assert_eq!(ids(app, links).await, before.0);
    }
}

on_both_databases! {
    async fn a_record_is_deleted_only_if_no_other_refers_to_it(app: &TestApp) {
        let prp = refusal(delete(app, "Procedure", "microneedling").await);
        assert!(prp.contains(
            "deletion of Procedure microneedling: The Procedure \"microneedling\" is still referred to by Procedure "
        ), "{prp}");
        let source = refusal(delete(app, "Source", "mn-finelines-2021").await);
        assert!(source.contains("\"mn-finelines-2021\" is still referred to by "), "{source}");
        let outcome = refusal(delete(app, "TreatmentOutcome", "cryotherapy--sunspots").await);
        assert_eq!(outcome, "deletion of TreatmentOutcome cryotherapy--sunspots: This record is embedded in the document of \"cryotherapy\"; save that document without it.\n");
        let nothing = refusal(delete(app, "Device", "nothing").await);
        assert_eq!(nothing, "deletion of Device nothing: There is no Device \"nothing\".\n");
        assert_eq!(refusal(delete(app, "Recovery", "x").await), "deletion of Recovery x: There is no content type Recovery.\n");

        let published = delete(app, "Procedure", "cryotherapy").await.unwrap();
        let removed: Vec<&str> = published.removed.iter().map(|change| &*change.slug).collect();
        assert_eq!((published.revision, removed[0]), (Some(2), "cryotherapy"));
        assert!(removed.contains(&"cryotherapy--sunspots") && removed.len() > 2, "{removed:?}");
        let found = app.data("{ procedure(by: {slug: \"cryotherapy\"}) { id } }").await;
        assert!(found["procedure"].is_null());
    }
}

on_both_databases! {
    async fn an_edit_is_checked_again_if_another_one_was_published_first(app: &TestApp) {
        let other = Writer::open(&app.url).await.unwrap();
        for round in 0..5 {
            let slug = format!("area-{round}");
            let area = format!("notice: N.\nbodyAreas:\n  - {{slug: {slug}, name: Area}}\n");
            save(app, &[DocumentFile { name: "a.yaml".to_owned(), text: area }]).await.unwrap();
            let below = format!("notice: N.\nbodyAreas:\n  - {{slug: below-{round}, name: Below, parent: {slug}}}\n");
            let below = [DocumentFile { name: "b.yaml".to_owned(), text: below }];
            let edit = Edit::of_files(catalog(), OffsetDateTime::now_utc, &below);
            let (deleted, saved) = tokio::join!(
                delete(app, "BodyArea", &slug),
                publish(catalog(), &other, &edit, PublishOptions::default(), &Silent),
            );
            assert_eq!([deleted.is_ok(), saved.is_ok()].iter().filter(|is_ok| **is_ok).count(), 1, "{deleted:?} {saved:?}");
        }
        other.close().await;
    }
}
