//! The beginnings of words match in British and in American spelling, in texts of every role.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{found, found_slugs};
use crate::support::{TestApp, on_both_databases, publish, slugs};

/// Publishes descriptions with the same words: one in British spelling, one in American spelling.
async fn publish_both_spellings(app: &TestApp) {
    let mut files = dermagraph::library::starter();
    files.retain(|file| file.name.ends_with("conditions.yaml"));
    for (before, words) in [
        ("Marks left when skin", "Oedema, discolouration, bruising or a localised tumour."),
        ("Scars that remain after", "Edema, discoloration, bruising or a localized tumor."),
    ] {
        let text = files[0].text.replacen(before, &format!("{words} {before}"), 1);
        assert_ne!(text, files[0].text, "{before}");
        files[0].text = text;
    }
    publish(app, &files).await;
}

/// Returns each found record with its score.
fn scores(list: &Json) -> BTreeSet<(&str, i64)> {
    let edges = list["edges"].as_array().unwrap().iter();
    edges.map(|edge| (edge["node"]["slug"].as_str().unwrap(), edge["score"].as_i64().unwrap())).collect()
}

on_both_databases! {
    async fn a_beginning_in_either_spelling_finds_both(app: &TestApp) {
        publish_both_spellings(app).await;
        for text in [
            "oed", "oedem", "oedema", "ede", "edem", "edema", "discolou", "discolour", "discolor", "discolorat",
            "bruis", "bruisi", "bruising", "localis", "localise", "localised", "localiz", "localized",
            "tumou", "tumour", "tumor",
        ] {
            let query = "query($text: String!) { conditions(first: 100, search: {text: $text}) { nodes { slug } }
                search(first: 100, text: $text, types: [CONDITION, PROCEDURE]) { nodes { slug } } }";
            let response = app.query_with(query, json!({"text": text})).await;
            for list in ["conditions", "search"] {
                let found = slugs(&response["data"][list]);
                assert!(found.contains(&"scars") && found.contains(&"surgical-scars"), "{list} {text}: {response}");
            }
        }
    }
}

on_both_databases! {
    async fn a_whole_word_has_twice_the_points_of_its_beginning_in_either_spelling(app: &TestApp) {
        publish_both_spellings(app).await;
        for (text, points) in [
            ("oedem", 100), ("edem", 100), ("tumou", 100),
            ("oedema", 200), ("edema", 200), ("tumour", 200), ("tumor", 200),
        ] {
            let list = found(app, "conditions", text).await;
            let expected = BTreeSet::from([("scars", points), ("surgical-scars", points)]);
            assert_eq!(scores(&list), expected, "{text}: {list}");
        }
    }
}

on_both_databases! {
    async fn the_marked_word_is_the_one_in_the_text(app: &TestApp) {
        publish_both_spellings(app).await;
        let data = app.data(r#"{ conditions(search: {text: "oedem"}) { edges { node { slug }
            matchedOn { field term how } highlight { field spans { start length } } } } }"#).await;
        let edges = data["conditions"]["edges"].as_array().unwrap();
        for (slug, term, length) in [("scars", "oedema", 6), ("surgical-scars", "edema", 5)] {
            let edge = edges.iter().find(|edge| edge["node"]["slug"] == slug).unwrap();
            assert_eq!(edge["matchedOn"], json!([{"field": "DESCRIPTION", "term": term, "how": "SUMMARY"}]));
            let marked = json!([{"field": "DESCRIPTION", "spans": [{"start": 0, "length": length}]}]);
            assert_eq!(edge["highlight"], marked);
        }
    }
}

on_both_databases! {
    async fn a_beginning_finds_words_of_texts_that_are_no_names(app: &TestApp) {
        let data = app.data("{ procedures(first: 100) { nodes { slug patientSummary } } }").await;
        let has = |node: &&Json| {
            node["patientSummary"].as_str().is_some_and(|text| text.to_lowercase().contains("bruis"))
        };
        let list = found(app, "procedures", "bruis").await;
        let found = found_slugs(&list);
        let nodes: Vec<&Json> = data["procedures"]["nodes"].as_array().unwrap().iter().filter(has).collect();
        assert!(nodes.len() > 2, "{data}");
        for node in nodes {
            assert!(found.contains(&node["slug"].as_str().unwrap()), "{node} {list}");
        }
        let data = app.data(r#"{ search(text: "bruis") { didYouMean } }"#).await;
        assert_eq!(data["search"]["didYouMean"], Json::Null);
    }
}

on_both_databases! {
    async fn a_beginning_of_a_synonym_matches_in_both_spellings(app: &TestApp) {
        for text in ["discolou", "discolor", "skin discolou", "skin discolorat"] {
            let query = "query($text: String!) { conditions(search: {text: $text}) { expansions { words meaning } } }";
            let response = app.query_with(query, json!({"text": text})).await;
            let expansions = response["data"]["conditions"]["expansions"].as_array().unwrap();
            assert!(expansions.contains(&json!({"words": text, "meaning": "pigmentation"})), "{text}: {response}");
        }
    }
}
