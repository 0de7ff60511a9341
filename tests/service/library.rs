//! The field `library`: its revision, its notice and its counts.

use serde_json::json;

use crate::support::{TestApp, count, on_both_databases};

on_both_databases! {
    async fn the_library_has_its_notice_and_its_counts(app: &TestApp) {
        let query = "{
            library {
                revision publishedAt notice
                counts { procedures conditions treatmentOutcomes sources evidenceItems biologicalTargets adjuncts outcomeMeasures devices bodyAreas synonyms }
            }
            procedures { totalCount } evidenceItems { totalCount }
        }";
        let data = app.data(query).await;
        let library = &data["library"];
        assert_eq!(library["revision"], 1);
        assert!(library["notice"].as_str().unwrap().contains("not medical advice"));
        let published = library["publishedAt"].as_str().unwrap();
        let pattern: String = published.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
        assert_eq!(pattern, "0000-00-00T00:00:00Z");
        assert_eq!(library["counts"], json!({
            "procedures": count("Procedure"), "conditions": count("Condition"), "treatmentOutcomes": count("TreatmentOutcome"),
            "sources": count("Source"), "evidenceItems": count("EvidenceItem"), "biologicalTargets": count("BiologicalTarget"),
            "adjuncts": count("Adjunct"), "outcomeMeasures": count("OutcomeMeasure"), "devices": count("Device"), "bodyAreas": count("BodyArea"), "synonyms": count("Synonym"),
        }));
        assert_eq!(library["counts"]["procedures"], data["procedures"]["totalCount"]);
        assert_eq!(library["counts"]["evidenceItems"], data["evidenceItems"]["totalCount"]);
    }
}

on_both_databases! {
    async fn the_library_supports_aliases_and_fragments(app: &TestApp) {
        let query = "
            { a: library { n: revision counts { ...C x: sources } } library { ... on Library { revision } } }
            fragment C on LibraryCounts { procedures sources }
        ";
        assert_eq!(app.data(query).await, json!({
            "a": {"n": 1, "counts": {"procedures": count("Procedure"), "sources": count("Source"), "x": count("Source")}},
            "library": {"revision": 1},
        }));
    }
}
