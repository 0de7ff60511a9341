//! `where`: the result of each filter is compared with a selection from the whole list.

use dermagraph::{
    schema::{GraphqlRequest, Limits, Service, TrustedDocuments},
    store::reading::statement::Dialect,
};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, account, count, on_both_databases, slugs};

/// A filter, and a function that reports whether an entry matches it.
type Meaning = (&'static str, fn(&Json) -> bool);

async fn compare(app: &TestApp, list: &str, selection: &str, meanings: &[Meaning]) {
    let all = app.every(list, &format!("slug {selection}")).await;
    for (filter, meaning) in meanings {
        let picked: Vec<&str> = all.iter().filter(|one| meaning(one)).map(|one| one["slug"].as_str().unwrap()).collect();
        let query = format!("{{ {list}(first: 100, where: {{{filter}}}) {{ totalCount nodes {{ slug }} }} }}");
        let found = app.data(&query).await;
        assert_eq!(found[list]["totalCount"], picked.len(), "{query}");
        assert_eq!(slugs(&found[list]), picked[..picked.len().min(100)], "{query}");
        assert!(
            picked.len() < all.len() || filter.is_empty() || filter.contains("[]"),
            "{filter} keeps everything and shows nothing"
        );
    }
}

fn year(one: &Json) -> Option<i64> {
    one["year"].as_i64()
}

fn title(one: &Json) -> String {
    text(one, "title")
}

/// Returns a text in lowercase; empty if it is null.
fn text(one: &Json, field: &str) -> String {
    one[field].as_str().unwrap_or_default().to_lowercase()
}

on_both_databases! {
    async fn numbers_are_compared_and_null_is_never_less_or_more(app: &TestApp) {
        compare(app, "sources", "year level", &[
            ("year: {eq: 2020}", |one| year(one) == Some(2020)),
            ("year: {ne: 2020}", |one| year(one) != Some(2020)),
            ("year: {in: [2020, 2021]}", |one| matches!(year(one), Some(2020 | 2021))),
            ("year: {notIn: [2020, 2021]}", |one| !matches!(year(one), Some(2020 | 2021))),
            ("year: {in: []}", |_| false),
            ("year: {notIn: []}", |_| true),
            ("year: {lt: 2015}", |one| year(one).is_some_and(|year| year < 2015)),
            ("year: {lte: 2015}", |one| year(one).is_some_and(|year| year <= 2015)),
            ("year: {gt: 2022}", |one| year(one).is_some_and(|year| year > 2022)),
            ("year: {gte: 2022}", |one| year(one).is_some_and(|year| year >= 2022)),
            ("year: {gte: 2020, lt: 2022}", |one| year(one).is_some_and(|year| (2020..2022).contains(&year))),
            ("year: {isNull: true}", |one| year(one).is_none()),
            ("year: {isNull: false}", |one| year(one).is_some()),
            ("level: {lte: 2}, year: {gte: 2020}", |one| one["level"].as_i64().is_some_and(|level| level <= 2) && year(one) >= Some(2020)),
        ]).await;
    }
}

on_both_databases! {
    async fn texts_are_compared_exactly_and_searched_without_case(app: &TestApp) {
        compare(app, "sources", "title doi", &[
            (r#"slug: {eq: "mesh-2025-07"}"#, |one| one["slug"] == "mesh-2025-07"),
            (r#"slug: {in: ["mesh-2025-07", "nhs-botox", "x"]}"#, |one| ["mesh-2025-07", "nhs-botox"].contains(&one["slug"].as_str().unwrap())),
            (r#"slug: {gt: "n", lt: "p"}"#, |one| ("n".."p").contains(&one["slug"].as_str().unwrap())),
            (r#"title: {contains: "MICRONEEDLING"}"#, |one| title(one).contains("microneedling")),
            (r#"title: {startsWith: "effic"}"#, |one| title(one).starts_with("effic")),
            (r#"title: {endsWith: "REVIEW"}"#, |one| title(one).ends_with("review")),
            (r#"not: {title: {contains: "a"}}"#, |one| !title(one).contains('a')),
        ]).await;
    }
}

on_both_databases! {
    async fn sources_are_filtered_by_authors_publisher_and_url(app: &TestApp) {
        compare(app, "sources", "authors publisher url", &[
            (r#"authors: {contains: "ET AL"}"#, |one| text(one, "authors").contains("et al")),
            (r"authors: {isNull: true}", |one| one["authors"].is_null()),
            (r#"publisher: {startsWith: "Journal"}"#, |one| text(one, "publisher").starts_with("journal")),
            (r#"publisher: {gte: "M", lt: "N"}"#, |one| one["publisher"].as_str().is_some_and(|name| name.starts_with('M'))),
            (r#"url: {contains: "pubmed"}, publisher: {isNull: false}"#, |one| text(one, "url").contains("pubmed") && !one["publisher"].is_null()),
            (r"url: {isNull: true}", |one| one["url"].is_null()),
        ]).await;
    }
}

on_both_databases! {
    async fn sql_syntax_in_values_is_ordinary_text(app: &TestApp) {
        compare(app, "sources", "title", &[
            (r#"title: {contains: "%"}"#, |one| title(one).contains('%')),
            (r#"title: {contains: "_"}"#, |one| title(one).contains('_')),
            (r#"title: {startsWith: "%"}"#, |_| false),
            (r#"title: {contains: "'"}"#, |one| title(one).contains('\'')),
            (r#"title: {eq: "x' OR 1=1; DROP TABLE source; --"}"#, |_| false),
            (r#"slug: {in: ["'); DROP TABLE source; --", "\",", "\\"]}"#, |_| false),
        ]).await;
        assert_eq!(app.every("sources", "slug").await.len(), count("Source"));
    }
}

on_both_databases! {
    async fn enumerations_and_truth_are_compared(app: &TestApp) {
        compare(app, "procedures", "category invasiveness", &[
            ("category: {eq: LASER}", |one| one["category"] == "LASER"),
            ("category: {ne: LASER}", |one| one["category"] != "LASER"),
            ("category: {in: [LASER, LIGHT]}", |one| one["category"] == "LASER" || one["category"] == "LIGHT"),
            ("category: {notIn: [LASER, LIGHT]}", |one| one["category"] != "LASER" && one["category"] != "LIGHT"),
        ]).await;
        compare(app, "treatmentOutcomes", "certainty grade responders", &[
            ("certainty: {lt: NOT_ASSESSED}", |_| false),
            ("grade: {gt: HELPS}", |one| one["grade"] == "EFFECTIVE"),
            ("grade: {lte: HELPS, gt: NOT_GRADED}", |one| one["grade"] != "EFFECTIVE" && one["grade"] != "NOT_GRADED"),
            ("responders: {gte: SOME}", |one| one["responders"] == "SOME" || one["responders"] == "MOST"),
            ("not: {responders: {gte: SOME}}", |one| one["responders"] != "SOME" && one["responders"] != "MOST"),
        ]).await;
        compare(app, "procedures", "contraindications { strength }", &[
            ("contraindications: {some: {strength: {gte: RELATIVE}}}", |one| {
                let reasons = one["contraindications"].as_array().unwrap();
                reasons.iter().any(|reason| reason["strength"] == "RELATIVE" || reason["strength"] == "ABSOLUTE")
            }),
        ]).await;
        compare(app, "evidenceItems", "indirect", &[
            ("indirect: {eq: true}", |one| one["indirect"] == true),
            ("indirect: {ne: true}", |one| one["indirect"] == false),
        ]).await;
        compare(app, "treatmentOutcomes", "commonUse responders", &[
            ("commonUse: {eq: true}", |one| one["commonUse"] == true),
            ("commonUse: {ne: true}", |one| one["commonUse"] != true),
            ("commonUse: {isNull: true}", |one| one["commonUse"].is_null()),
            ("responders: {isNull: false}", |one| !one["responders"].is_null()),
        ]).await;
    }
}

on_both_databases! {
    async fn filters_are_combined_by_and_or_and_not(app: &TestApp) {
        let selection = "category invasiveness";
        compare(app, "procedures", selection, &[
            ("and: []", |_| true),
            ("or: []", |_| false),
            ("or: [{category: {eq: LIGHT}}, {invasiveness: {eq: INVASIVE_RESURFACING}}]", |one| one["category"] == "LIGHT" || one["invasiveness"] == "INVASIVE_RESURFACING"),
            ("and: [{not: {category: {eq: LASER}}}, {invasiveness: {eq: INVASIVE_RESURFACING}}]", |one| one["category"] != "LASER" && one["invasiveness"] == "INVASIVE_RESURFACING"),
            ("not: {or: [{category: {eq: LIGHT}}, {category: {eq: LASER}}]}", |one| one["category"] != "LIGHT" && one["category"] != "LASER"),
            ("not: {not: {category: {eq: LASER}}}", |one| one["category"] == "LASER"),
        ]).await;
        let twice = app.data("{ a: sources(where: {year: {gt: 2019}}) { totalCount } b: sources(where: {not: {year: {gt: 2019}}}) { totalCount } }").await;
        let sum = twice["a"]["totalCount"].as_i64().unwrap() + twice["b"]["totalCount"].as_i64().unwrap();
        assert_eq!(usize::try_from(sum).unwrap(), count("Source"), "each record matches either the filter or its negation, with null too");
    }
}

fn outcomes(one: &Json) -> &[Json] {
    one["outcomes"]["nodes"].as_array().unwrap()
}

on_both_databases! {
    async fn relations_are_filtered_by_some_none_and_every(app: &TestApp) {
        let selection = "outcomes(first: 100) { nodes { grade evidenceLevel condition { slug parent { slug } } } }";
        compare(app, "procedures", selection, &[
            ("outcomes: {some: {grade: {eq: HELPS}}}", |one| outcomes(one).iter().any(|outcome| outcome["grade"] == "HELPS")),
            ("outcomes: {none: {grade: {eq: HELPS}}}", |one| outcomes(one).iter().all(|outcome| outcome["grade"] != "HELPS")),
            ("outcomes: {every: {grade: {eq: HELPS}}}", |one| outcomes(one).iter().all(|outcome| outcome["grade"] == "HELPS")),
            ("outcomes: {some: {grade: {eq: HELPS}, evidenceLevel: {eq: 1}}}", |one| {
                outcomes(one).iter().any(|outcome| outcome["grade"] == "HELPS" && outcome["evidenceLevel"] == 1)
            }),
            ("outcomes: {every: {evidenceLevel: {lte: 2}}}", |one| {
                outcomes(one).iter().all(|outcome| outcome["evidenceLevel"].as_i64().is_some_and(|level| level <= 2))
            }),
            (r#"outcomes: {some: {condition: {parent: {slug: {eq: "scars"}}}}}"#, |one| {
                outcomes(one).iter().any(|outcome| outcome["condition"]["parent"]["slug"] == "scars")
            }),
            (r#"outcomes: {none: {condition: {slug: {startsWith: "acne"}}}}"#, |one| {
                outcomes(one).iter().all(|outcome| !outcome["condition"]["slug"].as_str().unwrap().starts_with("acne"))
            }),
        ]).await;
        let data = app.data("{ procedures(where: {outcomes: {some: {}}}) { totalCount } none: procedures(where: {outcomes: {none: {}}}) { totalCount } }").await;
        assert_eq!(data, json!({"procedures": {"totalCount": count("Procedure")}, "none": {"totalCount": 0}}));
    }
}

on_both_databases! {
    async fn a_relation_to_one_is_filtered_by_its_fields_and_by_is_null(app: &TestApp) {
        compare(app, "conditions", "parent { slug kind parent { slug } }", &[
            ("parent: {isNull: true}", |one| one["parent"].is_null()),
            ("parent: {isNull: false}", |one| !one["parent"].is_null()),
            ("parent: {}", |one| !one["parent"].is_null()),
            ("not: {parent: {isNull: true}}", |one| !one["parent"].is_null()),
            (r#"parent: {slug: {eq: "scars"}}"#, |one| one["parent"]["slug"] == "scars"),
            (r#"parent: {isNull: false, slug: {eq: "scars"}}"#, |one| one["parent"]["slug"] == "scars"),
            (r#"parent: {isNull: null, slug: {eq: "scars"}}"#, |one| one["parent"]["slug"] == "scars"),
            (r#"parent: {isNull: true, slug: {eq: "scars"}}"#, |_| false),
            (r#"or: [{parent: {isNull: true}}, {parent: {slug: {eq: "scars"}}}]"#, |one| one["parent"].is_null() || one["parent"]["slug"] == "scars"),
            (r#"parent: {parent: {slug: {eq: "fine-lines-and-wrinkles"}}}"#, |one| one["parent"]["parent"]["slug"] == "fine-lines-and-wrinkles"),
            ("parent: {parent: {isNull: true}}", |one| !one["parent"].is_null() && one["parent"]["parent"].is_null()),
        ]).await;
        let required = app.data("{ none: treatmentOutcomes(where: {procedure: {isNull: true}}) { totalCount } all: treatmentOutcomes(where: {condition: {isNull: false}}) { totalCount } outcomes: treatmentOutcomes { totalCount } }").await;
        assert_eq!(required["none"], json!({"totalCount": 0}));
        assert_eq!(required["all"], required["outcomes"], "a relation that must be there always is");
    }
}

on_both_databases! {
    async fn null_in_a_filter_is_as_if_it_were_left_out(app: &TestApp) {
        for (with_null, without) in [
            (json!(null), json!({})),
            (json!({"name": null, "category": null, "id": null, "outcomes": null, "adverseEffects": null, "parent": null}), json!({})),
            (json!({"and": null, "or": null, "not": null, "isNull": null}), json!({})),
            (json!({"outcomes": {"some": null, "none": null, "every": null}}), json!({})),
            (json!({"and": null, "name": {"eq": "Microneedling", "in": null}}), json!({"name": {"eq": "Microneedling"}})),
            (json!({"name": {"contains": null, "startsWith": "micro", "isNull": null, "ne": null, "lt": null}}), json!({"name": {"startsWith": "micro"}})),
            (json!({"outcomes": {"some": {"responders": null, "condition": {"parent": null, "slug": {"startsWith": "acne"}}}}}), json!({"outcomes": {"some": {"condition": {"slug": {"startsWith": "acne"}}}}})),
            (json!({"parent": {"isNull": null}}), json!({"parent": {}})),
            (json!({"or": [{"name": {"startsWith": "micro"}, "not": null}, {"category": {"eq": "LASER"}, "slug": {"in": null}}]}), json!({"or": [{"name": {"startsWith": "micro"}}, {"category": {"eq": "LASER"}}]})),
        ] {
            let query = "query ($where: ProcedureWhere) { procedures(where: $where, first: 100) { totalCount nodes { slug } } }";
            let given = app.query_with(query, json!({"where": with_null})).await;
            assert_eq!(given, app.query_with(query, json!({"where": without})).await, "{with_null}");
            assert_eq!(given["errors"], Json::Null, "{with_null}");
        }
        let query = "query ($parent: ProcedureWhere) { procedures(where: {parent: $parent}) { totalCount } }";
        let all = json!({"data": {"procedures": {"totalCount": count("Procedure")}}});
        assert_eq!(app.query_with(query, json!({})).await, all);
        assert_eq!(app.query_with(query, json!({"parent": null})).await, all, "a filter that is null matches everything");
    }
}

on_both_databases! {
    async fn parts_and_links_are_filtered_like_relations(app: &TestApp) {
        compare(app, "procedures", "contraindications { strength topic condition { slug } } usedDevices(first: 100) { nodes { slug } } contraindicatedConditions(first: 100) { nodes { slug } }", &[
            ("contraindications: {some: {strength: {eq: CAUTION}}}", |one| {
                one["contraindications"].as_array().unwrap().iter().any(|reason| reason["strength"] == "CAUTION")
            }),
            ("contraindications: {none: {}}", |one| one["contraindications"] == json!([])),
            ("contraindications: {some: {topic: {in: [INFECTION, ALLERGY]}}}", |one| {
                let topics = ["INFECTION", "ALLERGY"];
                one["contraindications"].as_array().unwrap().iter().any(|reason| topics.contains(&reason["topic"].as_str().unwrap()))
            }),
            ("contraindications: {none: {topic: {eq: INFECTION}}}", |one| {
                one["contraindications"].as_array().unwrap().iter().all(|reason| reason["topic"] != "INFECTION")
            }),
            (r#"contraindications: {some: {condition: {slug: {eq: "acne"}}}}"#, |one| {
                one["contraindications"].as_array().unwrap().iter().any(|reason| reason["condition"]["slug"] == "acne")
            }),
            (r#"usedDevices: {some: {slug: {eq: "dermal-roller"}}}"#, |one| slugs(&one["usedDevices"]).contains(&"dermal-roller")),
            (r#"contraindicatedConditions: {some: {slug: {eq: "keloids"}}}"#, |one| slugs(&one["contraindicatedConditions"]).contains(&"keloids")),
        ]).await;
    }
}

on_both_databases! {
    async fn ids_are_compared(app: &TestApp) {
        let id = app.data(r#"{ procedure(by: {slug: "microneedling"}) { id } }"#).await["procedure"]["id"].take();
        let query = "query ($id: ID!) {
            is: procedures(where: {id: {eq: $id}}) { nodes { slug } }
            isNot: procedures(where: {id: {ne: $id}}) { totalCount }
            among: procedures(where: {id: {in: [$id]}}) { nodes { slug } }
            notAmong: procedures(where: {id: {notIn: [$id]}}) { totalCount }
            below: treatmentOutcomes(where: {procedure: {id: {eq: $id}}}) { totalCount }
        }";
        let one = json!({"nodes": [{"slug": "microneedling"}]});
        let others = json!({"totalCount": count("Procedure") - 1});
        let response = app.query_with(query, json!({ "id": id })).await;
        assert_eq!(response["data"], json!({"is": one, "isNot": others, "among": one, "notAmong": others, "below": {"totalCount": 9}}));
    }
}

on_both_databases! {
    async fn lists_below_a_parent_are_filtered_and_counted_in_the_same_way(app: &TestApp) {
        let query = r#"{
            procedures(where: {slug: {in: ["microneedling", "chemical-peel"]}}) {
                nodes { slug outcomes(where: {grade: {eq: EFFECTIVE}}) { totalCount nodes { slug grade } } citations(where: {year: {eq: 2022}}) { totalCount nodes { slug } } }
            }
        }"#;
        let whole = app.every("procedures", "slug outcomes(first: 100) { nodes { slug grade } } citations(first: 100) { nodes { slug year } }").await;
        let found = app.data(query).await["procedures"]["nodes"].take();
        assert_eq!(found.as_array().unwrap().len(), 2);
        for one in found.as_array().unwrap() {
            let all = whole.iter().find(|all| all["slug"] == one["slug"]).unwrap();
            let effective: Vec<&Json> = outcomes(all).iter().filter(|outcome| outcome["grade"] == "EFFECTIVE").collect();
            assert_eq!(one["outcomes"], json!({"totalCount": effective.len(), "nodes": effective}));
            let cited: Vec<&str> = all["citations"]["nodes"].as_array().unwrap().iter().filter(|source| source["year"] == 2022).map(|source| source["slug"].as_str().unwrap()).collect();
            assert_eq!((slugs(&one["citations"]), &one["citations"]["totalCount"]), (cited.clone(), &json!(cited.len())));
        }
    }
}

on_both_databases! {
    async fn every_letter_of_unicode_is_found_in_either_case(app: &TestApp) {
        use sea_orm::ConnectionTrait as _;
        let lower = |letter: &char| letter.to_lowercase().collect::<String>();
        let letters: Vec<char> = ('\u{80}'..=char::MAX).filter(|letter| lower(letter) != letter.to_string()).collect();
        assert!(letters.contains(&'\u{a7cb}') && letters.contains(&'\u{10d50}'), "letters of Unicode 16 are among them");
        let conditions = app.every("conditions", "slug").await;
        let mut slugs_left = conditions.iter().map(|one| one["slug"].as_str().unwrap());
        let mut set = async |name: &str| {
            let slug = slugs_left.next().unwrap();
            let rename = format!("UPDATE condition SET name = '{name}' WHERE slug = '{slug}'");
            assert_eq!(app.store.writer().execute_unprepared(&rename).await.unwrap().rows_affected(), 1);
            slug
        };
        let mut expected = Vec::new();
        // A name must fit into an index of PostgreSQL.
        for letters in letters.chunks(300) {
            let (large, small) = (letters.iter().collect::<String>(), letters.iter().map(lower).collect::<String>());
            let slug = set(&format!("QQQ {large} Ñ")).await;
            expected.extend([
                (json!({"contains": large}), Some(slug)),
                (json!({"contains": small}), Some(slug)),
                (json!({"startsWith": format!("qqq {small}")}), Some(slug)),
                (json!({"endsWith": format!("{small} ñ")}), Some(slug)),
                (json!({"contains": format!("{small}n")}), None),
            ]);
        }
        let slug = set("\u{a7cb}x \u{212a} İs").await;
        expected.extend([
            (json!({"contains": "\u{264}X"}), Some(slug)),
            (json!({"startsWith": "\u{a7cb}X k i\u{307}S"}), Some(slug)),
            (json!({"endsWith": "K i\u{307}s"}), Some(slug)),
            (json!({"endsWith": "\u{307}S"}), Some(slug)),
            (json!({"contains": "\u{264} x"}), None),
        ]);
        for (filter, slug) in expected {
            let query = "query ($name: TextFilter) { conditions(where: {name: $name}) { nodes { slug } } }";
            let response = app.query_with(query, json!({"name": filter})).await;
            let expected: Vec<&str> = slug.into_iter().collect();
            assert_eq!(slugs(&response["data"]["conditions"]), expected, "{filter}: {}", response["errors"]);
        }
    }
}

on_both_databases! {
    async fn sqlite_finds_the_rows_by_the_most_selective_condition(app: &TestApp) {
        let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
        for (filter, others) in [
            ("procedure: {slug: {eq: \"microneedling\"}}, grade: {eq: HELPS}", vec!["grade"]),
            ("grade: {in: [HELPS, MODEST]}, position: {eq: 1}, certainty: {eq: NOT_ASSESSED}", vec!["grade", "certainty"]),
            ("and: [{grade: {eq: HELPS}}, {condition: {slug: {eq: \"acne-scars\"}}}]", vec!["grade"]),
            ("grade: {eq: HELPS}", vec![]),
            ("procedure: {slug: {in: [\"microneedling\", \"cryotherapy\"]}, category: {eq: NEEDLING}}", vec![]),
            ("variant: {eq: \"none\"}, grade: {eq: HELPS}", vec!["grade"]),
        ] {
            let query = format!("{{ treatmentOutcomes(where: {{{filter}}}) {{ totalCount }} }}");
            let request = GraphqlRequest { document: Some(query), reports_plan: true, ..GraphqlRequest::default() };
            let executed = service.run(service.prepare(request, &account()).await.unwrap(), &account()).await.unwrap();
            let response: Json = serde_json::from_str(&executed.response.body).unwrap();
            let sql = response["extensions"]["plan"][0]["statements"][0]["sql"].as_str().unwrap();
            // A column with a plus sign has no index. PostgreSQL selects its index itself.
            let without_index: Vec<&str> = ["grade", "certainty", "position", "procedure_id", "condition_id"].into_iter()
                .filter(|column| sql.contains(&format!("+\"t\".\"{column}\""))).collect();
            let expected = if app.store.dialect() == Dialect::Sqlite { others } else { Vec::new() };
            assert_eq!(without_index, expected, "{sql}");
        }
    }
}
