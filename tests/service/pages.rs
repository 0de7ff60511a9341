//! Pages: cursors forward and backward, in every order, at the root, below parents and inside value objects.

use serde_json::{Value as Json, json};

use crate::support::{TestApp, count, on_both_databases, slugs};

/// Reads a connection page by page, with `first` and `after`, or with `last` and `before`. Returns its entries.
async fn walk(app: &TestApp, field: &str, rest: &str, size: usize, backward: bool) -> Vec<String> {
    let (count, cursor, more, edge) = if backward {
        ("last", "before", "hasPreviousPage", "startCursor")
    } else {
        ("first", "after", "hasNextPage", "endCursor")
    };
    let query = format!(
        "query ($at: String) {{ {field}({count}: {size}, {cursor}: $at{rest}) {{ nodes {{ slug }} pageInfo {{ {more} {edge} }} }} }}"
    );
    let (mut found, mut at) = (Vec::new(), Json::Null);
    for _ in 0..200 {
        let mut response = app.query_with(&query, json!({ "at": at })).await;
        assert_eq!(response.get("errors"), None, "{query}");
        let page = response["data"][field].take();
        let slugs: Vec<String> = slugs(&page).into_iter().map(str::to_owned).collect();
        assert!(slugs.len() <= size);
        found.splice(if backward { 0..0 } else { found.len()..found.len() }, slugs);
        if page["pageInfo"][more] == json!(false) {
            return found;
        }
        at = page["pageInfo"][edge].clone();
    }
    panic!("the pages of {field} never end");
}

async fn whole(app: &TestApp, field: &str, rest: &str) -> Vec<String> {
    walk(app, field, rest, 100, false).await
}

on_both_databases! {
    async fn pages_in_both_directions_have_every_entry_once(app: &TestApp) {
        let all = whole(app, "procedures", "").await;
        assert_eq!(all.len(), count("Procedure"));
        for size in [1, 3, 7, 13, 14, 15] {
            assert_eq!(walk(app, "procedures", "", size, false).await, all, "first: {size}");
            assert_eq!(walk(app, "procedures", "", size, true).await, all, "last: {size}");
        }
    }
}

on_both_databases! {
    async fn pages_of_every_order_have_every_entry_once_whatever_its_nulls_and_directions(app: &TestApp) {
        let orders = [
            "{year: ASC}", "{year: DESC}", "{year: ASC_NULLS_FIRST}", "{year: DESC_NULLS_FIRST}",
            "{year: DESC_NULLS_FIRST}, {title: ASC}", "{kind: DESC}, {year: ASC_NULLS_FIRST}, {slug: DESC}",
            "{evidence: {count: DESC}}, {level: ASC}",
        ];
        for order in orders {
            let rest = format!(", orderBy: [{order}]");
            let all = whole(app, "sources", &rest).await;
            assert_eq!(all.len(), count("Source"));
            assert_eq!(walk(app, "sources", &rest, 37, false).await, all, "{order}");
            assert_eq!(walk(app, "sources", &rest, 37, true).await, all, "{order}");
        }
        let by_parent = ", orderBy: [{parent: {name: DESC_NULLS_FIRST}}, {invasiveness: ASC}]";
        let all = whole(app, "procedures", by_parent).await;
        assert_eq!(walk(app, "procedures", by_parent, 4, false).await, all);
        assert_eq!(walk(app, "procedures", by_parent, 4, true).await, all);
    }
}

on_both_databases! {
    async fn pages_of_a_filtered_list_have_every_entry_once(app: &TestApp) {
        let rest = r#", where: {title: {contains: "laser"}}, orderBy: {year: DESC}"#;
        let all = whole(app, "sources", rest).await;
        assert!(all.len() > 5 && all.len() < count("Source"));
        assert_eq!(walk(app, "sources", rest, 2, false).await, all);
        let data = app.data(r#"{ sources(first: 2, where: {title: {contains: "laser"}}) { totalCount } }"#).await;
        assert_eq!(data["sources"]["totalCount"], all.len());
    }
}

on_both_databases! {
    async fn page_info_says_whether_there_are_more_pages(app: &TestApp) {
        let query = "query ($after: String, $before: String) {
            procedures(first: 3, after: $after, before: $before) {
                totalCount edges { cursor node { slug } } nodes { slug }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
        }";
        let first = app.query_with(query, json!({})).await["data"]["procedures"].take();
        let edges = first["edges"].as_array().unwrap();
        assert_eq!(slugs(&first), ["botulinum-toxin", "chemical-peel", "cryolipolysis"]);
        assert_eq!(edges.iter().map(|edge| edge["node"].clone()).collect::<Json>(), first["nodes"]);
        assert_eq!(first["totalCount"], count("Procedure"));
        assert_eq!(first["pageInfo"], json!({
            "hasNextPage": true, "hasPreviousPage": false, "startCursor": edges[0]["cursor"], "endCursor": edges[2]["cursor"],
        }));
        let between = json!({"after": edges[0]["cursor"], "before": edges[2]["cursor"]});
        let between = app.query_with(query, between).await["data"]["procedures"].take();
        assert_eq!(slugs(&between), ["chemical-peel"]);
        assert_eq!(between["pageInfo"], json!({
            "hasNextPage": false, "hasPreviousPage": true, "startCursor": edges[1]["cursor"], "endCursor": edges[1]["cursor"],
        }));
        assert_eq!(between["totalCount"], count("Procedure"));
    }
}

on_both_databases! {
    async fn an_empty_page_has_no_cursors(app: &TestApp) {
        let query = r#"{
            none: procedures(first: 0) { totalCount edges { cursor } nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
            nothing: procedures(where: {slug: {eq: "x"}}) { totalCount nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
        }"#;
        let page = |next: bool| json!({"hasNextPage": next, "hasPreviousPage": false, "startCursor": null, "endCursor": null});
        assert_eq!(app.data(query).await, json!({
            "none": {"totalCount": count("Procedure"), "edges": [], "nodes": [], "pageInfo": page(true)},
            "nothing": {"totalCount": 0, "nodes": [], "pageInfo": page(false)},
        }));
    }
}

on_both_databases! {
    async fn numbered_pages_have_every_entry_once_and_report_their_neighbours(app: &TestApp) {
        let orders = ["", ", orderBy: {invasiveness: DESC}", ", where: {category: {ne: LASER}}, orderBy: {outcomes: {count: DESC}}"];
        for rest in orders {
            let all = whole(app, "procedures", rest).await;
            let mut found = Vec::new();
            for offset in (0..=all.len() + 7).step_by(7) {
                let query = format!("{{ procedures(first: 7, offset: {offset}{rest}) {{ nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}");
                let page = app.data(&query).await["procedures"].take();
                found.extend(slugs(&page).into_iter().map(str::to_owned));
                assert_eq!(page["pageInfo"], json!({"hasNextPage": offset + 7 < all.len(), "hasPreviousPage": offset > 0}), "{query}");
            }
            assert_eq!(found, all, "{rest}");
        }
    }
}

on_both_databases! {
    async fn numbered_pages_are_those_of_each_parent(app: &TestApp) {
        let lists = ["outcomes", "citations", "sources", "outcomes(orderBy: {grade: DESC})", "sources(orderBy: {year: DESC})"];
        for list in lists {
            let with = |arguments: &str| match list.split_once('(') {
                Some((field, rest)) => format!("{field}({arguments}, {rest}"),
                None => format!("{list}({arguments})"),
            };
            let query = format!(
                "{{ procedures(first: 100) {{ nodes {{ all: {} {{ nodes {{ slug }} }} page: {} {{ nodes {{ slug }} totalCount pageInfo {{ hasPreviousPage endCursor }} }} }} }} }}",
                with("first: 100"), with("first: 2, offset: 3"),
            );
            let data = app.data(&query).await;
            for node in data["procedures"]["nodes"].as_array().unwrap() {
                let all = slugs(&node["all"]);
                let page: Vec<&str> = all.iter().copied().skip(3).take(2).collect();
                assert_eq!(slugs(&node["page"]), page, "{query}");
                assert_eq!(node["page"]["totalCount"], all.len());
                assert_eq!(node["page"]["pageInfo"]["hasPreviousPage"], !all.is_empty());
                assert_eq!(node["page"]["pageInfo"]["endCursor"].is_null(), page.is_empty());
            }
        }
    }
}

on_both_databases! {
    async fn an_offset_that_is_too_large_or_next_to_a_cursor_is_an_error(app: &TestApp) {
        let other = "; an offset is counted from the start of the list";
        for (arguments, message) in [
            ("offset: 10001", "offset: 10001 is above the maximum of 10000; use cursors to read further".to_owned()),
            ("offset: -1", "offset: -1 is below the minimum of 0".to_owned()),
            (r#"offset: 1, after: "x""#, format!("offset: cannot be combined with after{other}")),
            (r#"offset: 0, before: "x""#, format!("offset: cannot be combined with before{other}")),
            ("offset: 1, last: 2", format!("offset: cannot be combined with last{other}")),
        ] {
            let error = app.query(&format!("{{ procedures({arguments}) {{ totalCount }} }}")).await["errors"][0].take();
            assert_eq!((&error["message"], &error["extensions"]["code"]), (&json!(message), &json!("BAD_ARGUMENT")), "{arguments}");
        }
        let data = app.data("{ far: procedures(offset: 10000) { nodes { slug } } null: procedures(first: 1, offset: null, after: null) { nodes { slug } } }").await;
        assert_eq!(slugs(&data["far"]).len() + slugs(&data["null"]).len(), 1);
    }
}

on_both_databases! {
    async fn a_page_has_twenty_entries_by_default_and_at_most_a_hundred(app: &TestApp) {
        let data = app.data("{ a: sources { nodes { slug } } b: sources(first: 100) { nodes { slug } } c: sources(first: null, last: null) { nodes { slug } } }").await;
        assert_eq!(slugs(&data["a"]).len(), 20);
        assert_eq!(slugs(&data["b"]).len(), 100);
        assert_eq!(data["c"], data["a"]);
    }
}

on_both_databases! {
    async fn pages_below_one_parent_continue_after_the_cursor(app: &TestApp) {
        let all = app.data(r#"{ procedure(by: {slug: "microneedling"}) { outcomes { nodes { slug } } citations(first: 100) { nodes { slug } } } }"#).await;
        for field in ["outcomes", "citations"] {
            let query = format!(r#"query ($after: String) {{ procedure(by: {{slug: "microneedling"}}) {{ list: {field}(first: 4, after: $after) {{ nodes {{ slug }} pageInfo {{ hasNextPage endCursor }} }} }} }}"#);
            let (mut found, mut after) = (Vec::new(), Json::Null);
            loop {
                let page = app.query_with(&query, json!({ "after": after })).await["data"]["procedure"]["list"].take();
                found.extend(page["nodes"].as_array().unwrap().clone());
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(Json::Array(found), all["procedure"][field]["nodes"], "{field}");
        }
    }
}

on_both_databases! {
    async fn a_cursor_of_a_list_in_a_value_object_works_in_another_query(app: &TestApp) {
        // The cursors come from a query over many lists and are used in one over a single list.
        let many = "{ treatmentOutcomes(first: 100) { nodes { slug effectiveness { basis { edges { cursor node { slug } } } } } } }";
        let outcomes = app.data(many).await["treatmentOutcomes"]["nodes"].take();
        let mut used = 0;
        for outcome in outcomes.as_array().unwrap() {
            let edges = outcome["effectiveness"]["basis"]["edges"].as_array().unwrap();
            if edges.len() < 2 {
                continue;
            }
            let query = "query ($slug: String!, $after: String) { treatmentOutcome(by: {slug: $slug}) { effectiveness { basis(after: $after) { nodes { slug } } } } }";
            let response = app.query_with(query, json!({"slug": outcome["slug"], "after": edges[0]["cursor"]})).await;
            let rest: Json = edges[1..].iter().map(|edge| edge["node"].clone()).collect();
            assert_eq!(response["data"]["treatmentOutcome"]["effectiveness"]["basis"]["nodes"], rest, "{}", outcome["slug"]);
            used += 1;
        }
        assert!(used > 5, "{used}");
    }
}

on_both_databases! {
    async fn every_cursor_is_accepted_however_long_the_texts_of_its_row_are(app: &TestApp) {
        use sea_orm::ConnectionTrait as _;
        // Texts that an older version accepted, longer than an import accepts now.
        let texts = ["B".repeat(7000), "ü".repeat(3100), "🙂".repeat(1500), format!("{}\"\\", "\"\\\t".repeat(2000))];
        let slugs = ["acne-scars", "melasma", "rosacea", "scars"];
        let mut long = 0;
        for (text, slug) in texts.iter().zip(slugs) {
            let text = text.replace('\'', "''");
            let rename = format!("UPDATE condition SET name = '{text}' WHERE slug = '{slug}'");
            long += app.store.writer().execute_unprepared(&rename).await.unwrap().rows_affected();
        }
        assert!(long >= 3, "{long} names are long");
        let eight = "{name: ASC}, {parent: {name: DESC}}, {parent: {parent: {name: ASC}}}, {kind: ASC}, {slug: DESC}";
        for rest in ["", ", orderBy: [{name: DESC}]", &format!(", orderBy: [{eight}]"), ", orderBy: [{parent: {name: ASC_NULLS_FIRST}}]"] {
            let all = whole(app, "conditions", rest).await;
            assert_eq!(all.len(), count("Condition"));
            assert_eq!(walk(app, "conditions", rest, 1, false).await, all, "{rest}");
            assert_eq!(walk(app, "conditions", rest, 3, true).await, all, "{rest}");
        }
    }
}

on_both_databases! {
    async fn no_entry_precedes_a_page_after_a_cursor_if_there_is_none(app: &TestApp) {
        let lists = [
            ("{ conditions(ARGUMENTS) LIST }", "/conditions"),
            (r#"{ procedure(by: {slug: "microneedling"}) { outcomes(ARGUMENTS) LIST } }"#, "/procedure/outcomes"),
            (r#"{ procedure(by: {slug: "microneedling"}) { citations(ARGUMENTS) LIST } }"#, "/procedure/citations"),
            (r#"{ treatmentOutcome(by: {slug: "OUTCOME"}) { effectiveness { basis(ARGUMENTS) LIST } } }"#, "/treatmentOutcome/effectiveness/basis"),
        ];
        let outcomes = app.every("treatmentOutcomes", "slug effectiveness { basis { totalCount } }").await;
        let cites_three = |one: &&Json| one["effectiveness"]["basis"]["totalCount"].as_i64() > Some(2);
        let outcome = outcomes.iter().find(cites_three).unwrap()["slug"].as_str().unwrap();
        let orders = |list: &str| match list {
            "/conditions" => vec!["", "orderBy: [{name: DESC}]", "orderBy: [{parent: {name: DESC_NULLS_FIRST}}]", "orderBy: [{parent: {name: DESC}}]"],
            "/procedure/outcomes" => vec!["", "orderBy: [{condition: {outcomes: {count: DESC}}}]"],
            _ => vec!["", "orderBy: [{year: ASC_NULLS_FIRST}]", "orderBy: [{slug: DESC}]"],
        };
        for (query, at) in lists {
            let page = async |arguments: &str| {
                let list = "{ edges { cursor node { slug } } pageInfo { hasNextPage hasPreviousPage } }";
                let query = query.replace("ARGUMENTS", arguments).replace("LIST", list).replace("OUTCOME", outcome);
                app.data(&query).await.pointer(at).unwrap().clone()
            };
            for order in orders(at) {
                let all = page(&format!("first: 100 {order}")).await["edges"].take();
                let all = all.as_array().unwrap();
                let (first, last) = (&all[0], &all[all.len() - 1]);
                let without = |one: &Json| format!("where: {{slug: {{ne: {}}}}} {order}", one["node"]["slug"]);
                for (arguments, precede, follow) in [
                    (format!("first: 1 after: {} {order}", first["cursor"]), true, true),
                    (format!("first: 1 after: {} {}", first["cursor"], without(first)), false, true),
                    (format!("first: 1 after: {} {}", all[1]["cursor"], without(first)), true, all.len() > 3),
                    (format!("first: 0 after: {} {}", first["cursor"], without(first)), false, true),
                    (format!("first: 1 after: {} {order}", last["cursor"]), true, false),
                    (format!("last: 1 before: {} {order}", last["cursor"]), true, true),
                    (format!("last: 1 before: {} {}", last["cursor"], without(last)), true, false),
                    (format!("last: 1 before: {} {}", all[all.len() - 2]["cursor"], without(last)), all.len() > 3, true),
                    (format!("last: 1 before: {} {order}", first["cursor"]), false, true),
                ] {
                    let info = page(&arguments).await["pageInfo"].take();
                    assert_eq!(info, json!({"hasPreviousPage": precede, "hasNextPage": follow}), "{at}({arguments})");
                }
            }
        }
    }
}

on_both_databases! {
    async fn a_cursor_whose_record_was_removed_is_a_position_in_the_list(app: &TestApp) {
        use sea_orm::ConnectionTrait as _;
        let page = async |arguments: &str| {
            app.data(&format!("{{ conditions({arguments}) {{ edges {{ cursor node {{ slug }} }} pageInfo {{ hasPreviousPage hasNextPage }} }} }}")).await["conditions"].take()
        };
        let order = "orderBy: [{slug: ASC}]";
        let all = page(&format!("first: 100 {order}")).await["edges"].take();
        let rename = "UPDATE condition SET slug = 'zzz' WHERE slug = (SELECT MIN(slug) FROM condition)";
        assert_eq!(app.store.writer().execute_unprepared(rename).await.unwrap().rows_affected(), 1);
        let next = page(&format!("first: 1 after: {} {order}", all[0]["cursor"])).await;
        assert_eq!(next["edges"], json!([all[1]]));
        assert_eq!(next["pageInfo"], json!({"hasPreviousPage": false, "hasNextPage": true}));
        let beyond = page(&format!("first: 1 after: {} {order}", all[1]["cursor"])).await;
        assert_eq!(beyond["pageInfo"]["hasPreviousPage"], true);
    }
}
