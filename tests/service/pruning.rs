//! `import --prune`: what it removes, and when it needs `--yes`.

use serde_json::json;

use crate::support::{TestApp, on_both_databases, program};

/// Far less than half of the records of the starter library.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/content/sources.yaml");

on_both_databases! {
    async fn more_than_half_of_the_library_is_removed_only_with_yes(app: &TestApp) {
        let before = app.data("{ library { revision counts { procedures sources } } }").await;
        let (all, sources) = (app.records().await, before["library"]["counts"]["sources"].as_u64().unwrap());
        let removed = format!("{} of {all} records", all - sources);
        let (_, why) = program::refused(&app.url, &["import", SOURCES, "--prune"]);
        assert_eq!(
            why.lines().last().unwrap(),
            format!(
                "dermagraph: The import would remove {removed}, which is more than half of the library. Nothing was written. \
                 Name all documents of the library, or use --yes to remove the records."
            )
        );
        let dry = program::stdout(&app.url, &["import", SOURCES, "--prune", "--dry-run"]);
        assert!(dry.ends_with(&format!("Nothing was written.\nWithout --yes, this import would be refused, because it removes {removed}.\n")), "{dry}");
        assert_eq!(app.data("{ library { revision counts { procedures sources } } }").await, before);

        let removed = program::stdout(&app.url, &["import", SOURCES, "--prune", "--yes"]);
        assert!(removed.starts_with("Revision 2: ") && removed.ends_with(" removed.\n"), "{removed}");
        let after = app.data("{ library { revision counts { procedures sources } } }").await;
        assert_eq!(after["library"], json!({"revision": 2, "counts": {"procedures": 0, "sources": sources}}));
    }
}

on_both_databases! {
    async fn yes_is_an_option_of_prune_alone(app: &TestApp) {
        let output = program::command(&app.url, &["import", SOURCES, "--yes"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("--prune"));
    }
}
