//! Groups by several dimensions of one list, and by ranges of numbers. The model (`model/aggregates.rs`) compares groups of random libraries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases, shown_errors};

on_both_databases! {
    async fn dimensions_of_one_list_are_of_the_same_object(app: &TestApp) {
        for (list, [one, other], keys, by) in [
            ("anaesthesia", ["type", "use"], ["anaesthesiaType", "anaesthesiaUse"], "ANAESTHESIA_TYPE, ANAESTHESIA_USE"),
            (
                "contraindications",
                ["topic", "strength"],
                ["contraindicationsTopic", "contraindicationsStrength"],
                "CONTRAINDICATIONS_TOPIC, CONTRAINDICATIONS_STRENGTH",
            ),
        ] {
            let groups = format!("groups(by: [{by}], first: 100) {{ nodes {{ key {{ {} }} aggregate {{ count }} }} }}", keys.join(" "));
            let query = format!("{{ procedures(first: 100) {{ nodes {{ {list} {{ {one} {other} }} }} {groups} }} }}");
            let procedures = app.data(&query).await["procedures"].take();
            let (mut expected, mut combined): (BTreeMap<_, u64>, _) = (BTreeMap::new(), 0);
            for node in procedures["nodes"].as_array().unwrap() {
                let objects = node[list].as_array().unwrap().iter();
                let mut pairs: BTreeSet<_> = objects.map(|object| (object[one].to_string(), object[other].to_string())).collect();
                let different = |of: fn(&(String, String)) -> &String| pairs.iter().map(of).collect::<BTreeSet<_>>().len();
                combined += different(|pair| &pair.0) * different(|pair| &pair.1);
                if pairs.is_empty() {
                    let null = Json::Null.to_string();
                    pairs.insert((null.clone(), null));
                }
                for pair in pairs {
                    *expected.entry(pair).or_default() += 1;
                }
            }
            let groups = procedures["groups"]["nodes"].as_array().unwrap().iter();
            let key = |group: &Json| (group["key"][keys[0]].to_string(), group["key"][keys[1]].to_string());
            let groups = groups.map(|group| (key(group), group["aggregate"]["count"].as_u64().unwrap()));
            assert_eq!(groups.collect::<BTreeMap<_, _>>(), expected, "{list}");
            let counted: u64 = expected.iter().filter(|((one, _), _)| one != "null").map(|(_, count)| count).sum();
            assert!(counted < combined as u64, "{list}: some procedure has combinations that no object has");
        }
    }
}

on_both_databases! {
    async fn sources_are_grouped_by_decade(app: &TestApp) {
        let mut counts: BTreeMap<(bool, i64), u64> = BTreeMap::new();
        for source in app.every("sources", "year").await {
            // Sources without a year are last.
            let decade = source["year"].as_i64().map(|year| year.div_euclid(10) * 10);
            *counts.entry((decade.is_none(), decade.unwrap_or_default())).or_default() += 1;
        }
        assert!(counts.len() > 3 && counts.contains_key(&(true, 0)), "{counts:?}");
        let groups = |counts: &mut dyn Iterator<Item = ((bool, i64), u64)>| {
            let group = |((is_missing, decade), count): ((bool, i64), u64)| {
                let range = if is_missing { Json::Null } else { json!({"from": decade, "to": decade + 10}) };
                json!({"key": {"year": null, "yearRange": range}, "aggregate": {"count": count}})
            };
            counts.map(group).collect::<Json>()
        };
        let list = async |arguments: &str| {
            let selection = "totalCount overlapping nodes { key { year yearRange { from to } } aggregate { count } }";
            let ranges = "ranges: [{year: {width: 10}}], first: 100";
            app.data(&format!("{{ sources {{ groups({ranges}{arguments}) {{ {selection} }} }} }}")).await["sources"]["groups"].take()
        };
        let all = groups(&mut counts.clone().into_iter());
        assert_eq!(list("").await, json!({"totalCount": counts.len(), "overlapping": false, "nodes": all}));
        let latest = list(", orderBy: [{key: {yearRange: DESC_NULLS_FIRST}}]").await;
        assert_eq!(latest["nodes"], groups(&mut counts.clone().into_iter().rev()));
        let many = list(", having: {count: {gte: 5}}").await;
        assert_eq!(many["nodes"], groups(&mut counts.into_iter().filter(|(_, count)| *count >= 5)));
    }
}

on_both_databases! {
    async fn the_ranges_of_every_parent_have_the_same_bounds(app: &TestApp) {
        let groups = "groups(by: [GRADE], ranges: [{evidenceLevel: {bounds: [2, 4]}}], first: 100) {
            nodes { key { grade evidenceLevelRange { from to } } aggregate { count } } }";
        let query = format!("{{ procedures(first: 100) {{ nodes {{ outcomes(first: 100) {{ nodes {{ grade evidenceLevel }} {groups} }} }} }} }}");
        let (mut seen, data) = (BTreeSet::new(), app.data(&query).await);
        for list in data["procedures"]["nodes"].as_array().unwrap().iter().map(|node| &node["outcomes"]) {
            let mut expected: BTreeMap<String, u64> = BTreeMap::new();
            for outcome in list["nodes"].as_array().unwrap() {
                let range = match outcome["evidenceLevel"].as_u64() {
                    None => Json::Null,
                    Some(..2) => json!({"from": null, "to": 2}),
                    Some(2 | 3) => json!({"from": 2, "to": 4}),
                    Some(_) => json!({"from": 4, "to": null}),
                };
                seen.insert(range.to_string());
                *expected.entry(json!({"grade": outcome["grade"], "evidenceLevelRange": range}).to_string()).or_default() += 1;
            }
            let groups = list["groups"]["nodes"].as_array().unwrap().iter();
            let groups = groups.map(|group| (group["key"].to_string(), group["aggregate"]["count"].as_u64().unwrap()));
            assert_eq!(groups.collect::<BTreeMap<_, _>>(), expected);
        }
        assert!(seen.len() > 2, "{seen:?}");
    }
}

on_both_databases! {
    async fn a_record_counts_once_in_each_range_of_the_numbers_of_its_parts(app: &TestApp) {
        let bounds = [1.0, 29.0, 60.0];
        let range = |percent: Option<f64>| {
            let at = percent.map(|percent| bounds.iter().filter(|bound| **bound <= percent).count());
            at.map_or(Json::Null, |at| json!({"from": at.checked_sub(1).map(|at| bounds[at]), "to": bounds.get(at)}))
        };
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for procedure in app.every("procedures", "adverseEffects { percent }").await {
            let effects = procedure["adverseEffects"].as_array().unwrap().iter();
            let mut ranges: BTreeSet<String> = effects.map(|effect| range(effect["percent"].as_f64()).to_string()).collect();
            if ranges.is_empty() {
                ranges.insert(Json::Null.to_string());
            }
            for range in ranges {
                *expected.entry(range).or_default() += 1;
            }
        }
        assert_eq!(expected.len(), 5, "{expected:?}");
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        let (mut cursor, mut pages) = (Json::Null, 0);
        loop {
            let query = "query ($after: String) { procedures { groups(ranges: [{adverseEffectsPercent: {bounds: [1, 29, 60]}}], first: 2, after: $after) {
                overlapping nodes { key { adverseEffectsPercentRange { from to } } aggregate { count } } pageInfo { hasNextPage endCursor } } } }";
            let groups = app.query_with(query, json!({"after": cursor})).await["data"]["procedures"]["groups"].take();
            assert_eq!(groups["overlapping"], json!(true), "{groups}");
            for group in groups["nodes"].as_array().unwrap() {
                let range = group["key"]["adverseEffectsPercentRange"].to_string();
                assert_eq!(found.insert(range, group["aggregate"]["count"].as_u64().unwrap()), None, "{groups}");
            }
            pages += 1;
            if groups["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            cursor = groups["pageInfo"]["endCursor"].clone();
        }
        assert_eq!((found, pages), (expected, 3));
    }
}

on_both_databases! {
    async fn a_dimension_that_is_given_several_times_is_one_dimension(app: &TestApp) {
        let query = "query ($by: [SourceDimension!]!) { sources { groups(by: $by) { nodes { key { kind level } aggregate { count } } } } }";
        let once = app.query_with(query, json!({"by": ["KIND", "LEVEL"]})).await["data"].take();
        assert!(once["sources"]["groups"]["nodes"].as_array().unwrap().len() > 1, "{once}");
        let repeated = [vec!["KIND"; 5], vec!["LEVEL"; 5], vec!["KIND"; 5]].concat();
        assert_eq!(app.query_with(query, json!({"by": repeated})).await["data"], once);
    }
}

on_both_databases! {
    async fn errors_in_ranges_have_codes(app: &TestApp) {
        let page = "{ sources { groups(ranges: [{year: {width: 10}}], first: 1) { pageInfo { endCursor } } } }";
        let cursor = app.data(page).await["sources"]["groups"]["pageInfo"]["endCursor"].take();
        let many: Vec<String> = (1..=21).map(|bound| bound.to_string()).collect();
        for (arguments, code, message) in [
            ("ranges: []".to_owned(), "BAD_ARGUMENT", "by: no dimension is given"),
            ("by: [KIND, YEAR, LEVEL, EXTENT_READ], ranges: [{year: {width: 10}}]".to_owned(), "BAD_ARGUMENT", "by: more than 4 dimensions"),
            ("ranges: [{year: {width: 0}}]".to_owned(), "BAD_ARGUMENT", "ranges.year.width: 0 is below the minimum of 1"),
            ("ranges: [{year: {width: -10}}]".to_owned(), "BAD_ARGUMENT", "ranges.year.width: -10 is below the minimum of 1"),
            ("ranges: [{year: {bounds: []}}]".to_owned(), "BAD_ARGUMENT", "ranges.year.bounds: no bound is given"),
            (
                "ranges: [{year: {bounds: [2000, 2000]}}]".to_owned(),
                "BAD_ARGUMENT",
                "ranges.year.bounds: each bound must be greater than the one before it",
            ),
            (format!("ranges: [{{year: {{bounds: [{}]}}}}]", many.join(", ")), "BAD_ARGUMENT", "ranges.year.bounds: more than 20 bounds"),
            ("ranges: [{year: {width: 5}}, {year: {width: 10}}]".to_owned(), "BAD_ARGUMENT", "ranges.year: given more than once"),
            (
                "by: [YEAR], orderBy: [{key: {yearRange: ASC}}]".to_owned(),
                "BAD_ARGUMENT",
                "orderBy.key.yearRange: the groups do not have this dimension; add it to `ranges`",
            ),
            (
                format!("ranges: [{{year: {{width: 5}}}}], after: {cursor}"),
                "CURSOR_OF_OTHER_ORDER",
                "after is a cursor of another list or order; the arguments that select and order the list must stay the same while paging.",
            ),
        ] {
            let response = app.query(&format!("{{ sources {{ groups({arguments}) {{ totalCount }} }} }}")).await;
            let errors = shown_errors(&response);
            assert_eq!((&errors[0]["code"], &errors[0]["message"]), (&json!(code), &json!(message)), "{arguments}");
        }
    }
}
