//! `search`: records are found by words, the best match first, with the same results on both databases.

mod beginnings;
mod everything;
mod highlights;
mod memory;
mod names_and_words;
mod root;
mod terms;
mod texts;

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases, publish, slugs};
use texts::{
    CONDITIONS, DESPITE_OTHERS, FIRST_CONDITIONS, FIRST_PROCEDURES, HOSTILE, MISSED, PROCEDURES, TREATED, WITHOUT_SUGGESTION,
};

async fn found(app: &TestApp, list: &str, text: &str) -> Json {
    let query = format!(
        "query($text: String!) {{ {list}(first: 100, search: {{text: $text}}) {{ totalCount edges {{ score cursor node {{ slug }} \
         matchedOn {{ field term how }} }} }} }}"
    );
    let response = app.query_with(&query, json!({"text": text})).await;
    assert_eq!(response.get("errors"), None, "{text:?}");
    response["data"][list].clone()
}

fn found_slugs(list: &Json) -> Vec<&str> {
    list["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["slug"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn what_people_type_finds_what_they_mean_in_the_first_three(app: &TestApp) {
        let mut missed = Vec::new();
        for (list, expected) in [("procedures", PROCEDURES), ("conditions", CONDITIONS)] {
            for (text, slug) in expected {
                let list = found(app, list, text).await;
                let first: Vec<&str> = found_slugs(&list).into_iter().take(3).collect();
                if !first.contains(slug) && !MISSED.contains(text) {
                    missed.push(format!("{text}: {slug} is not in {first:?}"));
                }
            }
        }
        let all = PROCEDURES.len() + CONDITIONS.len();
        assert!(missed.is_empty() && MISSED.len() * 20 <= all, "{} of {all} missed:\n{}", missed.len(), missed.join("\n"));
    }
}

on_both_databases! {
    async fn names_and_brands_find_their_record_first(app: &TestApp) {
        let mut missed = Vec::new();
        for (list, expected) in [("procedures", FIRST_PROCEDURES), ("conditions", FIRST_CONDITIONS)] {
            for (text, slug) in expected {
                let list = found(app, list, text).await;
                let first: Vec<&str> = found_slugs(&list).into_iter().take(3).collect();
                if first.first() != Some(slug) {
                    missed.push(format!("{text}: {slug} is not the first of {first:?}"));
                }
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }
}

on_both_databases! {
    async fn complaints_find_what_helps_and_common_words_hide_nothing(app: &TestApp) {
        let mut missed = Vec::new();
        for (text, slugs) in TREATED {
            let list = found(app, "procedures", text).await;
            let first: Vec<&str> = found_slugs(&list).into_iter().take(3).collect();
            if !slugs.iter().all(|slug| first.contains(slug)) {
                missed.push(format!("{text}: {slugs:?} are not in {first:?}"));
            }
        }
        for (text, slugs) in DESPITE_OTHERS {
            let list = found(app, "conditions", text).await;
            let first: Vec<&str> = found_slugs(&list).into_iter().take(3).collect();
            if !slugs.iter().any(|slug| first.contains(slug)) {
                missed.push(format!("{text}: none of {slugs:?} is in {first:?}"));
            }
        }
        for text in WITHOUT_SUGGESTION {
            let query = "query($text: String!) { search(text: $text) { didYouMean } }";
            let response = app.query_with(query, json!({"text": text})).await;
            if response["data"]["search"]["didYouMean"] != Json::Null {
                missed.push(format!("{text}: {response}"));
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }
}

on_both_databases! {
    async fn every_outcome_with_a_benefit_is_found_by_its_condition(app: &TestApp) {
        let data = app.data("{ conditions(first: 100) { nodes { name outcomes(first: 100, includeStudied: false, includeAlsoCovered: false) \
            { nodes { grade condition { name } procedure { slug } } } } } }").await;
        let mut outcomes = 0;
        for condition in data["conditions"]["nodes"].as_array().unwrap() {
            let name = condition["name"].as_str().unwrap();
            let list = found(app, "procedures", name).await;
            let edges = list["edges"].as_array().unwrap();
            for outcome in condition["outcomes"]["nodes"].as_array().unwrap() {
                let slug = &outcome["procedure"]["slug"];
                let edge = edges.iter().find(|edge| edge["node"]["slug"] == *slug);
                let how = edge.map(|edge| edge["matchedOn"].as_array().unwrap().iter().any(|one| one["field"] == "TREATS"));
                let helps = outcome["grade"] != "NOT_GRADED" && outcome["grade"] != "NO_BENEFIT";
                assert!(!helps || edge.is_some(), "{name}: {slug} is not in {list}");
                outcomes += usize::from(how == Some(true));
            }
        }
        assert!(outcomes > 30, "{outcomes} are found by `treats`");
        // A condition that changes its name changes the terms of procedures.
        let mut files = dermagraph::library::starter();
        files.retain(|file| file.name.ends_with("/conditions.yaml") || file.name == "conditions.yaml");
        files[0].text = files[0].text.replacen("name: Rosacea", "name: Zyxblush", 1);
        publish(app, &files).await;
        let list = found(app, "procedures", "zyxblush").await;
        assert!(found_slugs(&list).contains(&"pulsed-dye-laser"), "{list}");
        assert_eq!(list["edges"][0]["matchedOn"][0], json!({"field": "TREATS", "term": "zyxblush", "how": "PURPOSE"}));
    }
}

on_both_databases! {
    async fn no_text_is_syntax(app: &TestApp) {
        for text in HOSTILE {
            let procedures = found(app, "procedures", text).await;
            assert_eq!(procedures["totalCount"], procedures["edges"].as_array().unwrap().len(), "{text:?}");
            let query = "query($text: String!) { search(text: $text) { totalCount nodes { id } } }";
            let response = app.query_with(query, json!({"text": text})).await;
            assert_eq!(response.get("errors"), None, "{text:?}");
        }
        for nothing in ["", " ", "*", "🧴"] {
            assert_eq!(found(app, "procedures", nothing).await["totalCount"], 0, "{nothing:?}");
        }
        let long = app.query(&format!("{{ procedures(search: {{text: \"{}\"}}) {{ totalCount }} }}", "a".repeat(201))).await;
        assert_eq!(long["errors"][0]["extensions"]["code"], "BAD_ARGUMENT");
        let words = app.query(&format!("{{ procedures(search: {{text: \"{}\"}}) {{ totalCount }} }}", "laser ".repeat(13))).await;
        assert_eq!(words["errors"][0]["message"], "search.text: the text has 13 words; the maximum is 12");
    }
}

on_both_databases! {
    async fn pages_of_a_search_are_the_whole_list(app: &TestApp) {
        let whole = found(app, "conditions", "scars").await;
        let whole = found_slugs(&whole);
        assert!(whole.len() >= 5, "{whole:?}");
        for (size, after) in [("first", "after"), ("last", "before")] {
            let (mut paged, mut cursor) = (Vec::new(), Json::Null);
            loop {
                let query = format!(
                    "query($cursor: String) {{ conditions({size}: 2, {after}: $cursor, search: {{text: \"scars\"}}) {{ nodes {{ slug }} \
                     pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"
                );
                let response = app.query_with(&query, json!({"cursor": cursor})).await;
                let list = &response["data"]["conditions"];
                let page = slugs(list).into_iter().map(str::to_owned).collect::<Vec<_>>();
                let info = &list["pageInfo"];
                if size == "first" {
                    assert_eq!(info["hasPreviousPage"], !paged.is_empty());
                    paged.extend(page);
                    cursor = info["endCursor"].clone();
                } else {
                    paged.splice(0..0, page);
                    cursor = info["startCursor"].clone();
                }
                if info[if size == "first" { "hasNextPage" } else { "hasPreviousPage" }] == false {
                    break;
                }
            }
            assert_eq!(paged, whole, "{size}");
        }
        let other = app.query("{ conditions(search: {text: \"scars\"}, first: 1) { pageInfo { endCursor } } }").await;
        let cursor = other["data"]["conditions"]["pageInfo"]["endCursor"].as_str().unwrap();
        let refused = app.query(&format!("{{ conditions(first: 1, after: \"{cursor}\") {{ nodes {{ slug }} }} }}")).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "CURSOR_OF_OTHER_ORDER");
        let refused =
            app.query(&format!("{{ conditions(search: {{text: \"hair\"}}, after: \"{cursor}\") {{ nodes {{ slug }} }} }}")).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "CURSOR_OF_OTHER_ORDER");
    }
}

on_both_databases! {
    async fn a_search_is_combined_with_filters_orders_fields_and_parents(app: &TestApp) {
        let data = app.data(r#"{
            all: procedures(first: 100, search: {text: "laser"}) { totalCount nodes { slug category } }
            some: procedures(first: 100, search: {text: "laser"}, where: {slug: {startsWith: "p"}}) { totalCount nodes { slug } }
            ordered: procedures(first: 100, search: {text: "laser"}, orderBy: [{slug: DESC}]) { nodes { slug } }
            names: procedures(first: 100, search: {text: "laser", fields: [NAME]}) { totalCount nodes { name } }
            count: procedures(search: {text: "laser"}) { totalCount }
        }"#).await;
        let all = slugs(&data["all"]);
        assert!(all.len() > 5 && data["all"]["totalCount"] == all.len() && data["count"]["totalCount"] == all.len());
        let some: Vec<&str> = all.iter().copied().filter(|slug| slug.starts_with('p')).collect();
        assert_eq!(slugs(&data["some"]), some);
        let mut ordered = all.clone();
        ordered.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(slugs(&data["ordered"]), ordered);
        let names = data["names"]["nodes"].as_array().unwrap();
        assert!(!names.is_empty() && names.len() < all.len());
        assert!(names.iter().all(|one| one["name"].as_str().unwrap().to_lowercase().contains("laser")));

        let nested = app.data(r#"{ procedures(first: 100) { nodes { slug
            all: outcomes(first: 100) { nodes { slug } }
            outcomes(first: 100, search: {text: "scars"}) { totalCount edges { score node { slug } matchedOn { field } } }
            citations(first: 3, search: {text: "laser"}) { totalCount nodes { title } }
            sources(first: 3, search: {text: "skin"}) { totalCount nodes { slug } }
        } } }"#).await;
        let top = found(app, "treatmentOutcomes", "scars").await;
        let mut expected = found_slugs(&top);
        let mut paged = Vec::new();
        for procedure in nested["procedures"]["nodes"].as_array().unwrap() {
            let own = slugs(&procedure["all"]);
            let found = found_slugs(&procedure["outcomes"]);
            assert_eq!(procedure["outcomes"]["totalCount"], found.len());
            assert!(found.iter().all(|slug| own.contains(slug)));
            let scores: Vec<i64> =
                procedure["outcomes"]["edges"].as_array().unwrap().iter().map(|edge| edge["score"].as_i64().unwrap()).collect();
            assert!(scores.is_sorted_by(|one, other| one >= other));
            paged.extend(found);
        }
        paged.sort_unstable();
        expected.sort_unstable();
        assert!(!paged.is_empty() && paged == expected);
    }
}

on_both_databases! {
    async fn edges_report_what_matched(app: &TestApp) {
        let how = |list: &Json| list["edges"][0]["matchedOn"].clone();
        let botox = found(app, "procedures", "what is botox").await;
        assert_eq!(how(&botox), json!([{"field": "ALIASES", "term": "botox", "how": "ALIAS"}]));
        let scars = found(app, "conditions", "acne scar").await;
        assert_eq!(how(&scars), json!([
            {"field": "NAME", "term": "acne", "how": "NAME"},
            {"field": "NAME", "term": "scars", "how": "NAME"},
        ]));
        assert_eq!(how(&found(app, "conditions", "rosecea").await)[0], json!({"field": "NAME", "term": "rosacea", "how": "FUZZY"}));
        assert_eq!(how(&found(app, "conditions", "L71.9").await)[0]["how"], "CODE");
        // Numbers and codes have no similar ones.
        assert_eq!(found(app, "conditions", "L71.8").await["edges"].as_array().unwrap().iter()
            .filter(|edge| edge["matchedOn"][0]["how"] == "FUZZY").count(), 0);
        let plain = app.data("{ procedures(first: 1) { edges { score matchedOn { field } } } }").await;
        assert_eq!(plain["procedures"]["edges"], json!([{"score": null, "matchedOn": []}]));
    }
}

on_both_databases! {
    async fn a_misspelt_word_has_a_suggestion(app: &TestApp) {
        for (text, suggestion) in [
            ("microneedeling", json!("microneedling")),
            ("Rosecea of the keliod!", json!("rosacea of the keloid!")),
            ("rosacea", Json::Null),
            ("qqqqqqq", Json::Null),
            ("", Json::Null),
        ] {
            let query = "query($text: String!) { search(text: $text) { didYouMean } }";
            let response = app.query_with(query, json!({"text": text})).await;
            assert_eq!(response["data"]["search"]["didYouMean"], suggestion, "{text}: {response}");
        }
        let data = app.data(r#"{ conditions(search: {text: "keliod"}) { didYouMean } procedures { didYouMean } }"#).await;
        assert_eq!(data, json!({"conditions": {"didYouMean": "keloid"}, "procedures": {"didYouMean": null}}));
    }
}

on_both_databases! {
    async fn the_root_search_finds_records_of_all_types(app: &TestApp) {
        let query = r#"query($after: String, $first: Int!) { search(text: "hair", first: $first, after: $after) { totalCount
            edges { score cursor matchedOn { field how } node { __typename id ... on Condition { name } ... on Procedure { name } } }
            nodes { id } pageInfo { hasNextPage endCursor } } }"#;
        let whole = app.query_with(query, json!({"first": 100})).await["data"]["search"].clone();
        let edges = whole["edges"].as_array().unwrap();
        let types: std::collections::BTreeSet<&str> =
            edges.iter().map(|edge| edge["node"]["__typename"].as_str().unwrap()).collect();
        assert!(types.contains("Condition") && types.contains("Procedure"), "{types:?}");
        assert!(edges.iter().map(|edge| edge["score"].as_i64().unwrap()).is_sorted_by(|one, other| one >= other));
        let total = usize::try_from(whole["totalCount"].as_u64().unwrap()).unwrap();
        assert_eq!(total.min(100), edges.len());
        let (mut paged, mut after) = (Vec::new(), Json::Null);
        while paged.len() < edges.len() {
            let page = app.query_with(query, json!({"first": 7, "after": after})).await["data"]["search"].clone();
            paged.extend(page["edges"].as_array().unwrap().clone());
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(&paged[..edges.len()], edges.as_slice());
        let some = app.data(r#"{ search(text: "hair", types: [CONDITION], first: 100) { totalCount nodes { __typename } } }"#).await;
        let nodes = some["search"]["nodes"].as_array().unwrap();
        assert!(!nodes.is_empty() && nodes.iter().all(|node| node["__typename"] == "Condition"));
        let none = app.query(r#"{ search(text: "hair", types: []) { totalCount } }"#).await;
        assert_eq!(none["errors"][0]["extensions"]["code"], "BAD_ARGUMENT");
    }
}

on_both_databases! {
    async fn a_former_slug_finds_the_renamed_record_as_a_whole(app: &TestApp) {
        let mut files = dermagraph::library::starter();
        files.retain(|file| file.name.ends_with("/pigment-laser.yaml"));
        files[0].text = files[0].text.replacen("slug: pigment-laser\n", "slug: pigment-laser\nformerly: [pico-beam-77]\n", 1);
        publish(app, &files).await;
        let former = json!([{"field": "FORMERLY", "term": "pico-beam-77", "how": "FORMER_SLUG"}]);
        let by_slug = found(app, "procedures", " pico-beam-77 ").await;
        assert_eq!((found_slugs(&by_slug), &by_slug["edges"][0]["matchedOn"][0]), (vec!["pigment-laser"], &former[0]));
        for part in ["beam", "beam-77", "pico beam 77", "pico-beam", "Pico-Beam-77"] {
            let how = found(app, "procedures", part).await["edges"][0]["matchedOn"][0]["how"].clone();
            assert_ne!(how, "FORMER_SLUG", "{part}");
        }
        // The former slugs of the outcomes are derived.
        let outcomes = app.data(r#"{ treatmentOutcomes(where: {procedure: {slug: {eq: "pigment-laser"}}}) { nodes { slug formerly } } }"#).await;
        let outcome = &outcomes["treatmentOutcomes"]["nodes"][0];
        let list = found(app, "treatmentOutcomes", outcome["formerly"][0].as_str().unwrap()).await;
        assert_eq!(found_slugs(&list)[0], outcome["slug"]);
        let conditions = found(app, "conditions", "pico-beam-77").await;
        assert!(conditions["edges"].as_array().unwrap().iter().all(|edge| edge["matchedOn"][0]["how"] != "FORMER_SLUG"));
    }
}

on_both_databases! {
    async fn slugs_and_dois_find_their_record_as_a_whole(app: &TestApp) {
        let mut files = dermagraph::library::starter();
        files.retain(|file| file.name.ends_with("/pigment-laser.yaml"));
        let renamed = files[0].text.replace("slug: pigment-laser", "slug: zz-beam-77");
        files[0].text = renamed.replacen("slug: zz-beam-77\n", "slug: zz-beam-77\nformerly: [pigment-laser]\n", 1);
        publish(app, &files).await;
        for (slug, how) in [("zz-beam-77", "IDENTIFIER"), ("pigment-laser", "FORMER_SLUG")] {
            let list = found(app, "procedures", slug).await;
            assert_eq!(found_slugs(&list)[0], "zz-beam-77", "{slug}");
            assert!(list["edges"][0]["matchedOn"].as_array().unwrap().iter().any(|one| one["how"] == how || slug != "zz-beam-77"), "{list}");
        }
        assert!(found_slugs(&found(app, "procedures", "zz-beam").await).iter().all(|slug| *slug != "zz-beam-77"));
        let cited = app.data("{ sources(where: {doi: {isNull: false}}, first: 3) { nodes { slug doi } } }").await;
        for source in cited["sources"]["nodes"].as_array().unwrap() {
            let doi = source["doi"].as_str().unwrap();
            for text in [doi.to_owned(), doi.to_uppercase(), format!("https://doi.org/{doi}")] {
                let list = found(app, "sources", &text).await;
                assert_eq!(found_slugs(&list)[0], source["slug"].as_str().unwrap(), "{text}");
                assert_eq!(list["edges"][0]["matchedOn"][0]["field"], "DOI", "{text}");
            }
        }
    }
}

on_both_databases! {
    async fn a_part_of_a_code_is_no_code(app: &TestApp) {
        let codes = app.data("{ conditions(first: 100, where: {codes: {some: {code: {contains: \".5\"}}}}) { nodes { slug codes { code } } } }").await;
        assert!(!codes["conditions"]["nodes"].as_array().unwrap().is_empty());
        let list = found(app, "conditions", "5-FU").await;
        let matches = list["edges"].as_array().unwrap().iter().flat_map(|edge| edge["matchedOn"].as_array().unwrap());
        assert!(matches.into_iter().all(|one| one["term"] != "5" || one["how"] != "CODE"), "{list}");
        for code in codes["conditions"]["nodes"].as_array().unwrap() {
            let text = code["codes"].as_array().unwrap().iter().find_map(|one| one["code"].as_str().filter(|code| code.contains(".5"))).unwrap();
            assert!(found_slugs(&found(app, "conditions", text).await).contains(&code["slug"].as_str().unwrap()), "{text}");
        }
    }
}

on_both_databases! {
    async fn the_schema_lists_what_is_searched(app: &TestApp) {
        let data = app.data(r#"{ __type(name: "SearchField") { enumValues { name } } }"#).await;
        let values = data["__type"]["enumValues"].as_array().unwrap();
        let names: Vec<&str> = values.iter().map(|value| value["name"].as_str().unwrap()).collect();
        assert!(["NAME", "ALIASES", "CODES", "FORMERLY"].iter().all(|name| names.contains(name)), "{names:?}");
        for name in ["ATTRIBUTION", "NOTICE", "SOURCES", "NOTE"] {
            assert!(!names.contains(&name), "{name}");
        }
    }
}

#[actix_web::test]
async fn both_databases_give_the_same_order_and_scores() {
    let (sqlite, Some(postgres)) = (TestApp::sqlite().await, TestApp::postgres().await) else { return };
    for (list, expected) in [("procedures", PROCEDURES), ("conditions", CONDITIONS), ("treatmentOutcomes", CONDITIONS)] {
        for (text, _) in expected {
            assert_eq!(found(&sqlite, list, text).await, found(&postgres, list, text).await, "{list} {text}");
        }
    }
    let query = "query($text: String!) { search(text: $text, first: 100) { totalCount expansions { words meaning } edges { cursor score \
         matchedOn { field term how } highlight { field text spans { start length } } node { id } } } }";
    for text in HOSTILE.iter().copied().chain(CONDITIONS.iter().map(|(text, _)| *text)) {
        let variables = json!({"text": text});
        assert_eq!(
            sqlite.query_with(query, variables.clone()).await,
            postgres.query_with(query, variables).await,
            "{text:?}"
        );
    }
}
