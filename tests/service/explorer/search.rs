//! The search in lists of the explorer.

use super::file;
use crate::{
    http::{received, refused},
    site::{open, page},
    support::{TestApp, on_both_databases},
};

/// Returns the slugs of the entries of a list, in their order.
async fn entries(app: &TestApp, path: &str) -> Vec<String> {
    let whole = file(app, &format!("{path}&format=json")).await;
    let entries = whole["entries"].as_array().unwrap();
    entries.iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect()
}

/// Returns the slugs of the records that a field with these arguments returns, in their order.
async fn records(app: &TestApp, field: &str, arguments: &str) -> Vec<String> {
    let data = app.data(&format!("{{ list: {field}(first: 100, {arguments}) {{ nodes {{ slug }} }} }}")).await;
    let nodes = data["list"]["nodes"].as_array().unwrap();
    nodes.iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn a_list_is_searched_for_aliases_synonyms_and_identifiers_with_the_best_match_first(app: &TestApp) {
        for (list, parameter, text, best) in [
            ("procedures", "name", "botox", "botulinum-toxin"),
            ("procedures", "name", "IPL", "intense-pulsed-light"),
            ("procedures", "name", "Dysport", "botulinum-toxin"),
            ("conditions", "name", "hair loss", "alopecia"),
            ("conditions", "name", "zits", "acne"),
            ("sources", "title", "doi:10.1111/iwj.13559", "mn-atrophic-sr-2021"),
        ] {
            let path = format!("/explore/{list}?{parameter}={}", text.replace(' ', "+"));
            let found = entries(app, &path).await;
            assert_eq!(found, records(app, list, &format!("search: {{text: {text:?}}}")).await, "{path}");
            assert_eq!(found[0], best, "{path}");
            let shown = page(app, &path).await;
            let first = shown.split("<ul class=\"plain\">").last().unwrap().split("href=\"").nth(1).unwrap();
            assert!(first.starts_with(&format!("./../explore/{list}/{best}\"")), "{path}: {shown}");
            assert!(shown.contains(&format!("Search: “{text}”")), "{path}: {shown}");
        }
    }
}

on_both_databases! {
    async fn an_order_that_a_user_chooses_applies_to_a_search_too(app: &TestApp) {
        let mut orders = Vec::new();
        for (order, arguments) in [
            ("", ""),
            ("&order=name", ", orderBy: [{name: ASC}]"),
            ("&order=treatments", ", orderBy: [{outcomes: {count: DESC}}, {name: ASC}]"),
        ] {
            let found = entries(app, &format!("/explore/procedures?name=laser{order}")).await;
            let expected = records(app, "procedures", &format!("search: {{text: \"laser\"}}{arguments}")).await;
            assert_eq!(found, expected, "{order}");
            orders.push(found);
        }
        assert!(orders[0] != orders[1] && orders[0] != orders[2] && orders[1] != orders[2], "{orders:?}");
        for (path, options) in [
            ("/explore/procedures", &["value=\"\">Name<", "value=\"treatments\">Most outcomes<"][..]),
            ("/explore/procedures?name=laser", &["value=\"\">Best match<", "value=\"name\">Name<"]),
            ("/explore/procedures?name=laser&order=name", &["value=\"\">Best match<", "value=\"name\" selected>Name<"]),
        ] {
            let found = page(app, path).await;
            for option in options {
                assert!(found.contains(&format!("<option {option}/option>")), "{path}: {option}: {found}");
            }
            assert_eq!(found.contains("Best match"), path.contains("name="), "{path}");
        }
    }
}

on_both_databases! {
    async fn a_misspelt_search_of_a_list_suggests_other_words_with_the_same_filters(app: &TestApp) {
        let found = page(app, "/explore/conditions?name=rosecea&kind=INFLAMMATORY_DISEASE&order=treatments").await;
        let link = "./../explore/conditions?name=rosacea&amp;kind=INFLAMMATORY_DISEASE&amp;order=treatments";
        assert!(found.contains(&format!("Did you mean <a href=\"{link}\">rosacea</a>?")), "{found}");
        assert!(found.contains("./../explore/conditions/rosacea\""), "{found}");
        assert!(!page(app, "/explore/conditions?name=rosacea").await.contains("Did you mean"));
    }
}

on_both_databases! {
    async fn a_search_of_a_list_that_is_blank_too_long_or_hostile_has_a_page_or_a_message(app: &TestApp) {
        assert_eq!(page(app, "/explore/procedures?name=+%20").await, page(app, "/explore/procedures").await);
        assert!(page(app, "/explore/procedures?name=*").await.contains("The library has nothing that matches."));
        let hostile = page(app, "/explore/procedures?name=%3Cb%3E%22").await;
        assert!(!hostile.contains("<b>") && hostile.contains("Search: “&lt;b&gt;&quot;”"), "{hostile}");
        for text in ["x".repeat(101), "laser+".repeat(13)] {
            let path = format!("/explore/procedures?name={text}");
            let response = open(app, &path, &[("accept", "application/json")]).await;
            let message = "Search for at most 100 characters and 12 words, without control characters.";
            assert_eq!(received(response).await, refused(400, "BAD_REQUEST", message), "{text}");
        }
    }
}
