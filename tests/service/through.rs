//! Relations through records: the procedures of a condition and the conditions of a procedure, by their outcomes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases, slugs};

/// The grades and the certainties in ascending order.
const GRADES: [&str; 6] = ["NOT_GRADED", "NO_BENEFIT", "VARIABLE", "MODEST", "HELPS", "EFFECTIVE"];
const CERTAINTIES: [&str; 5] = ["NOT_ASSESSED", "VERY_LOW", "LOW", "MODERATE", "HIGH"];

/// The key by which a list is sorted. A weaker relation has a greater key.
type SortKey = (usize, usize, i64, usize);

fn rank(values: &[&str], value: &Json) -> usize {
    values.iter().position(|known| value == known).unwrap()
}

/// Returns the key of the outcomes that relate two records.
fn sort_key(outcomes: &[Json]) -> SortKey {
    let grade = outcomes.iter().map(|outcome| rank(&GRADES, &outcome["grade"])).max().unwrap();
    let certainty = outcomes.iter().map(|outcome| rank(&CERTAINTIES, &outcome["certainty"])).max().unwrap();
    let level = outcomes.iter().filter_map(|outcome| outcome["evidenceLevel"].as_i64()).min().unwrap_or(i64::MAX);
    (GRADES.len() - grade, CERTAINTIES.len() - certainty, level, usize::MAX - outcomes.len())
}

/// Compares the lists of all records with their outcomes. Returns how many pairs of records have several outcomes.
async fn compare(app: &TestApp, list: &str, relation: &str, switches: &str, path: &str) -> usize {
    let fields = format!(
        "slug outcomes(first: 100{switches}) {{ nodes {{ grade certainty evidenceLevel {path} }} }}
         {relation}(first: 100{switches}) {{ totalCount edges {{ node {{ slug }} outcomes {{ count max {{ grade certainty }} \
         min {{ evidenceLevel }} }} }} }}"
    );
    let mut several = 0;
    for record in app.every(list, &fields).await {
        let mut by_slug: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        for outcome in record["outcomes"]["nodes"].as_array().unwrap() {
            let related = outcome["related"]["slug"].as_str().map_or_else(|| slugs(&outcome["related"]), |slug| vec![slug]);
            for slug in related {
                by_slug.entry(slug.to_owned()).or_default().push(outcome.clone());
            }
        }
        several += by_slug.values().filter(|outcomes| outcomes.len() > 1).count();
        let found = &record[relation];
        assert_eq!(found["totalCount"], by_slug.len(), "{record}");
        let mut before = SortKey::default();
        for edge in found["edges"].as_array().unwrap() {
            let slug = edge["node"]["slug"].as_str().unwrap();
            let outcomes = by_slug.remove(slug).unwrap_or_else(|| panic!("{slug} is twice in {record}"));
            let of_edge = sort_key(&outcomes);
            assert!(before <= of_edge, "{slug} follows a weaker relation in {record}");
            let expected = json!({
                "count": outcomes.len(),
                "max": {
                    "grade": GRADES[GRADES.len() - of_edge.0],
                    "certainty": CERTAINTIES[CERTAINTIES.len() - of_edge.1],
                },
                "min": {"evidenceLevel": Some(of_edge.2).filter(|level| *level < i64::MAX)},
            });
            assert_eq!(edge["outcomes"], expected, "{slug} in {}", record["slug"]);
            before = of_edge;
        }
    }
    several
}

on_both_databases! {
    async fn related_records_are_listed_once_and_the_strongest_relations_first(app: &TestApp) {
        let several = compare(app, "conditions", "procedures", ", includeDescendants: true", "related: procedure { slug }").await;
        assert!(several > 0, "no record is related by several outcomes to another one");
        compare(app, "procedures", "conditions", "", "related: conditions(first: 100) { nodes { slug } }").await;
    }
}

on_both_databases! {
    async fn a_list_through_outcomes_has_filters_search_facets_pages_and_groups(app: &TestApp) {
        let data = app.data(r#"{
            condition(by: {slug: "acne-scars"}) {
                all: procedures(first: 100) { totalCount nodes { slug category } aggregate { count } facets { category { value count } } }
                page: procedures(first: 2) { nodes { slug } pageInfo { hasNextPage endCursor } }
                lasers: procedures(where: {category: {eq: LASER}}) { totalCount nodes { category } }
                found: procedures(first: 1, search: {text: "microneedling"}) { edges { score node { slug } outcomes { count } } }
                named: procedures(first: 100, orderBy: [{name: ASC}]) { nodes { name } }
            }
            filtered: procedures(first: 100, where: {conditions: {some: {slug: {eq: "acne-scars"}}}}) { nodes { slug } }
            without: procedures(where: {conditions: {none: {slug: {eq: "acne-scars"}}}}) { totalCount }
            counted: conditions(first: 1, orderBy: [{procedures: {count: DESC}}], where: {procedures: {count: {gte: 1}}}) {
                nodes { procedures { totalCount } }
            }
            procedures { totalCount facets { conditions(first: 100) { value count } } }
        }"#).await;
        let condition = &data["condition"];
        let all = slugs(&condition["all"]);
        assert!(all.len() > 2, "{all:?}");
        assert_eq!(condition["all"]["totalCount"], all.len());
        assert_eq!(condition["all"]["aggregate"]["count"], all.len());
        assert_eq!(slugs(&condition["page"]), all[..2]);
        assert_eq!(condition["page"]["pageInfo"]["hasNextPage"], true);
        let lasers = condition["lasers"]["totalCount"].as_u64();
        let facet = condition["all"]["facets"]["category"].as_array().unwrap();
        assert_eq!(facet.iter().find(|value| value["value"] == "LASER").map(|value| value["count"].as_u64()), Some(lasers));
        assert_eq!(condition["found"]["edges"][0]["node"]["slug"], "microneedling");
        assert!(condition["found"]["edges"][0]["score"].as_i64() > Some(0) && condition["found"]["edges"][0]["outcomes"]["count"] != 0);
        let names: Vec<&str> =
            condition["named"]["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect();
        assert!(names.is_sorted() && names.len() == all.len(), "{names:?}");
        let both = |slugs: Vec<&str>| slugs.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(both(slugs(&data["filtered"])), both(all.clone()));
        assert_eq!(data["without"]["totalCount"].as_u64(), data["procedures"]["totalCount"].as_u64().map(|count| count - all.len() as u64));
        let facet = data["procedures"]["facets"]["conditions"].as_array().unwrap();
        assert_eq!(facet.iter().find(|value| value["value"] == "acne-scars").map(|value| &value["count"]), Some(&json!(all.len())));
        assert_eq!(facet[0]["count"], data["counted"]["nodes"][0]["procedures"]["totalCount"]);

        let cursor = condition["page"]["pageInfo"]["endCursor"].as_str().unwrap();
        let next = format!("{{ condition(by: {{slug: \"acne-scars\"}}) {{ procedures(first: 100, after: \"{cursor}\") {{ nodes {{ slug }} }} }} }}");
        assert_eq!(slugs(&app.data(&next).await["condition"]["procedures"]), all[2..]);
    }
}
