//! `import --prune`: what it removes, and when it needs `--yes`.

use serde_json::json;

use crate::support::{TestApp, program, story};

/// 119 of the 326 records of the starter library.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/content/sources.yaml");

story! {
    async fn more_than_half_of_the_library_is_removed_only_with_yes(app: &TestApp) {
        let (_, why) = program::refused(&app.url, &["import", SOURCES, "--prune"]);
        assert_eq!(
            why.lines().last().unwrap(),
            "dermagraph: The import would remove 207 of 326 records, which is more than half of the library. Nothing was written. \
             Give all documents of the library, or --yes to remove the records."
        );
        let dry = program::said(&app.url, &["import", SOURCES, "--prune", "--dry-run"]);
        assert!(dry.ends_with("Nothing was written.\nIt would be refused without --yes: it removes 207 of 326 records.\n"), "{dry}");
        let before = app.data("{ library { revision counts { procedures sources } } }").await;
        assert_eq!(before["library"], json!({"revision": 1, "counts": {"procedures": 14, "sources": 119}}));

        let removed = program::said(&app.url, &["import", SOURCES, "--prune", "--yes"]);
        assert!(removed.starts_with("Revision 2: 14 procedures, "), "{removed}");
        let after = app.data("{ library { revision counts { procedures sources } } }").await;
        assert_eq!(after["library"], json!({"revision": 2, "counts": {"procedures": 0, "sources": 119}}));
    }
}

story! {
    async fn yes_is_an_option_of_prune_alone(app: &TestApp) {
        let output = program::command(&app.url, &["import", SOURCES, "--yes"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("--prune"));
    }
}
