//! What a search reports about its matches: highlighted words, and synonyms.

use std::collections::HashSet;

use dermagraph::{engine::search, library::starter};
use serde_json::{Value as Json, json};

use super::texts::{CONDITIONS, HOSTILE, PROCEDURES};
use crate::support::{TestApp, on_both_databases, publish};

/// What is selected of an edge.
const EDGE: &str = "edges { matchedOn { field term how } highlight { field text spans { start length } } node { slug } }";

async fn searched(app: &TestApp, list: &str, text: &str) -> Json {
    let query = format!(
        "query($text: String!) {{ {list}(first: 10, search: {{text: $text}}) {{ expansions {{ words meaning }} {EDGE} }} }}"
    );
    let response = app.query_with(&query, json!({"text": text})).await;
    assert_eq!(response.get("errors"), None, "{text:?}");
    response["data"][list].clone()
}

/// The marked parts of a text.
fn marked(highlight: &Json) -> Vec<String> {
    let units: Vec<u16> = highlight["text"].as_str().unwrap().encode_utf16().collect();
    let number = |span: &Json, name: &str| usize::try_from(span[name].as_u64().unwrap()).unwrap();
    let spans = highlight["spans"].as_array().unwrap().iter();
    spans
        .map(|span| {
            let start = number(span, "start");
            String::from_utf16(&units[start..start + number(span, "length")]).unwrap()
        })
        .collect()
}

fn of_field<'h>(edge: &'h Json, field: &str) -> Vec<&'h Json> {
    edge["highlight"].as_array().unwrap().iter().filter(|one| one["field"] == field).collect()
}

on_both_databases! {
    async fn matching_words_are_marked_in_the_texts(app: &TestApp) {
        let co2 = searched(app, "procedures", "CO2 laser").await;
        let name = of_field(&co2["edges"][0], "NAME");
        assert_eq!((name[0]["text"].as_str(), marked(name[0])), (Some("Fractional CO2 laser"), vec!["CO2".to_owned(), "laser".to_owned()]));
        for (list, text, field, words) in [
            ("procedures", "CO₂", "NAME", vec!["CO2"]),
            ("procedures", "micro needling", "NAME", vec!["Microneedling"]),
            ("procedures", "needl", "ALIASES", vec!["needling"]),
            ("conditions", "haemangioma", "ALIASES", vec!["haemangioma"]),
            ("conditions", "hemangiomas", "ALIASES", vec!["haemangioma"]),
            ("conditions", "rosecea", "NAME", vec!["Rosacea"]),
            ("conditions", "scar acne", "NAME", vec!["Acne", "scars"]),
            ("conditions", "L71.9", "CODES", vec!["L71.9"]),
        ] {
            let found = searched(app, list, text).await;
            let highlights = of_field(&found["edges"][0], field);
            assert!(highlights.iter().any(|one| marked(one) == words), "{text}: {found}");
        }
        let data = app.data(&format!("{{ procedures(first: 1) {{ {EDGE} }} }}")).await;
        assert_eq!(data["procedures"]["edges"][0]["highlight"], json!([]));
    }
}

on_both_databases! {
    async fn marked_words_are_those_that_matched(app: &TestApp) {
        let of_list = |list: &'static str, texts: &'static [(&'static str, &'static str)]| texts.iter().map(move |(text, _)| (list, *text));
        let hostile = ["procedures", "sources", "treatmentOutcomes"].into_iter().flat_map(|list| HOSTILE.iter().map(move |text| (list, *text)));
        let mut marks = 0;
        for (list, text) in of_list("procedures", PROCEDURES).chain(of_list("conditions", CONDITIONS)).chain(of_list("sources", CONDITIONS)).chain(hostile) {
            for edge in searched(app, list, text).await["edges"].as_array().unwrap() {
                let highlights = edge["highlight"].as_array().unwrap();
                for found in edge["matchedOn"].as_array().unwrap() {
                    // The word of each match is marked somewhere in its field.
                    let term = found["term"].as_str().unwrap();
                    let stem = search::joined(&search::words(term)).1;
                    let has = |one: &Json| marked(one).iter().any(|part| {
                        let words = search::words(part);
                        part == term || search::joined(&words).1 == stem || words.iter().any(|word| word.stem == stem)
                    });
                    assert!(of_field(edge, found["field"].as_str().unwrap()).into_iter().any(has), "{list} {text}: {term} in {edge}");
                }
                for one in highlights {
                    let texts = marked(one);
                    marks += texts.len();
                    assert!(texts.iter().all(|part| !part.is_empty() && !part.starts_with(' ') && !part.ends_with(' ')), "{one}");
                }
                let fields: HashSet<&Json> = highlights.iter().map(|one| &one["field"]).collect();
                assert_eq!(fields.is_empty(), edge["matchedOn"].as_array().unwrap().is_empty(), "{edge}");
            }
        }
        assert!(marks > 500, "{marks}");
    }
}

on_both_databases! {
    async fn synonyms_are_searched_and_reported(app: &TestApp) {
        let zits = searched(app, "conditions", "zits").await;
        assert_eq!(zits["expansions"], json!([{"words": "zits", "meaning": "acne"}]));
        let edge = &zits["edges"][0];
        assert_eq!(edge["node"]["slug"], "acne");
        assert_eq!(edge["matchedOn"], json!([{"field": "NAME", "term": "acne", "how": "SYNONYM"}]));
        assert_eq!(marked(of_field(edge, "NAME")[0]), ["Acne"]);
        let facial = searched(app, "procedures", "a Vampire-Facial, please").await;
        assert_eq!(facial["expansions"], json!([{"words": "Vampire-Facial", "meaning": "platelet-rich plasma"}]));
        assert_eq!(facial["edges"][0]["node"]["slug"], "platelet-rich-plasma");
        // Terms are shown as the texts have them, and not in the form that is compared.
        assert_eq!(facial["edges"][0]["matchedOn"][0]["term"], "platelet-rich plasma");
        let raised = searched(app, "conditions", "raised scar").await;
        let terms: Vec<&Json> = raised["edges"].as_array().unwrap().iter().flat_map(|edge| edge["matchedOn"].as_array().unwrap()).map(|one| &one["term"]).collect();
        assert!(terms.contains(&&json!("raised")) && !terms.contains(&&json!("raized")), "{terms:?}");
        // A misspelt brand is reported with its meaning, and suggested.
        let misspelt = searched(app, "procedures", "restilane").await;
        assert_eq!(misspelt["expansions"], json!([{"words": "restilane", "meaning": "filler"}]));
        let data = app.data(r#"{ procedures(search: {text: "restilane lips"}) { didYouMean } }"#).await;
        assert_eq!(data["procedures"]["didYouMean"], "Restylane lips");
        // The meaning is one word that equals its stem.
        let brand = searched(app, "procedures", "Juvederm").await;
        assert_eq!(brand["expansions"], json!([{"words": "Juvederm", "meaning": "filler"}]));
        let none = searched(app, "procedures", "laser").await;
        assert_eq!(none["expansions"], json!([]));
        let data = app.data("{ procedures { expansions { words } } search(text: \"zits\", first: 3) { expansions { words } nodes { __typename slug } } }").await;
        assert_eq!(data["procedures"]["expansions"], json!([]));
        assert_eq!(data["search"]["expansions"], json!([{"words": "zits"}]));
        assert_eq!(data["search"]["nodes"][0], json!({"__typename": "Condition", "slug": "acne"}));
        // Synonyms are content, and found only where they are looked for.
        let data = app.data(r#"{ synonyms(search: {text: "zits"}) { nodes { meaning words } } search(text: "zits", types: [SYNONYM]) { totalCount } }"#).await;
        assert_eq!((&data["synonyms"]["nodes"][0]["meaning"], &data["search"]["totalCount"]), (&json!("acne"), &json!(1)));
    }
}

on_both_databases! {
    async fn a_published_synonym_is_searched_at_once(app: &TestApp) {
        assert_eq!(searched(app, "procedures", "glow needles").await["expansions"], json!([]));
        let mut files = starter();
        files.retain(|file| file.name.ends_with("/vocabulary.yaml"));
        files[0].text.push_str("  - {slug: glow-needles, meaning: microneedling, words: [glow needles]}\n");
        publish(app, &files).await;
        let found = searched(app, "procedures", "glow needles").await;
        assert_eq!(found["expansions"], json!([{"words": "glow needles", "meaning": "microneedling"}]));
        assert_eq!(found["edges"][0]["node"]["slug"], "microneedling");
    }
}
