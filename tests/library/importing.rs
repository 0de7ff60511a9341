//! Importing content documents.

use std::time::Duration;

use dermagraph::{
    content::catalog,
    library::{DocumentFile, Edit, IdempotencyKey, LibraryError, PublishOptions, Silent, check, import, publish, starter},
    store::Clock,
};

use sea_orm::ConnectionTrait as _;
use time::{OffsetDateTime, macros::datetime};

use crate::support::{TestLibrary, file, replace, shown, starter_with};

const PRUNE: PublishOptions = PublishOptions { prune: true, allow_removing_most: false, dry_run: false };
const DRY_RUN: PublishOptions = PublishOptions { prune: false, allow_removing_most: false, dry_run: true };

#[tokio::test]
async fn the_starter_library_is_one_revision_and_a_second_import_is_none() {
    let library = TestLibrary::empty().await;
    let first = library.import(&starter()).await.unwrap();
    assert_eq!(first.revision, Some(1));
    let dump = library.dump().await;

    let second = library.import(&starter()).await.unwrap();
    assert_eq!((second.revision, second.unchanged), (None, first.added.len()));
    assert!(second.is_empty());
    assert_eq!(library.dump().await, dump);
    insta::assert_snapshot!(library.revisions().await.join("\n"), @"1: the first import");
    let ids = "SELECT CASE WHEN count(*) = max(id) THEN 'without gaps' ELSE 'with gaps' END FROM (SELECT id FROM procedure UNION ALL SELECT id FROM condition \
        UNION ALL SELECT id FROM treatment_outcome UNION ALL SELECT id FROM source UNION ALL SELECT id FROM evidence)";
    insta::assert_snapshot!(library.rows(ids).await.join("\n"), @"without gaps");
}

#[tokio::test]
async fn derived_fields_are_written_with_an_import() {
    let library = TestLibrary::with_starter().await;
    let outcome = "SELECT evidence_level || ' ' || grade FROM treatment_outcome WHERE slug = 'microneedling--acne-scars'";
    insta::assert_snapshot!(library.rows(outcome).await.join("\n"), @"1 EFFECTIVE");
    let conditions = "SELECT c.slug || ' ' || l.direct || l.covering || l.studied || l.covering_studied || l.below || l.covering_below || l.studied_below FROM treatment_outcome_condition l \
        JOIN treatment_outcome o ON o.id = l.owner_id JOIN condition c ON c.id = l.target_id \
        WHERE o.slug = 'microneedling--hyperpigmentation' ORDER BY l.position";
    insta::assert_snapshot!(library.rows(conditions).await.join("\n"), @"
    hyperpigmentation 1111111
    sunspots 0101010
    melasma 0111011
    ");
    let mentions = "SELECT s.slug FROM treatment_outcome_source l JOIN treatment_outcome o ON o.id = l.owner_id \
        JOIN source s ON s.id = l.target_id WHERE o.slug = 'microneedling--surgical-scars' ORDER BY l.position";
    insta::assert_snapshot!(library.rows(mentions).await.join("\n"), @"
    what-is-microneedling
    mn-postsurgical-2022
    mn-scars-update-2020
    ");
}

#[tokio::test]
async fn provenance_is_resolved() {
    let library = TestLibrary::with_starter().await;
    let sources = "SELECT s.slug FROM procedure p, json_each(p.recovery, '$.effects[0].sources') e \
        JOIN source s ON s.id = e.value WHERE p.slug = 'microneedling'";
    insta::assert_snapshot!(library.rows(sources).await.join("\n"), @"what-is-microneedling");
    let variant = "SELECT s.slug FROM procedure p, json_each(p.variants, '$[1].recovery.effects[0].sources') e \
        JOIN source s ON s.id = e.value WHERE p.slug = 'chemical-peel'";
    insta::assert_snapshot!(library.rows(variant).await.join("\n"), @"
    peels-rendon-2010
    nhs-chemical-peels-copy
    ");
    let editorial = "SELECT field_sources FROM procedure WHERE slug = 'botulinum-toxin'";
    insta::assert_snapshot!(library.rows(editorial).await.join("\n"), @r#"[{"field":"invasiveness","sources":[]}]"#);
}

#[tokio::test]
async fn a_changed_line_changes_its_content_and_what_derives_from_it() {
    let library = TestLibrary::with_starter().await;
    let named = starter_with("vocabulary.yaml", "name: Hair follicle", "name: Follicle of hair");
    let report = library.import(&named).await.unwrap();
    insta::assert_snapshot!(shown(&report), @"~ BiologicalTarget hair-follicle name");
    assert_eq!(report.revision, Some(2));

    let mut levelled = named;
    let source = "slug: peels-melasma-sr-2024";
    let text = &levelled.iter().find(|file| file.name.ends_with("sources.yaml")).unwrap().text;
    let level = text[text.find(source).unwrap()..].lines().find(|line| line.contains("level:")).unwrap().to_owned();
    let entry = text[text.find(source).unwrap()..].split(&level).next().unwrap().to_owned();
    replace(&mut levelled, "sources.yaml", &format!("{entry}{level}"), &format!("{entry}    level: 4"));
    let report = library.import(&levelled).await.unwrap();
    insta::assert_snapshot!(shown(&report), @"
    ~ TreatmentOutcome chemical-peel--melasma evidenceLevel,evidenceLevels
    ~ Source peels-melasma-sr-2024 level
    ");
    insta::assert_snapshot!(library.revisions().await.join("\n"), @"
    1: the first import
    2: 1 biological target changed
    3: 1 treatment outcome and 1 source changed
    ");
    let moved = "SELECT slug || ' ' || revision FROM treatment_outcome WHERE revision > 1 UNION ALL \
        SELECT slug || ' ' || revision FROM source WHERE revision > 1 UNION ALL \
        SELECT slug || ' ' || revision FROM procedure WHERE revision > 1";
    insta::assert_snapshot!(library.rows(moved).await.join("\n"), @"
    chemical-peel--melasma 3
    peels-melasma-sr-2024 3
    ");
}

#[tokio::test]
async fn embedded_content_is_removed_with_its_lines_and_its_id_is_not_reused() {
    let library = TestLibrary::with_starter().await;
    let finding = "      - source: mn-finelines-2021\n        direction: NOT_COMPARED\n        finding: Uncontrolled study, 32 completers. Denser and more elastic facial \
        skin 3 months after four monthly sessions; collagen III and elastin gene expression rose, total elastin protein did not.\n        \
        participants: 32\n";
    let shorter = starter_with("microneedling.yaml", finding, "");
    insta::assert_snapshot!(shown(&library.import(&shorter).await.unwrap()), @"- EvidenceItem microneedling--fine-lines-and-wrinkles--mn-finelines-2021");
    insta::assert_snapshot!(shown(&library.import(&starter()).await.unwrap()), @"+ EvidenceItem microneedling--fine-lines-and-wrinkles--mn-finelines-2021");
    let ids = "SELECT 'above all others: ' || (e.id > r.last_id) FROM evidence e, revision r \
        WHERE e.slug LIKE '%--mn-finelines-2021' AND r.id = 1";
    insta::assert_snapshot!(library.rows(ids).await.join("\n"), @"above all others: 1");
}

#[tokio::test]
async fn an_import_of_some_documents_leaves_the_others_unchanged() {
    let library = TestLibrary::with_starter().await;
    let files = [file(
        "more.yaml",
        "notice: N.\nbodyAreas:\n  - {slug: ear, name: Ear, parent: face}\n  - {slug: face, name: The face}\n",
    )];
    let report = library.import(&files).await.unwrap();
    insta::assert_snapshot!(shown(&report), @"
    + BodyArea ear
    ~ BodyArea face notice,name
    ");

    let wrong = [file("more.yaml", "notice: N.\nbodyAreas:\n  - {slug: ear, name: Ear, parent: fcae}\n")];
    insta::assert_snapshot!(problems(library.import(&wrong).await), @r#"more.yaml:3:36: bodyAreas[0].parent: There is no BodyArea "fcae". Did you mean "face"?"#);
    let circle = [file("more.yaml", "notice: N.\nbodyAreas:\n  - {slug: face, name: Face, parent: lips}\n")];
    insta::assert_snapshot!(problems(library.import(&circle).await), @"more.yaml:3:38: bodyAreas[0].parent: This is a cycle: face → lips → face.");
}

#[tokio::test]
async fn pruning_removes_what_the_documents_do_not_have() {
    let library = TestLibrary::with_starter().await;
    let mut files = starter();
    files.retain(|file| !file.name.ends_with("cryotherapy.yaml"));
    insta::assert_snapshot!(shown(&library.import(&files).await.unwrap()), @"");
    insta::assert_snapshot!(shown(&library.import_with(&files, PRUNE).await.unwrap()), @"
    - Procedure cryotherapy
    - TreatmentOutcome cryotherapy--sunspots
    - TreatmentOutcome cryotherapy--actinic-keratosis
    - EvidenceItem cryotherapy--sunspots--cryo-lentigines-rct-1994
    - EvidenceItem cryotherapy--sunspots--cryo-tca-lentigines
    - EvidenceItem cryotherapy--actinic-keratosis--cryo-ak-network-cochrane
    - EvidenceItem cryotherapy--actinic-keratosis--cryo-ak-network-face
    - EvidenceItem cryotherapy--actinic-keratosis--cryo-ak-combo-meta-2019
    - EvidenceItem cryotherapy--actinic-keratosis--cryo-ak-review-2022
    ");
    insta::assert_snapshot!(library.revisions().await.join("\n"), @"
    1: the first import
    2: 1 procedure, 2 treatment outcomes and 6 evidence items removed
    ");

    let dump = library.dump().await;
    files.retain(|file| !file.name.ends_with("platelet-rich-plasma.yaml"));
    insta::assert_snapshot!(problems(library.import_with(&files, PRUNE).await), @r#"content/vocabulary.yaml:173:26: adjuncts[7].equivalentProcedure: There is no Procedure "platelet-rich-plasma"."#);
    assert_eq!(library.dump().await, dump);
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let library = TestLibrary::empty().await;
    let dump = library.dump().await;
    let report = library.import_with(&starter(), DRY_RUN).await.unwrap();
    let documents = check(catalog(), OffsetDateTime::now_utc, &starter()).documents.into_values().sum::<usize>();
    assert_eq!((report.revision, report.added.len()), (None, documents));
    assert_eq!(library.dump().await, dump);
}

#[tokio::test]
async fn an_import_with_a_problem_writes_nothing() {
    let library = TestLibrary::with_starter().await;
    let dump = library.dump().await;
    let mut files = starter_with("conditions.yaml", "name: Scars", "name: Scar");
    replace(&mut files, "microneedling.yaml", "category: NEEDLING", "category: NEEDLE");
    insta::assert_snapshot!(problems(library.import(&files).await), @r#"content/procedures/microneedling.yaml:9:11: category: "NEEDLE" is not a value of ProcedureCategory. It is one of NEEDLING, CHEMICAL_RESURFACING, MECHANICAL_RESURFACING, LASER, LIGHT, INJECTABLE, CRYOTHERAPY, ELECTROSURGERY."#);
    assert_eq!(library.dump().await, dump);
}

#[tokio::test]
async fn a_failure_while_writing_leaves_the_old_library() {
    let library = TestLibrary::with_starter().await;
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON revision BEGIN SELECT RAISE(ABORT, 'no'); END";
    library.db.execute_unprepared(trigger).await.unwrap();
    let dump = library.dump().await;
    let files = starter_with("conditions.yaml", "name: Scars", "name: Scar");
    let failed = library.import(&files).await.unwrap_err();
    assert_eq!(failed.to_string(), "The database could not be read or written: no.");
    assert_eq!(library.dump().await, dump);
}

#[tokio::test]
async fn an_interrupted_import_leaves_the_old_library() {
    let library = TestLibrary::empty().await;
    let files = starter();
    let mut cut_off = 0;
    for wait in [0, 1, 5, 20, 50, 100, 200] {
        let options = PublishOptions::default();
        let whole = import(catalog(), &library.db, &files, options, &Silent);
        cut_off += usize::from(tokio::time::timeout(Duration::from_millis(wait), whole).await.is_err());
        if cut_off > 0 && library.revisions().await.is_empty() {
            assert_eq!(library.rows("SELECT slug FROM source").await, Vec::<String>::new());
        }
    }
    assert!(cut_off > 0);
    library.import(&files).await.unwrap();
    assert_eq!(library.revisions().await.len(), 1);
}

#[tokio::test]
async fn of_two_concurrent_imports_the_second_waits() {
    let library = TestLibrary::with_starter().await;
    let other = library.second_connection().await;
    let area = |name: &str| [file("area.yaml", &format!("notice: N.\nbodyAreas:\n  - {{slug: {name}, name: Area}}\n"))];
    let (left, right) = (area("left"), area("right"));
    let options = PublishOptions::default();
    let (first, second) = tokio::join!(
        import(catalog(), &library.db, &left, options, &Silent),
        import(catalog(), &other, &right, options, &Silent),
    );
    let mut revisions = [first.unwrap().revision, second.unwrap().revision];
    revisions.sort_unstable();
    assert_eq!(revisions, [Some(2), Some(3)]);
    let ids = "SELECT count(DISTINCT id) || ' ids' FROM body_area WHERE slug IN ('left', 'right')";
    assert_eq!(library.rows(ids).await, ["2 ids"]);
}

fn problems<T>(outcome: Result<T, LibraryError>) -> String {
    match outcome {
        Err(LibraryError::Problems(problems)) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("expected problems"),
    }
}

#[tokio::test]
async fn an_import_notes_that_a_review_is_older_than_a_change_and_keeps_it() {
    let review = "name: Scars\n    review: {reviewedOn: 2026-01-15, reviewer: A. Reviewer, role: dermatologist}";
    let mut files = crate::support::starter_with("conditions.yaml", "name: Scars", review);
    let library = TestLibrary::empty().await;
    library.import(&files).await.unwrap();
    crate::support::replace(&mut files, "conditions.yaml", "aliases: [Cicatrix]", "aliases: [Cicatrices]");
    let changed = library.import(&files).await.unwrap();
    let notes: Vec<String> = changed.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 1);
    let sentence = "The review of the Condition \"scars\" was made before this change, so record a new one, or remove it.";
    assert!(notes[0].starts_with("content/conditions.yaml:") && notes[0].ends_with(sentence), "{notes:?}");
    let unchanged = library.import(&files).await.unwrap();
    assert_eq!((unchanged.revision, unchanged.warnings), (None, vec![]));
}

#[tokio::test]
async fn a_publication_uses_the_clock_that_it_is_given() {
    const FIRST: Clock = || datetime!(2031-05-06 07:08:09.5 UTC);
    let library = TestLibrary::with_starter().await;
    let checked = |day: &str| {
        let review = format!("review: {{reviewedOn: \"{day}\", reviewer: A., role: nurse}}");
        let sources = "notice: N.\nsources:\n  - {slug: paper, kind: ARTICLE, title: A paper, extentRead: FULL, level: 2}\n";
        let text = format!(
            "conditions:\n  - {{slug: warts, name: Warts, kind: SCAR, description: D., sources: [paper], {review}}}\n"
        );
        [file("a.yaml", &format!("{sources}{text}"))]
    };
    let publish_at = async |clock: Clock, files: &[DocumentFile]| {
        let key = IdempotencyKey { author: "a".to_owned(), key: "k".to_owned(), request: "r".to_owned() };
        let edit = Edit::of_files(catalog(), clock, files).once(key);
        publish(catalog(), &library.db.clone().with_clock(clock), &edit, PublishOptions::default(), &Silent).await
    };
    // A date is in the future when the clock says so.
    let (early, due) = (checked("2031-05-06"), checked("2031-05-07"));
    let refused = publish_at(FIRST, &due).await;
    let Err(LibraryError::Problems(found)) = refused else { panic!("a date in the future was published") };
    assert!(found[0].sentence.starts_with("2031-05-07 is in the future; the latest valid date is 2031-05-06"), "{found:?}");
    let first = publish_at(FIRST, &early).await.unwrap();
    assert_eq!(first.revision, Some(2));
    assert_eq!(library.rows("SELECT published_at FROM revision WHERE id = 2").await, ["2031-05-06T07:08:09Z"]);
    // The key is remembered for a day of the clock.
    let again = publish_at(|| datetime!(2031-05-07 07:08:09 UTC) - Duration::from_secs(1), &due).await.unwrap();
    assert!(again.replayed.is_some());
    let later = publish_at(|| datetime!(2031-05-07 07:08:09 UTC), &due).await.unwrap();
    assert_eq!((later.replayed, later.revision), (None, Some(3)));
    assert_eq!(library.rows("SELECT published_at FROM revision WHERE id = 3").await, ["2031-05-07T07:08:09Z"]);
}
