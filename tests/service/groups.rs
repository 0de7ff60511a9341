//! Groups by several dimensions of one list. The model (`model/aggregates.rs`) compares groups of random libraries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn dimensions_of_one_list_are_of_the_same_object(app: &TestApp) {
        for (list, [one, other], keys, by) in [
            ("anaesthesia", ["type", "use"], ["anaesthesiaType", "anaesthesiaUse"], "ANAESTHESIA_TYPE, ANAESTHESIA_USE"),
            (
                "contraindications",
                ["topic", "kind"],
                ["contraindicationsTopic", "contraindicationsKind"],
                "CONTRAINDICATIONS_TOPIC, CONTRAINDICATIONS_KIND",
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
