//! Checking documents.

use dermagraph::{
    content::catalog,
    library::{DocumentFile, check, starter},
};

/// The starter library with a replacement in one of its files.
fn starter_with(name: &str, old: &str, new: &str) -> Vec<DocumentFile> {
    let mut files = starter();
    let file = files.iter_mut().find(|file| file.name.ends_with(name)).expect("a file of the starter");
    assert!(file.text.contains(old), "{name} has no {old:?}");
    file.text = file.text.replacen(old, new, 1);
    files
}

fn problems(files: &[DocumentFile]) -> String {
    let problems = check(catalog(), files).problems;
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn the_starter_library_has_no_problems() {
    let report = check(catalog(), &starter());
    insta::assert_snapshot!(problems(&starter()), @"");
    insta::assert_debug_snapshot!(report.documents, @r#"
    {
        "Adjunct": 8,
        "BiologicalTarget": 15,
        "BodyArea": 13,
        "Condition": 28,
        "Device": 13,
        "Evidence": 57,
        "OutcomeMeasure": 13,
        "Procedure": 14,
        "Source": 119,
        "TreatmentOutcome": 46,
    }
    "#);
}
