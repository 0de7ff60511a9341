//! Renaming records, and ids after a removal.

use dermagraph::{
    content::catalog,
    library::{DocumentFile, LibraryError, PublicationReport, PublishOptions, Silent, check, starter, verify},
};
use time::OffsetDateTime;

use crate::support::{TestLibrary, file, replace, shown, starter_with};

const DRY_RUN: PublishOptions = PublishOptions { prune: false, allow_removing_most: false, dry_run: true };
const PRUNE: PublishOptions = PublishOptions { prune: true, allow_removing_most: false, dry_run: false };

/// The document of microneedling, with another slug.
fn renamed_procedure() -> Vec<DocumentFile> {
    let mut files = starter();
    files.retain(|file| file.name.ends_with("/microneedling.yaml"));
    let text = &mut files[0].text;
    *text = text.replace("slug: microneedling", "slug: needling").replacen(
        "slug: needling\n",
        "slug: needling\nformerly: [microneedling]\n",
        1,
    );
    files
}

/// Returns ids and slugs, without the part of the slugs that a rename changes.
async fn ids(library: &TestLibrary) -> Vec<String> {
    let sql = "SELECT id || ' ' || replace(replace(slug, 'microneedling', 'needling'), 'melasma', 'chloasma') FROM ";
    let mut all = library.rows(&format!("{sql} procedure ORDER BY id")).await;
    all.extend(library.rows(&format!("{sql} treatment_outcome ORDER BY id")).await);
    all.extend(library.rows(&format!("{sql} condition ORDER BY id")).await);
    all.extend(library.rows(&format!("{sql} evidence ORDER BY id")).await);
    all
}

/// Returns the slugs of which this one is a part, and the slug itself.
async fn slugs_with(library: &TestLibrary, slug: &str) -> Vec<String> {
    let all = ["procedure", "condition", "treatment_outcome", "evidence"].map(|table| format!("SELECT slug FROM {table}"));
    let all = library.rows(&format!("{} ORDER BY slug", all.join(" UNION ALL "))).await;
    all.into_iter().filter(|composed| composed.split("--").any(|part| part == slug)).collect()
}

/// Asserts that an import renamed as many records as there are former slugs, and changed nothing else.
fn assert_renamed(report: &PublicationReport, former: &[String]) {
    assert_eq!((&report.added, &report.removed), (&Vec::new(), &Vec::new()));
    assert_eq!(report.changed.len(), former.len());
    assert!(report.changed.iter().all(|change| change.field_names() == ["formerly"]), "{}", shown(report));
    assert!(["Procedure", "Condition"].iter().any(|name| report.changed.iter().any(|change| change.type_name == *name)));
    assert!(report.changed.iter().any(|change| change.type_name == "EvidenceItem"));
}

async fn former_slugs(library: &TestLibrary) -> Vec<String> {
    library.rows("SELECT slug FROM former_slug ORDER BY slug").await
}

async fn assert_intact(library: &TestLibrary) {
    let report = verify(catalog(), &library.db, &Silent).await.unwrap();
    assert_eq!((report.found, report.outdated), (report.published, Vec::new()));
}

#[tokio::test]
async fn a_renamed_procedure_and_its_outcomes_keep_their_ids() {
    let library = TestLibrary::with_starter().await;
    let before = ids(&library).await;
    let expected = slugs_with(&library, "microneedling").await;
    let report = library.import(&renamed_procedure()).await.unwrap();
    assert_renamed(&report, &expected);
    assert_eq!(ids(&library).await, before);
    assert_eq!(former_slugs(&library).await, expected);
    assert_intact(&library).await;
    assert!(library.import(&renamed_procedure()).await.unwrap().is_empty(), "it is renamed once");

    let exported = library.export().await;
    let document = exported.iter().find(|file| file.name == "procedures/needling.yaml").unwrap();
    assert!(document.text.starts_with("slug: needling\nformerly: [microneedling]\n"), "{}", document.text);
    let copy = TestLibrary::empty().await;
    copy.import(&exported).await.unwrap();
    assert_eq!(former_slugs(&copy).await, former_slugs(&library).await);
    assert_eq!(copy.export().await, exported);
}

#[tokio::test]
async fn a_renamed_condition_renames_the_outcomes_of_procedures_that_are_not_imported() {
    let library = TestLibrary::with_starter().await;
    let before = ids(&library).await;
    let mut files = starter_with("conditions.yaml", "  - slug: melasma\n", "  - slug: chloasma\n    formerly: [melasma]\n");
    files.retain(|file| file.name.ends_with("/conditions.yaml"));
    let expected = slugs_with(&library, "melasma").await;
    let dump = library.dump().await;
    let planned = library.import_with(&files, DRY_RUN).await.unwrap();
    assert_eq!(library.dump().await, dump, "a dry run changes nothing");
    let report = library.import(&files).await.unwrap();
    assert_eq!(shown(&report), shown(&planned));
    assert_renamed(&report, &expected);
    assert_eq!(ids(&library).await, before);
    assert_eq!(former_slugs(&library).await, expected);
    assert_intact(&library).await;
}

#[tokio::test]
async fn a_former_slug_that_the_document_no_longer_has_finds_nothing() {
    let library = TestLibrary::with_starter().await;
    let mut files = renamed_procedure();
    library.import(&files).await.unwrap();
    replace(&mut files, "microneedling.yaml", "formerly: [microneedling]\n", "");
    library.import(&files).await.unwrap();
    assert_eq!(former_slugs(&library).await, Vec::<String>::new());
}

#[test]
fn a_former_slug_leads_to_one_record() {
    let areas = "notice: N.\nbodyAreas:\n  - {slug: ear, name: Ear, formerly: [lobe, ear]}\n  - {slug: nose, name: Nose, \
                 formerly: [lobe, ear]}\n  - {slug: chin, name: Chin, parent: lobe, formerly: [Chin]}\n";
    let report = check(catalog(), OffsetDateTime::now_utc, &[file("a.yaml", areas)]);
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"), @r#"
    a.yaml:3:12: formerly[1]: "ear" is the current slug of this record, but "formerly" lists earlier slugs.
    a.yaml:4:12: formerly[0]: "lobe" is a former slug of "ear" too.
    a.yaml:4:12: formerly[1]: "ear" is the slug of another BodyArea, so it cannot be a former one of this record.
    a.yaml:5:38: bodyAreas[2].parent: "lobe" is a former slug. The BodyArea is now "ear".
    a.yaml:5:55: bodyAreas[2].formerly[0]: "Chin" is not a slug: lowercase letters and digits, with single hyphens between them, such as acne-scars.
    "#);
}

#[tokio::test]
async fn a_document_cannot_take_the_name_of_a_stored_record_that_stays() {
    let library = TestLibrary::with_starter().await;
    let area = [file("a.yaml", "notice: N.\nbodyAreas:\n  - {slug: ear, name: Ear}\n  - {slug: lobe, name: Lobe}\n")];
    library.import(&area).await.unwrap();
    let area = [file("a.yaml", "notice: N.\nbodyAreas:\n  - {slug: ear, name: Ear, formerly: [lobe]}\n")];
    let Err(LibraryError::Problems(problems)) = library.import(&area).await else { panic!("it was imported") };
    insta::assert_snapshot!(problems[0], @r#"a.yaml:3:12: formerly[0]: "lobe" is the slug of another BodyArea, so it cannot be a former one of this record."#);
}

#[tokio::test]
async fn ids_survive_an_export_and_an_import_into_an_empty_database() {
    let library = TestLibrary::with_starter().await;
    let area = |slug: &str| [file("a.yaml", &format!("notice: N.\nbodyAreas:\n  - {{slug: {slug}, name: Area}}\n"))];
    library.import(&area("ear")).await.unwrap();
    library.import_with(&starter(), PRUNE).await.unwrap();
    library.import(&area("chest")).await.unwrap();
    library.import(&area("scalp")).await.unwrap();
    library.import_with(&[starter(), area("chest").to_vec()].concat(), PRUNE).await.unwrap();
    library.import(&renamed_procedure()).await.unwrap();
    let all = "SELECT id || ' ' || slug FROM body_area UNION ALL SELECT id || ' ' || slug FROM treatment_outcome
        UNION ALL SELECT id || ' ' || slug FROM source UNION ALL SELECT id || ' ' || slug FROM procedure ORDER BY 1";
    let last = "SELECT CAST(last_id AS TEXT) FROM revision ORDER BY id DESC LIMIT 1";
    let exported = library.export().await;

    let copy = TestLibrary::empty().await;
    copy.import(&exported).await.unwrap();
    assert_eq!(copy.rows(all).await, library.rows(all).await);
    assert_eq!(copy.rows(last).await, library.rows(last).await);
    assert_eq!(copy.export().await, exported);
    assert!(copy.import(&exported).await.unwrap().is_empty());

    // An import does not change the ids of another library.
    let other = TestLibrary::empty().await;
    other.import(&area("ear")).await.unwrap();
    other.import(&exported).await.unwrap();
    assert_eq!(other.rows("SELECT CAST(id AS TEXT) FROM body_area WHERE slug = 'ear'").await, ["1"]);
    let twice = "SELECT id FROM (SELECT id FROM body_area UNION ALL SELECT id FROM source UNION ALL SELECT id FROM procedure
        UNION ALL SELECT id FROM condition) GROUP BY id HAVING count(*) > 1";
    assert_eq!(other.rows(twice).await, Vec::<String>::new());
}

#[test]
fn each_error_in_a_list_of_ids_is_reported() {
    let list = "lastId: none\nids:\n  BodyArea: {face: 1, ear: 1, nose: 0}\n  Bodyarea: {chin: 2}\n  Source: 3\nid: 4\n";
    let report = check(catalog(), OffsetDateTime::now_utc, &[file("ids.yaml", list)]);
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"), @r#"
    ids.yaml:1:9: lastId: Expected an id, found the text "none".
    ids.yaml:3:28: ids.BodyArea.ear: The id 1 occurs twice.
    ids.yaml:3:37: ids.BodyArea.nose: Expected an id, found the number 0.
    ids.yaml:4:3: ids.Bodyarea: "Bodyarea" is not a content type. Did you mean "BodyArea"?
    ids.yaml:5:11: ids.Source: Expected a mapping from slugs to ids, found the number 3.
    ids.yaml:6:1: id: "id" is not a key of a list of ids. Did you mean "ids"?
    "#);
}

#[tokio::test]
async fn an_id_is_not_given_again_after_its_record_was_removed() {
    let library = TestLibrary::with_starter().await;
    let area = |slug: &str| [file("a.yaml", &format!("notice: N.\nbodyAreas:\n  - {{slug: {slug}, name: Area}}\n"))];
    library.import(&area("ear")).await.unwrap();
    let id = async |slug: &str| {
        let found = library.rows(&format!("SELECT CAST(id AS TEXT) FROM body_area WHERE slug = '{slug}'")).await;
        found[0].parse::<i64>().unwrap()
    };
    let ear = id("ear").await;
    library.import_with(&starter(), PRUNE).await.unwrap();
    library.import(&area("chest")).await.unwrap();
    assert_eq!(id("chest").await, ear + 1);
}
