//! The hierarchy of conditions: ancestors, descendants, and which outcomes a condition includes.

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases, slugs};

const SELECTION: &str = "id slug parent { slug } children(first: 100) { nodes { slug } } ancestors(first: 100) { nodes { slug } } descendants(first: 100) { nodes { slug } }";

fn find<'a>(all: &'a [Json], slug: &str) -> &'a Json {
    all.iter().find(|one| one["slug"] == slug).unwrap_or_else(|| panic!("{slug} is not there"))
}

on_both_databases! {
    async fn a_condition_has_its_ancestors_and_descendants(app: &TestApp) {
        let query = r#"{
            condition(by: {slug: "upper-facial-lines"}) { parent { slug } ancestors { nodes { slug } } children { totalCount } descendants { totalCount } }
            top: condition(by: {slug: "fine-lines-and-wrinkles"}) {
                parent { slug } ancestors { totalCount } children { nodes { slug } }
                descendants(orderBy: [{slug: ASC}]) { totalCount nodes { slug } }
            }
        }"#;
        assert_eq!(app.data(query).await, json!({
            "condition": {
                "parent": {"slug": "wrinkles"},
                "ancestors": {"nodes": [{"slug": "wrinkles"}, {"slug": "fine-lines-and-wrinkles"}]},
                "children": {"totalCount": 0},
                "descendants": {"totalCount": 0},
            },
            "top": {
                "parent": null,
                "ancestors": {"totalCount": 0},
                "children": {"nodes": [{"slug": "fine-lines"}, {"slug": "wrinkles"}]},
                "descendants": {"totalCount": 4, "nodes": [
                    {"slug": "fine-lines"}, {"slug": "nasolabial-folds"}, {"slug": "upper-facial-lines"}, {"slug": "wrinkles"},
                ]},
            },
        }));
    }
}

on_both_databases! {
    async fn parents_children_ancestors_and_descendants_agree_everywhere(app: &TestApp) {
        let all = app.every("conditions", SELECTION).await;
        let mut links = 0;
        for one in &all {
            let slug = one["slug"].as_str().unwrap();
            let mut above = Vec::new();
            let mut at = one;
            while let Some(parent) = at["parent"]["slug"].as_str() {
                above.push(parent);
                at = find(&all, parent);
            }
            assert_eq!(slugs(&one["ancestors"]), above, "{slug}");
            let children: Vec<&str> = all.iter().filter(|other| other["parent"]["slug"] == slug).map(|other| other["slug"].as_str().unwrap()).collect();
            assert_eq!(slugs(&one["children"]), children, "{slug}");
            let mut below: Vec<&Json> = all.iter().filter(|other| slugs(&other["ancestors"]).contains(&slug)).collect();
            // In the order of the library.
            below.sort_by_key(|other| other["id"].as_str().unwrap().trim_start_matches("Condition:").parse::<i64>().unwrap());
            let below: Vec<&str> = below.iter().map(|other| other["slug"].as_str().unwrap()).collect();
            assert_eq!(slugs(&one["descendants"]), below, "{slug}");
            links += above.len() + children.len() + below.len();
        }
        assert!(links > 30, "{links}");
    }
}

on_both_databases! {
    async fn a_broader_outcome_is_found_from_the_conditions_that_it_also_covers(app: &TestApp) {
        let query = r#"{
            outcome: treatmentOutcome(by: {slug: "microneedling--hyperpigmentation"}) {
                alsoCovers { nodes { slug } }
                conditions { nodes { slug } }
                own: conditions(includeAlsoCovered: false, includeStudied: false) { nodes { slug } }
            }
            melasma: condition(by: {slug: "melasma"}) {
                outcomes { totalCount nodes { slug } }
                own: outcomes(includeAlsoCovered: false, includeStudied: false) { totalCount nodes { slug } }
            }
            sunspots: condition(by: {slug: "sunspots"}) { outcomes(where: {procedure: {slug: {eq: "microneedling"}}}) { nodes { slug } } }
        }"#;
        let named = |slugs: &[&str]| slugs.iter().map(|slug| json!({"slug": slug})).collect::<Json>();
        let own = named(&["chemical-peel--melasma", "non-ablative-fractional-laser--melasma", "pigment-laser--melasma"]);
        let all = named(&["chemical-peel--melasma", "microneedling--hyperpigmentation", "non-ablative-fractional-laser--melasma", "pigment-laser--melasma"]);
        assert_eq!(app.data(query).await, json!({
            "outcome": {
                "alsoCovers": {"nodes": [{"slug": "sunspots"}, {"slug": "melasma"}]},
                "conditions": {"nodes": [{"slug": "hyperpigmentation"}, {"slug": "sunspots"}, {"slug": "melasma"}]},
                "own": {"nodes": [{"slug": "hyperpigmentation"}]},
            },
            "melasma": {"outcomes": {"totalCount": 4, "nodes": all}, "own": {"totalCount": 3, "nodes": own}},
            "sunspots": {"outcomes": {"nodes": [{"slug": "microneedling--hyperpigmentation"}]}},
        }));
    }
}

/// Reports whether an outcome counts for a condition, computed from the relations of the conditions.
fn counts(conditions: &[Json], outcome: &Json, slug: &str, [descendants, covered, studied]: [bool; 3]) -> bool {
    let mut own = vec![outcome["condition"]["slug"].as_str().unwrap()];
    if covered {
        own.extend(slugs(&outcome["alsoCovers"]));
    }
    if studied {
        let evidence = outcome["evidence"]["nodes"].as_array().unwrap();
        own.extend(
            evidence.iter().filter(|item| item["indirect"] == false).filter_map(|item| item["condition"]["slug"].as_str()),
        );
    }
    own.into_iter().any(|own| own == slug || (descendants && slugs(&find(conditions, own)["ancestors"]).contains(&slug)))
}

const NAMED: &str = "slug condition { slug } alsoCovers(first: 100) { nodes { slug } } evidence(first: 100) { nodes { indirect condition { slug } } }";

on_both_databases! {
    async fn the_three_switches_choose_outcomes_from_either_end(app: &TestApp) {
        let conditions = app.every("conditions", SELECTION).await;
        let outcomes = app.every("treatmentOutcomes", NAMED).await;
        let mut sizes = Vec::new();
        for with in (0..8).map(|bits| [bits & 4 > 0, bits & 2 > 0, bits & 1 > 0]) {
            let [descendants, covered, studied] = with;
            let down = format!("slug outcomes(includeDescendants: {descendants}, includeAlsoCovered: {covered}, includeStudied: {studied}, first: 100) {{ totalCount nodes {{ slug }} }}");
            let mut size = 0;
            for one in app.every("conditions", &down).await {
                let slug = one["slug"].as_str().unwrap();
                let mut expected: Vec<&str> = outcomes
                    .iter()
                    .filter(|outcome| counts(&conditions, outcome, slug, with))
                    .map(|outcome| outcome["slug"].as_str().unwrap())
                    .collect();
                expected.sort_unstable();
                let mut found = slugs(&one["outcomes"]);
                found.sort_unstable();
                assert_eq!(found, expected, "{slug} {with:?}");
                assert_eq!(one["outcomes"]["totalCount"], expected.len());
                size += expected.len();
            }
            let up = format!("{NAMED} conditions(includeAncestors: {descendants}, includeAlsoCovered: {covered}, includeStudied: {studied}, first: 100) {{ nodes {{ slug }} }}");
            let mut back = 0;
            for outcome in app.every("treatmentOutcomes", &up).await {
                let found = slugs(&outcome["conditions"]);
                assert!(found.iter().all(|slug| counts(&conditions, &outcome, slug, with)), "{outcome}");
                back += found.len();
            }
            assert_eq!(back, size);
            sizes.push(size);
        }
        assert_eq!(sizes[0], outcomes.len());
        assert!(sizes[1] > sizes[0] && sizes[2] > sizes[0] && sizes[4] > sizes[0] && sizes[7] > sizes[4], "{sizes:?}");
    }
}

on_both_databases! {
    async fn an_outcome_is_found_under_the_condition_that_its_evidence_studied(app: &TestApp) {
        let query = r#"{
            condition(by: {slug: "androgenetic-alopecia"}) {
                outcomes(where: {procedure: {slug: {eq: "microneedling"}}}) { nodes { slug condition { slug } evidenceLevels { condition { slug } role level } } }
                claimed: outcomes(includeStudied: false, where: {procedure: {slug: {eq: "microneedling"}}}) { totalCount }
            }
            sunspots: treatmentOutcome(by: {slug: "microneedling--hyperpigmentation"}) { evidenceLevels { condition { slug } role level } }
        }"#;
        let data = app.data(query).await;
        let found = &data["condition"]["outcomes"]["nodes"];
        assert_eq!(found[0]["slug"], "microneedling--alopecia");
        assert_eq!(found[0]["condition"]["slug"], "alopecia");
        assert!(found[0]["evidenceLevels"].as_array().unwrap().contains(&json!({"condition": {"slug": "androgenetic-alopecia"}, "role": "STUDIED", "level": 1})));
        assert_eq!(data["condition"]["claimed"]["totalCount"], 0);
        let levels = data["sunspots"]["evidenceLevels"].as_array().unwrap();
        assert!(levels.contains(&json!({"condition": {"slug": "sunspots"}, "role": "ALSO_COVERED", "level": null})), "{levels:?}");
    }
}
