//! The root field `search`: the records that users search for precede the records that support them.

use serde_json::{Value as Json, json};

use super::{
    root::ROOT,
    texts::{CONDITIONS, MISSED, PROCEDURES},
};
use crate::support::{TestApp, on_both_databases};

/// The first records that a text finds in all types: type and slug.
async fn found(app: &TestApp, text: &str, first: usize) -> Vec<(String, String)> {
    let query = "query($text: String!, $first: Int!) { search(text: $text, first: $first) { nodes { __typename slug } } }";
    let response = app.query_with(query, json!({"text": text, "first": first})).await;
    assert_eq!(response.get("errors"), None, "{text:?}");
    let nodes = response["data"]["search"]["nodes"].as_array().unwrap();
    let text = |node: &Json, name: &str| node[name].as_str().unwrap().to_owned();
    nodes.iter().map(|node| (text(node, "__typename"), text(node, "slug"))).collect()
}

on_both_databases! {
    async fn what_people_type_finds_what_they_mean_among_all_types(app: &TestApp) {
        let of_one = |expected: &'static [(&'static str, &'static str)]| expected.iter().map(|(text, slug)| (*text, vec![*slug]));
        let all = ROOT.iter().map(|(text, slugs)| (*text, slugs.to_vec())).chain(of_one(PROCEDURES)).chain(of_one(CONDITIONS));
        let (mut missed, mut count) = (Vec::new(), 0);
        for (text, slugs) in all {
            let first = found(app, text, 3).await;
            count += 1;
            if !first.iter().any(|(_, slug)| slugs.contains(&slug.as_str())) && !MISSED.contains(&text) {
                missed.push(format!("{text}: none of {slugs:?} is in {first:?}"));
            }
        }
        assert!(count >= 200 && missed.is_empty(), "{} of {count} missed:\n{}", missed.len(), missed.join("\n"));
    }
}

on_both_databases! {
    async fn every_name_finds_its_record_before_any_source(app: &TestApp) {
        let data = app.data(
            "{ procedures(first: 100) { nodes { slug name aliases } } conditions(first: 100) { nodes { slug name aliases } }
               devices(first: 100) { nodes { slug name } } biologicalTargets(first: 100) { nodes { slug name } }
               adjuncts(first: 100) { nodes { slug name } } outcomeMeasures(first: 100) { nodes { slug name abbreviation } } }",
        ).await;
        let mut late = Vec::new();
        for list in data.as_object().unwrap().values() {
            for record in list["nodes"].as_array().unwrap() {
                let aliases = record["aliases"].as_array().into_iter().flatten().chain([&record["name"], &record["abbreviation"]]);
                for name in aliases.filter_map(Json::as_str) {
                    let first = found(app, name, 10).await;
                    let at = first.iter().position(|(_, slug)| *slug == record["slug"]);
                    let source = first.iter().position(|(of_type, _)| of_type == "Source");
                    if at.is_none_or(|at| at > 2 || source.is_some_and(|source| source < at)) {
                        late.push(format!("{name}: {first:?}"));
                    }
                }
            }
        }
        assert!(late.is_empty(), "{}", late.join("\n"));
    }
}

on_both_databases! {
    async fn each_type_is_searched_like_its_own_list(app: &TestApp) {
        for text in ["botox", "ipl for rosacea", "acne scars microneedling needles", "rosecea", "zits"] {
            let query = "query($text: String!) { search(text: $text) { totalCount }
                procedures(search: {text: $text}) { totalCount } conditions(search: {text: $text}) { totalCount }
                treatmentOutcomes(search: {text: $text}) { totalCount } sources(search: {text: $text}) { totalCount }
                evidenceItems(search: {text: $text}) { totalCount } biologicalTargets(search: {text: $text}) { totalCount }
                adjuncts(search: {text: $text}) { totalCount } outcomeMeasures(search: {text: $text}) { totalCount }
                devices(search: {text: $text}) { totalCount } bodyAreas(search: {text: $text}) { totalCount } }";
            let response = app.query_with(query, json!({"text": text})).await;
            let data = response["data"].as_object().unwrap_or_else(|| panic!("{response}"));
            let count = |name: &str| data[name]["totalCount"].as_u64().unwrap();
            let sum: u64 = data.keys().filter(|name| *name != "search").map(|name| count(name)).sum();
            assert_eq!(count("search"), sum, "{text}: {response}");
        }
    }
}

on_both_databases! {
    async fn the_title_of_a_source_finds_it(app: &TestApp) {
        let data = app.data(
            "{ sources(first: 40) { nodes { slug title } } procedures(first: 100) { nodes { name } } conditions(first: 100) { nodes { name } } }",
        ).await;
        let names = ["procedures", "conditions"].map(|list| data[list]["nodes"].as_array().unwrap()).into_iter().flatten();
        let names: Vec<String> = names.map(|record| record["name"].as_str().unwrap().to_lowercase()).collect();
        for source in data["sources"]["nodes"].as_array().unwrap() {
            let title = source["title"].as_str().unwrap();
            if title.chars().count() > 200 || dermagraph::engine::search::searched_words(title).len() > 12 {
                continue;
            }
            // The procedure or condition that a title names precedes the source, and so does what is about it.
            let lower = title.to_lowercase();
            let is_topic = dermagraph::engine::search::searched_words(title).len() < 5 || names.iter().any(|name| lower.contains(name));
            let first = found(app, title, if is_topic { 10 } else { 3 }).await;
            assert!(first.iter().any(|(_, slug)| *slug == source["slug"]), "{title}: {first:?}");
        }
    }
}
