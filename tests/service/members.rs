//! Filters and orders by what is inside a record: lists of texts and of enumeration values, and value objects.

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases, slugs};

/// Returns the slugs of the procedures that match a filter.
async fn matching(app: &TestApp, filter: &str) -> Vec<String> {
    let query = format!("{{ procedures(first: 100, where: {filter}) {{ nodes {{ slug }} totalCount }} }}");
    let page = app.data(&query).await["procedures"].take();
    let found: Vec<String> = slugs(&page).into_iter().map(str::to_owned).collect();
    assert_eq!(page["totalCount"], found.len(), "{filter}");
    found
}

/// Returns the slugs of the procedures for which `holds` is true.
async fn expected(app: &TestApp, selection: &str, holds: impl Fn(&Json) -> bool) -> Vec<String> {
    let data = app.data(&format!("{{ procedures(first: 100) {{ nodes {{ slug {selection} }} }} }}")).await;
    let nodes = data["procedures"]["nodes"].as_array().unwrap();
    nodes.iter().filter(|node| holds(node)).map(|node| node["slug"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn a_list_of_texts_is_filtered_by_its_entries(app: &TestApp) {
        let lists = app.data("{ procedures(first: 100) { nodes { slug aliases } } }").await;
        let nodes = lists["procedures"]["nodes"].as_array().unwrap();
        let alias = |at: usize| nodes.iter().filter_map(|node| node["aliases"][0].as_str()).nth(at).unwrap().to_owned();
        let (one, other) = (alias(0), alias(1));
        let has = async |texts: &[&str], filter: Json, all: bool| {
            let filter = format!("{{aliases: {}}}", filter.to_string().replacen('"', "", 2));
            let found = matching(app, &filter).await;
            let wanted = expected(app, "aliases", |node| {
                let has = |text: &&str| node["aliases"].as_array().unwrap().iter().any(|alias| alias == text);
                if all { texts.iter().all(has) } else { texts.iter().any(has) }
            });
            assert_eq!(found, wanted.await, "{filter}");
            found.len()
        };
        assert!(has(&[&one], json!({"has": one}), true).await > 0);
        assert!(has(&[&one, &other], json!({"hasAny": [one, other]}), false).await > 1);
        assert!(has(&[&one], json!({"hasAll": [one]}), true).await > 0);
        assert_eq!(has(&[&one, &other], json!({"hasAll": [one, other]}), true).await, 0);
        assert_eq!(has(&[], json!({"hasAny": []}), false).await, 0);
        assert_eq!(has(&[], json!({"hasAll": []}), true).await, nodes.len());
        assert_eq!(matching(app, &format!("{{aliases: {{has: {}}}}}", json!(one.to_uppercase()))).await, [""; 0], "case counts");
        let part = json!(one[..one.len() - 1].to_uppercase());
        let wanted = expected(app, "aliases", |node| {
            let part = one[..one.len() - 1].to_lowercase();
            node["aliases"].as_array().unwrap().iter().any(|alias| alias.as_str().unwrap().to_lowercase().contains(&part))
        });
        assert_eq!(matching(app, &format!("{{aliases: {{contains: {part}}}}}")).await, wanted.await);
    }
}

on_both_databases! {
    async fn a_list_of_enumeration_values_is_filtered_by_them(app: &TestApp) {
        for (filter, holds) in [
            ("{has: MEDICAL}", (|purpose| purpose.contains(&json!("MEDICAL"))) as fn(&Vec<Json>) -> bool),
            ("{hasAny: [MEDICAL, COSMETIC]}", |purpose| !purpose.is_empty()),
            ("{hasAll: [MEDICAL, COSMETIC]}", |purpose| purpose.len() == 2),
        ] {
            let wanted = expected(app, "purpose", |node| holds(node["purpose"].as_array().unwrap())).await;
            assert!(!wanted.is_empty(), "{filter}");
            assert_eq!(matching(app, &format!("{{purpose: {filter}}}")).await, wanted, "{filter}");
            let others = expected(app, "purpose", |node| !holds(node["purpose"].as_array().unwrap())).await;
            assert_eq!(matching(app, &format!("{{not: {{purpose: {filter}}}}}")).await, others, "{filter}");
        }
        let error = app.query(r#"{ procedures(where: {purpose: {contains: "x"}}) { totalCount } }"#).await["errors"][0].take();
        assert_eq!(error["extensions"]["code"], "VALIDATION");
    }
}

on_both_databases! {
    async fn a_text_is_found_whatever_its_case(app: &TestApp) {
        assert_eq!(matching(app, r#"{name: {eqIgnoreCase: "MICRONEEDLING"}}"#).await, ["microneedling"]);
        assert_eq!(matching(app, r#"{name: {eqIgnoreCase: "microneed"}}"#).await, [""; 0]);
        assert_eq!(matching(app, r#"{name: {eq: "MICRONEEDLING"}}"#).await, [""; 0]);
    }
}

on_both_databases! {
    async fn a_value_object_is_filtered_by_its_members(app: &TestApp) {
        let quick = expected(app, "recovery { speed }", |node| node["recovery"]["speed"] == "QUICK").await;
        assert!(!quick.is_empty());
        assert_eq!(matching(app, "{recovery: {speed: {eq: QUICK}}}").await, quick);
        let none = expected(app, "recovery { speed }", |node| node["recovery"].is_null()).await;
        assert_eq!(matching(app, "{recovery: {isNull: true}}").await, none);
        let other = expected(app, "recovery { speed }", |node| !node["recovery"].is_null() && node["recovery"]["speed"] != "QUICK");
        assert_eq!(matching(app, "{recovery: {not: {speed: {eq: QUICK}}}}").await, other.await);
        let not = expected(app, "recovery { speed }", |node| node["recovery"]["speed"] != "QUICK").await;
        assert_eq!(matching(app, "{not: {recovery: {speed: {eq: QUICK}}}}").await, not);
    }
}

on_both_databases! {
    async fn durations_are_compared_in_days_whatever_their_unit(app: &TestApp) {
        let data = app.data("{ procedures(first: 100) { nodes { visitDuration { min max unit minDays maxDays } recovery { downtime { min max unit minDays maxDays } } } } }").await;
        let mut units = 0;
        for node in data["procedures"]["nodes"].as_array().unwrap() {
            let downtime = node["recovery"]["downtime"].as_array().into_iter().flatten();
            for duration in downtime.chain([&node["visitDuration"]]).filter(|duration| !duration.is_null()) {
                for (bound, days) in [("min", "minDays"), ("max", "maxDays")] {
                    let minutes = match duration["unit"].as_str() {
                        Some("MINUTE") => 1.0, Some("HOUR") => 60.0, Some("DAY") => 1440.0, Some("WEEK") => 10080.0, Some("MONTH") => 43830.0,
                        _ => f64::NAN,
                    };
                    let wanted = duration[bound].as_f64().map(|bound| bound * minutes / 1440.0).filter(|days| days.is_finite());
                    assert_eq!(duration[days].as_f64(), wanted, "{duration}");
                    units += usize::from(wanted.is_some());
                }
            }
        }
        assert!(units > 10, "{units}");
        for (quantifier, limit) in [("some", 7.0), ("some", 14.0), ("every", 14.0), ("none", 14.0)] {
            let wanted = expected(app, "recovery { downtime { maxDays } }", |node| {
                let mut entries = node["recovery"]["downtime"].as_array().into_iter().flatten();
                let short = |entry: &Json| entry["maxDays"].as_f64().is_some_and(|days| days <= limit);
                !node["recovery"].is_null() && match quantifier {
                    "some" => entries.any(short),
                    "every" => entries.all(short),
                    _ => !entries.any(short),
                }
            });
            let filter = format!("{{recovery: {{downtime: {{{quantifier}: {{maxDays: {{lte: {limit}}}}}}}}}}}");
            assert_eq!(matching(app, &filter).await, wanted.await, "{filter}");
        }
        assert!(!matching(app, "{recovery: {downtime: {some: {maxDays: {lte: 14}}}}}").await.is_empty());
    }
}

/// Reports whether an entry of a list matches.
type Holds = fn(&Json) -> bool;

on_both_databases! {
    async fn a_list_of_value_objects_is_filtered_by_its_entries(app: &TestApp) {
        for (path, selection, filter, holds) in [
            ("/anaesthesia", "anaesthesia { type use }", "{type: {eq: TOPICAL}, use: {eq: TYPICAL}}",
                (|one| one["type"] == "TOPICAL" && one["use"] == "TYPICAL") as Holds),
            ("/anaesthesia", "anaesthesia { timing }", "{timing: {isNull: false}}", |one| !one["timing"].is_null()),
            ("/costs", "costs { min currency country }", "{currency: {eq: \"GBP\"}, country: {eq: \"GB\"}, min: {lte: 100}}",
                |one| one["currency"] == "GBP" && one["country"] == "GB" && one["min"].as_f64().is_some_and(|min| min <= 100.0)),
            ("/costs", "costs { max year per }", "{max: {gt: 90}, per: {isNull: false}, year: {isNull: true}}",
                |one| one["max"].as_f64().is_some_and(|max| max > 90.0) && !one["per"].is_null() && one["year"].is_null()),
            ("/practitioners", "practitioners { country }", "{country: {in: [\"GB\", \"IE\"]}}",
                |one| one["country"] == "GB" || one["country"] == "IE"),
            ("/regulatory", "regulatory { country authority minimumAge }", "{country: {eq: \"US\"}, authority: {eq: \"FDA\"}, minimumAge: {gte: 18}}",
                |one| one["country"] == "US" && one["authority"] == "FDA" && one["minimumAge"].as_i64().is_some_and(|age| age >= 18)),
            ("/variants", "variants { name depth }", "{name: {contains: \"PEEL\"}, depth: {lt: RETICULAR_DERMIS}}",
                |one| one["name"].as_str().unwrap().to_lowercase().contains("peel") && (one["depth"] == "EPIDERMIS" || one["depth"] == "PAPILLARY_DERMIS")),
            ("/variants", "variants { sessions { pattern } recovery { backToNormal { maxDays } } }",
                "{sessions: {pattern: {eq: MAINTENANCE}}, recovery: {backToNormal: {maxDays: {lte: 42}}}}",
                |one| one["sessions"]["pattern"] == "MAINTENANCE" && one["recovery"]["backToNormal"]["maxDays"].as_f64().is_some_and(|days| days <= 42.0)),
            ("/recovery/effects", "recovery { effects { effect frequency severity } }", "{effect: {eq: SWELLING}, frequency: {gte: MOST}, severity: {isNull: false}}",
                |one| one["effect"] == "SWELLING" && (one["frequency"] == "MOST" || one["frequency"] == "EXPECTED") && !one["severity"].is_null()),
            ("/recovery/effects", "recovery { effects { duration { text } } }", "{duration: {isNull: false}}", |one| !one["duration"].is_null()),
        ] {
            for quantifier in ["some", "none", "every"] {
                let wanted = expected(app, selection, |node| {
                    let Some(Json::Array(entries)) = node.pointer(path) else { return false };
                    match quantifier {
                        "some" => entries.iter().any(holds),
                        "none" => !entries.iter().any(holds),
                        _ => entries.iter().all(holds),
                    }
                });
                let filter = path[1..].rsplit('/').fold(format!("{{{quantifier}: {filter}}}"), |inner, name| format!("{{{name}: {inner}}}"));
                let (found, wanted) = (matching(app, &filter).await, wanted.await);
                assert_eq!(found, wanted, "{filter}");
                assert!(!found.is_empty(), "{filter}");
            }
        }
    }
}

on_both_databases! {
    async fn a_list_is_ordered_by_members_of_value_objects_and_pages_follow(app: &TestApp) {
        for (order, selection, pointer) in [
            ("{recovery: {speed: DESC}}", "recovery { speed }", "/recovery/speed"),
            ("{visitDuration: {maxDays: ASC}}", "visitDuration { maxDays }", "/visitDuration/maxDays"),
            ("{sessions: {count: {min: DESC_NULLS_FIRST}}}", "sessions { count { min } }", "/sessions/count/min"),
        ] {
            let list = |arguments: &str| format!(
                "{{ procedures({arguments}, orderBy: [{order}]) {{ nodes {{ slug {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}"
            );
            let all = app.data(&list("first: 100")).await["procedures"]["nodes"].take();
            let all = all.as_array().unwrap();
            let keys: Vec<Option<i64>> = all.iter().map(|node| match node.pointer(pointer) {
                Some(Json::String(speed)) => ["QUICK", "MODERATE", "LONG", "VARIES"].iter().position(|value| value == speed).and_then(|at| i64::try_from(at).ok()),
                #[expect(clippy::cast_possible_truncation, reason = "minutes are whole and small")]
                Some(Json::Number(number)) => Some((number.as_f64().unwrap() * 1440.0) as i64),
                _ => None,
            }).collect();
            let mut sorted = keys.clone();
            match order {
                order if order.contains("DESC_NULLS_FIRST") => sorted.sort_by_key(|key| key.map_or((0, 0), |key| (1, -key))),
                order if order.contains("DESC") => sorted.sort_by_key(|key| key.map_or((1, 0), |key| (0, -key))),
                _ => sorted.sort_by_key(|key| key.map_or((1, 0), |key| (0, key))),
            }
            assert_eq!(keys, sorted, "{order}");
            assert!(keys.iter().flatten().count() > 1 && keys.contains(&None), "{order}: {keys:?}");
            let (mut found, mut cursor) = (Vec::new(), "null".to_owned());
            loop {
                let mut page = app.data(&list(&format!("first: 4, after: {cursor}"))).await["procedures"].take();
                found.extend(page["nodes"].take().as_array().unwrap().clone());
                cursor = page["pageInfo"]["endCursor"].to_string();
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
            }
            assert_eq!(&found, all, "{order}");
        }
    }
}

on_both_databases! {
    async fn outcomes_are_filtered_by_members_of_their_procedures(app: &TestApp) {
        let query = |filter: &str| format!("{{ treatmentOutcomes(first: 100, where: {{procedure: {filter}}}) {{ totalCount nodes {{ procedure {{ recovery {{ speed }} }} }} }} }}");
        let data = app.data(&query("{recovery: {speed: {in: [QUICK, MODERATE]}}}")).await;
        let nodes = data["treatmentOutcomes"]["nodes"].as_array().unwrap();
        assert!(!nodes.is_empty());
        assert!(nodes.iter().all(|node| node["procedure"]["recovery"]["speed"] == "QUICK" || node["procedure"]["recovery"]["speed"] == "MODERATE"));
    }
}

on_both_databases! {
    async fn a_list_of_parts_is_filtered_and_cut(app: &TestApp) {
        let lists = "contraindications { name strength condition { slug } }
            absolute: contraindications(where: {strength: {eq: ABSOLUTE}}) { name strength condition { slug } }
            about: contraindications(where: {condition: {slug: {eq: \"keloids\"}}}) { name strength condition { slug } }
            two: contraindications(first: 2, where: {not: {strength: {eq: ABSOLUTE}}}) { name strength condition { slug } }
            none: contraindications(first: 0) { name }";
        let data = app.data(&format!("{{ procedures(first: 100) {{ nodes {{ slug {lists} }} }} }}")).await;
        let mut lengths = [0; 3];
        for procedure in data["procedures"]["nodes"].as_array().unwrap() {
            let all = procedure["contraindications"].as_array().unwrap();
            let only = |holds: &dyn Fn(&Json) -> bool| -> Vec<Json> { all.iter().filter(|one| holds(one)).cloned().collect() };
            let absolute = only(&|one| one["strength"] == "ABSOLUTE");
            let about = only(&|one| one["condition"]["slug"] == "keloids");
            let mut two = only(&|one| one["strength"] != "ABSOLUTE");
            two.truncate(2);
            for (length, list) in lengths.iter_mut().zip([&absolute, &about, &two]) {
                *length += list.len();
            }
            let found = ["absolute", "about", "two", "none"].map(|name| procedure[name].clone());
            assert_eq!(found, [json!(absolute), json!(about), json!(two), json!([])], "{}", procedure["slug"]);
        }
        assert!(lengths.iter().all(|length| *length > 0), "{lengths:?}");
        let refused = app.query("{ procedures { nodes { contraindications(first: 101) { name } } } }").await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_PAGE", "{refused}");
        let cost = async |list: &str| {
            let query = format!("{{ procedures(first: 100) {{ nodes {{ {list} {{ name }} }} }} }}");
            let body = json!({"query": query, "extensions": {"cost": true}});
            let response: Json = app.client().post(format!("{}/graphql", app.address)).json(&body).send().await.unwrap().json().await.unwrap();
            ["requested", "actual"].map(|cost| response["extensions"]["cost"][cost].as_u64().unwrap())
        };
        let (plain, one) = (cost("contraindications").await, cost("contraindications(first: 1)").await);
        assert_eq!(one[0], plain[0], "all entries are read");
        assert!(one[1] < plain[1]);
        let filtered = cost("contraindications(where: {name: {contains: \"a\"}})").await;
        assert!(filtered[0] > plain[0] && filtered[1] > 21 * data["procedures"]["nodes"].as_array().unwrap().len() as u64);
    }
}
