use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

fn list(name: &str) -> &'static List {
    LISTS.into_iter().find(|list| list.name == name).unwrap()
}

fn chosen(name: &str, parameters: &[(&str, &str)]) -> Result<Chosen, String> {
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Chosen::read(list(name), &parameters)
}

#[test]
fn what_is_chosen_is_in_the_request_and_in_the_address() {
    let parameters = [
        ("kind", "SCAR"),
        ("procedure", ""),
        ("level", "2"),
        ("level", "1"),
        ("level", "2"),
        ("order", "grade"),
        ("utm_source", "x"),
    ];
    let chosen = chosen("outcomes", &parameters).unwrap();
    assert_eq!(
        json!(chosen.request().variables()),
        json!({
            "where": {"and": [{"conditions": {"some": {"kind": {"in": ["SCAR"]}}}}, {"evidenceLevel": {"in": [2, 1]}}]},
            "conditions": {"kind": {"in": ["SCAR"]}},
            "withCandidates": true,
            "candidates": {"kind": {"in": ["SCAR"]}},
            "orderBy": [{"grade": "DESC"}, {"evidenceLevel": "ASC"}],
            "first": 50,
        })
    );
    let address = chosen.address(&[("after", "a b")]);
    assert_eq!(address, "explore/outcomes?kind=SCAR&level=2&level=1&order=grade&after=a%20b");
    let level = chosen.list.filters.iter().find(|filter| filter.name == "level").unwrap();
    assert_eq!(chosen.without(level, "2").address(&[]), "explore/outcomes?kind=SCAR&level=1&order=grade");
    assert_eq!(chosen.without(level, "2").without(level, "1").address(&[]), "explore/outcomes?kind=SCAR&order=grade");
    assert_eq!(chosen.after("c").request().variables()["after"], json!("c"));
}

#[test]
fn one_related_record_has_to_match_all_filters_of_related_records() {
    let filters = [("condition", "melasma"), ("area", "face"), ("procedure", "peel")];
    let request = chosen("map", &filters).unwrap().request();
    let (melasma, face) = (json!({"slug": {"in": ["melasma"]}}), json!({"bodyAreas": {"some": {"slug": {"in": ["face"]}}}}));
    let both = json!({"and": [melasma, face]});
    let peel = json!({"procedure": {"slug": {"in": ["peel"]}}});
    assert_eq!(request.variables()["where"], json!({"and": [{"conditions": {"some": both}}, peel]}));
    assert_eq!((&request.variables()["conditions"], &request.variables()["candidates"]), (&both, &face));
    let unrelated = chosen("map", &filters[2..]).unwrap().request();
    assert_eq!(unrelated.variables()["where"], peel);
    assert!(["conditions", "withCandidates", "candidates"].iter().all(|name| !unrelated.variables().contains_key(*name)));
}

#[test]
fn a_search_is_a_variable_and_has_the_best_match_first_unless_an_order_is_chosen() {
    let searched = chosen("procedures", &[("name", "botox"), ("category", "INJECTABLE"), ("order", "")]).unwrap();
    assert_eq!(
        json!(searched.request().variables()),
        json!({"where": {"category": {"in": ["INJECTABLE"]}}, "search": {"text": "botox"}, "first": 50})
    );
    assert_eq!(searched.address(&[("after", "c")]), "explore/procedures?name=botox&category=INJECTABLE&after=c");
    let by_name = chosen("procedures", &[("name", "botox"), ("order", "name"), ("after", "c")]).unwrap();
    assert_eq!(by_name.request().variables()["orderBy"], json!([{"name": "ASC"}]));
    assert_eq!(by_name.address(&[]), "explore/procedures?name=botox&order=name");
    assert_eq!(by_name.searching("hair loss").address(&[]), "explore/procedures?name=hair%20loss&order=name");
    assert!(by_name.searching("x").after.is_none());
    // Without the search, this is the default order.
    assert_eq!(by_name.without(&by_name.list.filters[0], "botox").address(&[]), "explore/procedures");
    let blank = chosen("procedures", &[("name", " ")]).unwrap();
    assert!(blank.is_default() && !blank.request().variables().contains_key("search"));
    assert_eq!(blank.request().variables()["orderBy"], json!([{"name": "ASC"}]));
}

#[test]
fn a_wrong_value_is_refused_with_the_name_of_its_parameter() {
    for (parameters, message) in [
        (&[("kind", "scar")][..], "The filter \"kind\" does not have this value."),
        (&[("level", "1"), ("level", "6")], "The filter \"level\" does not have this value."),
        (&[("order", "grade"), ("order", "condition")], "The parameter \"order\" is given twice."),
        (&[("order", "size")], "The list does not have this order."),
        (&[("format", "svg")], "The list has the formats csv and json."),
    ] {
        assert_eq!(chosen("outcomes", parameters).err().as_deref(), Some(message));
    }
    assert!(chosen("map", &[("format", "svg")]).is_ok());
}

#[test]
fn pages_are_added_until_there_are_enough_entries() {
    let page = |cursor: Option<&str>| json!({"list": {"pageInfo": {"hasNextPage": cursor.is_some(), "endCursor": cursor}, "nodes": vec![json!({}); 100]}});
    let (map, mut data) = (chosen("map", &[]).unwrap(), Json::Null);
    for number in 1..10 {
        assert_eq!(map.add_page(&mut data, page(Some("c"))).as_deref(), Some("c"), "page {number}");
    }
    assert_eq!(map.add_page(&mut data, page(Some("c"))), None, "the limit is reached");
    assert_eq!(data["list"]["nodes"].as_array().unwrap().len(), MAX_ENTRIES);
    assert_eq!(map.add_page(&mut Json::Null, page(None)), None, "there is no more");
    assert_eq!(chosen("outcomes", &[]).unwrap().add_page(&mut Json::Null, page(Some("c"))), None, "a page is one page");
}

#[test]
fn the_document_of_a_list_has_the_facets_of_its_filters_and_no_others() {
    for list in LISTS {
        let facets = list.document.split("facets {").nth(1).map_or("", |rest| rest.split("    }\n").next().unwrap());
        let mut requested: Vec<&str> = facets.lines().filter_map(|line| line.trim().split('(').next()).collect();
        requested.retain(|name| !name.is_empty());
        let mut used: Vec<&str> = list
            .filters
            .iter()
            .filter_map(|filter| match filter.control {
                filter::Control::Facet { field, .. } => Some(field),
                filter::Control::Search
                | filter::Control::Linked
                | filter::Control::Related { .. }
                | filter::Control::AtLeast(_)
                | filter::Control::Presence { .. }
                | filter::Control::Gaps => None,
            })
            .collect();
        requested.sort_unstable();
        used.sort_unstable();
        assert_eq!(requested, used, "{}", list.name);
        let is_searched = list.filters.iter().any(|filter| matches!(filter.control, filter::Control::Search));
        for part in ["    search: $search\n", "    didYouMean\n"] {
            assert_eq!(list.document.contains(part), is_searched, "{}: {part}", list.name);
        }
        for filter in list.filters {
            if let filter::Control::Related { field, .. } = filter.control {
                let related = list.document.split("\n  related: ").nth(1).unwrap();
                assert!(related.contains(&format!("\n      {field}(")), "{}: {field}", list.name);
            }
        }
    }
}

#[test]
fn the_first_of_many_chosen_values_have_a_link_that_removes_them() {
    let slugs: Vec<String> = (0..MAX_VALUES).map(|at| format!("{at:0>30}")).collect();
    let filters = ["condition", "area", "procedure", "source"];
    let values: Vec<_> = filters.iter().flat_map(|name| slugs.iter().map(move |slug| (*name, slug.as_str()))).collect();
    let chosen = chosen("outcomes", &values).unwrap();
    let site = Site {
        root: "./".to_owned(),
        origin: "http://localhost".to_owned(),
        may_open_playground: true,
        may_read_schema: true,
        desk: true,
    };
    let html = form::head(&chosen, &site, &json!({})).into_string();
    assert_eq!(html.matches("Remove ").count(), 20);
    assert!(html.contains("and 380 more") && html.len() < 1_000_000, "{} bytes", html.len());
}

#[test]
fn many_values_are_refused_without_comparing_all_of_them() {
    let (values, started): (Vec<String>, _) = ((0..100_000).map(|at| at.to_string()).collect(), Instant::now());
    let values: Vec<_> = values.iter().map(|value| ("procedure", value.as_str())).collect();
    let refused = chosen("outcomes", &values).err();
    assert_eq!(refused.as_deref(), Some("The filter \"procedure\" has at most 100 values."));
    // Comparing all of them with each other would take minutes in a debug build.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}
