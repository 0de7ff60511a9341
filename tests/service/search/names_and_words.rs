//! Texts with several names, with ordinary words, with repeated words, and with codes.

use serde_json::{Value as Json, json};

use super::{found, found_slugs, texts::SEVERAL_NAMES};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn each_name_in_a_text_finds_its_record(app: &TestApp) {
        let mut missed = Vec::new();
        for (list, text, slugs) in SEVERAL_NAMES {
            for list in [list, "search"] {
                let first = if list == "search" { first_of_all(app, text).await } else { found(app, list, text).await };
                let first: Vec<&str> = found_slugs(&first).into_iter().take(3).collect();
                if !slugs.iter().all(|slug| first.contains(slug)) {
                    missed.push(format!("{list} {text}: {slugs:?} are not in {first:?}"));
                }
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }
}

async fn first_of_all(app: &TestApp, text: &str) -> Json {
    let query =
        "query($text: String!) { search(text: $text, first: 3) { edges { score node { slug } matchedOn { term how } } } }";
    app.query_with(query, json!({"text": text})).await["data"]["search"].clone()
}

on_both_databases! {
    async fn ordinary_words_are_rarely_misspelt_names(app: &TestApp) {
        let words: Vec<&str> = include_str!("ordinary_words.txt").lines().collect();
        let mut similar = Vec::new();
        for word in &words {
            let query = "query($text: String!) { search(text: $text) { didYouMean } }";
            let response = app.query_with(query, json!({"text": word})).await;
            if let Some(other) = response["data"]["search"]["didYouMean"].as_str() {
                similar.push(format!("{word}: {other}"));
            }
        }
        assert!(words.len() == 600 && similar.len() * 1000 <= 27 * words.len(), "{}:\n{}", similar.len(), similar.join("\n"));
    }
}

on_both_databases! {
    async fn repeated_words_count_once_and_the_numbers_of_a_code_are_no_words(app: &TestApp) {
        for (repeated, once) in [("acne acne", "acne"), ("scar scars removal", "scars removal")] {
            let [repeated, once] = [first_of_all(app, repeated).await, first_of_all(app, once).await];
            assert_eq!(found_slugs(&repeated), found_slugs(&once));
            let words = |list: &Json| list["edges"][0]["matchedOn"].as_array().unwrap().len();
            assert_eq!(words(&repeated), words(&once), "{repeated}");
        }
        for code in ["L30.9", "B07.0", "D22.9"] {
            let found = first_of_all(app, code).await;
            assert!(found_slugs(&found).is_empty(), "{code}: {found}");
        }
        assert_eq!(found_slugs(&first_of_all(app, "L71.9").await)[0], "rosacea");
    }
}
