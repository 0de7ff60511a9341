//! The terms of the index, which may only change together with their version.

use dermagraph::{engine::search::TERMS, library::DocumentFile};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use twox_hash::XxHash3_64;

use crate::support::TestApp;

/// The version of the terms, and the hash of the index of [`DOCUMENTS`] in this version.
const EXPECTED: (u32, u64) = (1, 0x1821_7d5f_4d5d_ddcf);

/// Records with texts of most roles, and with words of every kind.
const DOCUMENTS: [(&str, &str); 2] = [
    (
        "vocabulary.yaml",
        "notice: Educational.
bodyAreas:
  - {slug: cheeks, name: Cheeks and the cheekbone (malar) area}
  - {slug: eyes, name: Around the eyes}
synonyms:
  - {slug: filler, meaning: dermal filler, words: [Juvéderm, lip injections, HA fillers]}
  - {slug: peel, meaning: peeling, words: [AHA, glycolic-acid peels, Jessner's]}
",
    ),
    (
        "sources.yaml",
        "notice: Educational.
sources:
  - slug: platelet-rich-plasma-for-scars
    kind: SYSTEMATIC_REVIEW
    title: 'Platelet-rich plasma for acne scars: a meta-analysis of 12 randomised trials of pre- and post-treatment'
    authors: Müller A, O'Brien B, Ñúñez C
    publisher: The British Journal of Dermatology
    year: 2020
    doi: 10.1000/abc.5-x
    pmid: '12345678'
    pmcid: PMC1234567
    url: https://example.org/trial
    extentRead: FULL
    level: 1
    note: Hyperpigmentation and β-carotene, 0.5 %.
",
    ),
];

#[actix_web::test]
async fn texts_have_other_terms_only_in_another_version_of_the_index() {
    let documents = DOCUMENTS.map(|(name, text)| DocumentFile { name: name.to_owned(), text: text.to_owned() });
    let app = TestApp::sqlite_with(&documents).await;
    let sql = "SELECT type, term, record_id, postings FROM search_block WHERE type <> '' ORDER BY type, term, record_id";
    let rows = app.store.writer().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    let mut index = Vec::new();
    for row in &rows {
        let (ty, term): (String, String) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        let (record, postings): (i64, Vec<u8>) = (row.try_get_by_index(2).unwrap(), row.try_get_by_index(3).unwrap());
        index.extend(format!("{ty} {term} {record} ").bytes());
        index.extend(postings);
    }
    assert!(rows.len() >= 3, "there is an index of each type");
    let found = (TERMS, XxHash3_64::oneshot(&index));
    assert_eq!(
        found, EXPECTED,
        "these texts have other terms than before. Increase TERMS in src/engine/search/version.rs, so that existing indexes are \
         rebuilt, and set EXPECTED to the new number and {:#018x}",
        found.1
    );
}
