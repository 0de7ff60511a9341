//! The explorer: lists with filters, their files, the evidence map, the comparison, and the reference.

mod map;
mod records;
mod schema_pages;
mod search;

use std::collections::{BTreeSet, VecDeque};

use dermagraph::{
    access::{AccessConfig, Role},
    pages::{
        Site,
        explore::{
            View,
            compare::Comparison,
            list::{Chosen, LISTS},
        },
        library,
    },
    schema,
};
use serde_json::{Value as Json, json};

use crate::{
    gate::service,
    http::{received, refused},
    site::{data, header, open, page},
    support::{TestApp, on_both_databases},
    visits::BROWSER,
};

const OUTCOMES: &str = "/explore/outcomes";

/// Returns the file of a list, as JSON.
async fn file(app: &TestApp, path: &str) -> Json {
    open(app, path, &[("accept", BROWSER)]).await.json().await.unwrap()
}

on_both_databases! {
    async fn each_list_shows_the_request_that_it_has_sent(app: &TestApp) {
        let site = Site {
            root: "./../".into(),
            origin: app.address.clone(),
            may_open_playground: true,
            may_read_schema: true,
            desk: true,
        };
        let library: library::Data = serde_json::from_value(data(app, &library::request()).await).unwrap();
        for list in LISTS {
            let chosen = Chosen::read(list, &[]).unwrap();
            let view = View::List(chosen);
            let expected = view.make(&site, &library.library, data(app, &view.request()).await).unwrap().unwrap();
            assert_eq!(page(app, &format!("/explore/{}", list.name)).await, expected, "{}", list.name);
        }
        let comparison = Comparison { condition: "acne-scars".into(), a: "microneedling".into(), b: "chemical-peel".into() };
        let view = View::Compare(comparison);
        let expected = view.make(&site, &library.library, data(app, &view.request()).await).unwrap().unwrap();
        let found = page(app, "/explore/compare?condition=acne-scars&a=microneedling&b=chemical-peel").await;
        assert_eq!(found, expected);
        assert!(found.contains("Microneedling and chemical peel for acne scars"), "{found}");
    }
}

on_both_databases! {
    async fn filters_of_a_list_are_those_of_the_api(app: &TestApp) {
        for (path, query) in [
            ("/explore/outcomes?level=1&level=2", "{ list: treatmentOutcomes(where: {evidenceLevel: {in: [1, 2]}}) { totalCount } }"),
            ("/explore/outcomes?kind=SCAR&grade=EFFECTIVE&grade=HELPS", "{ list: treatmentOutcomes(where: {conditions: {some: {kind: {eq: SCAR}}}, grade: {gte: HELPS}}) { totalCount } }"),
            ("/explore/outcomes?condition=acne-scars", "{ list: treatmentOutcomes(where: {conditions: {some: {slug: {eq: \"acne-scars\"}}}}) { totalCount } }"),
            ("/explore/procedures?category=LASER&name=pigment", "{ list: procedures(where: {category: {eq: LASER}}, search: {text: \"pigment\"}) { totalCount } }"),
            ("/explore/conditions?area=face&area=neck&kind=SCAR&kind=AGEING_CHANGE", "{ list: conditions(where: {kind: {in: [SCAR, AGEING_CHANGE]}, bodyAreas: {some: {slug: {in: [\"face\", \"neck\"]}}}}) { totalCount } }"),
            ("/explore/sources?kind=GUIDELINE&kind=REGULATOR&order=title", "{ list: sources(where: {kind: {in: [GUIDELINE, REGULATOR]}}) { totalCount } }"),
            ("/explore/outcomes?least=HELPS&kind=SCAR", "{ list: treatmentOutcomes(where: {conditions: {some: {kind: {eq: SCAR}}}, grade: {in: [HELPS, EFFECTIVE]}}) { totalCount } }"),
            ("/explore/map?area=face&area=neck&least=EFFECTIVE", "{ list: treatmentOutcomes(where: {conditions: {some: {bodyAreas: {some: {slug: {in: [\"face\", \"neck\"]}}}}}, grade: {eq: EFFECTIVE}}) { totalCount } }"),
            ("/explore/conditions?outcomes=none", "{ list: conditions(where: {outcomes: {none: {}}}) { totalCount } }"),
            ("/explore/procedures?outcomes=some&category=LASER", "{ list: procedures(where: {category: {eq: LASER}, outcomes: {some: {}}}) { totalCount } }"),
            ("/explore/map?category=LASER&gaps=shown", "{ list: treatmentOutcomes(where: {procedure: {category: {eq: LASER}}}) { totalCount } }"),
            ("/explore/map?category=LASER", "{ list: treatmentOutcomes(where: {procedure: {category: {eq: LASER}}}) { totalCount } }"),
        ] {
            let total = &app.data(query).await["list"]["totalCount"];
            let whole = file(app, &format!("{path}&format=json")).await;
            assert_eq!((&whole["totalCount"], whole["entries"].as_array().unwrap().len()), (total, usize::try_from(total.as_u64().unwrap()).unwrap()), "{path}");
            assert_ne!(*total, json!(0), "{path} finds nothing, so it tests nothing");
            let found = page(app, path).await;
            let entries = if *total == json!(1) { "1 entry.".to_owned() } else { format!("{total} entries") };
            assert!(found.contains(&entries), "{path}: {found}");
            assert!(found.contains("name=\"robots\" content=\"noindex\""), "a choice is not for search engines");
        }
        let none = page(app, "/explore/outcomes?condition=nothing").await;
        assert!(none.contains("The library has nothing that matches."), "{none}");
    }
}

/// The options of a page that have a number of entries: parameter, value, that number, and whether it is chosen.
fn options(page: &str) -> Vec<(String, String, u64, bool)> {
    let attribute =
        |text: &str, name: &str| text.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let option = |text: &str| {
        let number = text.split("</label>").next()?.split("class=\"count\">").nth(1)?.split('<').next()?;
        let tag = text.split('>').next()?;
        Some((attribute(tag, "name"), attribute(tag, "value"), number.parse().unwrap(), tag.ends_with("checked")))
    };
    page.split("<input type=\"checkbox\" ").skip(1).filter_map(option).collect()
}

/// Values of each facet of a page that are tested.
const TESTED: usize = 3;

on_both_databases! {
    async fn each_option_of_a_filter_has_the_number_of_entries_that_it_leaves(app: &TestApp) {
        for (path, chosen) in [
            ("/explore/map?grade=HELPS&level=1&level=2", 3),
            ("/explore/outcomes?procedure=microneedling", 1),
            ("/explore/procedures?purpose=MEDICAL&name=laser", 1),
            ("/explore/conditions?area=face", 1),
            ("/explore/sources?read=FULL&level=1", 2),
        ] {
            let options = options(&page(app, path).await);
            let (list, given) = path.split_once('?').unwrap();
            assert_eq!(options.iter().filter(|(.., is_chosen)| *is_chosen).count(), chosen, "{path}");
            for facet in options.chunk_by(|(one, ..), (other, ..)| one == other) {
                for (name, value, count, is_chosen) in facet.iter().take(TESTED) {
                    assert_eq!(*is_chosen, given.split('&').any(|one| one == format!("{name}={value}")), "{path}: {name}={value}");
                    let mut rest: Vec<&str> = given.split('&').filter(|one| !one.starts_with(&format!("{name}="))).collect();
                    let own = format!("{name}={value}&format=json");
                    rest.push(&own);
                    let left = file(app, &format!("{list}?{}", rest.join("&"))).await;
                    assert_eq!(left["totalCount"], json!(count), "{path}: {name}={value}");
                }
            }
        }
        // A chosen value stays in the form, even if no entry is left.
        let empty = page(app, "/explore/outcomes?procedure=microneedling&category=LASER&kind=SWEAT_GLAND_DISORDER").await;
        assert!(options(&empty).contains(&("category".into(), "LASER".into(), 0, true)), "{empty}");
        assert!(empty.contains("Kind of condition: Sweat gland disorder"), "{empty}");
        let unknown = page(app, "/explore/outcomes?condition=%3Cb%3E").await;
        assert!(unknown.contains("Condition: &lt;b&gt;") && unknown.contains("The library has nothing that matches."), "{unknown}");
    }
}

on_both_databases! {
    async fn one_condition_of_an_outcome_matches_all_filters_of_conditions(app: &TestApp) {
        let outcomes = app.data("{ treatmentOutcomes(first: 100) { nodes { slug conditions(first: 50) { nodes { slug bodyAreas { nodes { slug } } } } } } }").await;
        let outcomes = outcomes["treatmentOutcomes"]["nodes"].as_array().unwrap().clone();
        let nodes = |of: &Json| of["nodes"].as_array().unwrap().clone();
        let slug = |one: &Json| one["slug"].as_str().unwrap().to_owned();
        let conditions = |outcome: &Json| nodes(&outcome["conditions"]).iter().map(|one| (slug(one), nodes(&one["bodyAreas"]).iter().map(slug).collect())).collect();
        let conditions: Vec<Vec<(String, BTreeSet<String>)>> = outcomes.iter().map(conditions).collect();
        // A condition, and a body area that only another condition of the same outcome has.
        let mut choices = BTreeSet::new();
        for (condition, own) in conditions.iter().flat_map(|of| of.iter().map(move |one| (of, one))) {
            choices.extend(condition.iter().flat_map(|(_, areas)| areas).filter(|area| !own.1.contains(*area)).map(|area| (own.0.clone(), area.clone())));
        }
        assert!(choices.len() > 1, "no outcome distinguishes the two rules");
        for (condition, area) in &choices {
            let left = |condition: &str| conditions.iter().filter(|of| of.iter().any(|(slug, areas)| slug == condition && areas.contains(area))).count();
            let whole = file(app, &format!("/explore/map?condition={condition}&area={area}&format=json")).await;
            assert_eq!(whole["totalCount"], json!(left(condition)), "{condition} and {area}");
            for path in [format!("/explore/map?area={area}"), format!("/explore/outcomes?area={area}&condition={condition}")] {
                let options = options(&page(app, &path).await);
                assert!(options.iter().any(|(name, ..)| name == "condition"), "{path}");
                for (_, value, count, is_chosen) in options.iter().filter(|(name, ..)| name == "condition") {
                    assert_eq!(json!(count), json!(left(value)), "{path}: {value}");
                    assert!(*count > 0 || *is_chosen, "{path}: {value}");
                }
            }
        }
    }
}

on_both_databases! {
    async fn a_wrong_filter_is_refused(app: &TestApp) {
        let wrong = |message: &'static str| refused(400, "BAD_REQUEST", message);
        for (path, message) in [
            ("/explore/outcomes?least=NOT_GRADED", "The filter \"least\" does not have this value."),
            ("/explore/map?least=HELPS&least=MODEST", "The parameter \"least\" is given twice."),
            ("/explore/conditions?outcomes=every", "The filter \"outcomes\" does not have this value."),
            ("/explore/map?gaps=hidden", "The filter \"gaps\" does not have this value."),
            ("/explore/outcomes?level=9", "The filter \"level\" does not have this value."),
            ("/explore/map?kind=scar'--", "The filter \"kind\" does not have this value."),
            ("/explore/procedures?order=random", "The list does not have this order."),
            ("/explore/procedures?format=svg", "The list has the formats csv and json."),
            ("/explore/sources?kind=GUIDELINE&kind=BOOK", "The filter \"kind\" does not have this value."),
            ("/explore/sources?title=a&title=b", "The parameter \"title\" is given twice."),
        ] {
            assert_eq!(received(open(app, path, &[("accept", "application/json")]).await).await, wrong(message), "{path}");
        }
        let cursor = open(app, "/explore/outcomes?after=wrong", &[("accept", BROWSER)]).await;
        assert_eq!(cursor.status(), 400);
        assert!(cursor.text().await.unwrap().contains("This page cannot be shown"));
        for path in ["/explore/nothing", "/explore/revisions/2", "/explore/revisions/x", "/explore/revisions/+1", "/explore/revisions/99999999999"] {
            assert_eq!(open(app, path, &[("accept", BROWSER)]).await.status(), 404, "{path}");
        }
        assert_eq!(open(app, "/explore/revisions/1?after=wrong", &[("accept", BROWSER)]).await.status(), 400);
        assert_eq!(open(app, "/explore/nothing/microneedling", &[("accept", BROWSER)]).await.status(), 404);
    }
}

on_both_databases! {
    async fn pages_of_a_list_have_each_entry_once(app: &TestApp) {
        for (first, query) in [
            ("/explore/sources", "{ sources { totalCount } }"),
            ("/explore/sources?title=laser", "{ sources(search: {text: \"laser\"}) { totalCount } }"),
            ("/explore/sources?title=laser&order=title", "{ sources(search: {text: \"laser\"}) { totalCount } }"),
        ] {
            let mut path = Some(first.to_owned());
            let (mut slugs, mut pages) = (Vec::new(), 0);
            while let Some(at) = path {
                let found = page(app, &at).await;
                let entries = found.split("<ul class=\"plain\">").last().unwrap();
                slugs.extend(entries.split("href=\"./../explore/sources/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
                path = found.split("rel=\"next\" href=\"./..").nth(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
                pages += 1;
            }
            let total = &app.data(query).await["sources"]["totalCount"];
            assert!(pages > 1 && json!(slugs.len()) == *total, "{first}: {pages} pages with {} of {total} sources", slugs.len());
            assert_eq!(slugs.iter().collect::<BTreeSet<_>>().len(), slugs.len(), "{first}: an entry is on two pages");
        }
    }
}

on_both_databases! {
    async fn a_file_has_all_entries_with_revision_date_and_a_line_to_cite(app: &TestApp) {
        let response = open(app, "/explore/sources?format=csv", &[("accept", BROWSER)]).await;
        assert_eq!(header(response.headers(), "content-type"), "text/csv; charset=utf-8");
        let published = app.data("{ library { publishedAt } }").await["library"]["publishedAt"].as_str().unwrap().to_owned();
        let name = format!("attachment; filename=\"dermagraph-sources-revision-1-{}.csv\"", &published[..10]);
        assert_eq!(header(response.headers(), "content-disposition"), name);
        let text = response.text().await.unwrap();
        let (head, rows) = text.split_once("\r\n").unwrap();
        assert_eq!(head, "title,authors,publisher,year,kind,level,extent_read,url,doi,pmid,revision,published_at,notice,cite");
        let sources = app.every("sources", "slug").await;
        assert_eq!(rows.matches("\r\n").count(), sources.len());
        for source in &sources {
            let cite = format!(", {}/explore/sources/{}\"\r\n", app.address, source["slug"].as_str().unwrap());
            assert!(rows.contains(&cite), "{cite}");
        }
        let whole = file(app, "/explore/sources?format=json").await;
        assert_eq!((whole["revision"].as_i64(), whole["entries"].as_array().unwrap().len()), (Some(1), sources.len()));
        let cite = whole["cite"].as_str().unwrap();
        assert!(cite.starts_with("Dermagraph, revision 1, published ") && cite.ends_with("/explore/sources"), "{cite}");
        let picture = open(app, "/explore/map?kind=SCAR&format=svg", &[("accept", BROWSER)]).await;
        assert_eq!(header(picture.headers(), "content-type"), "image/svg+xml");
        let picture = picture.text().await.unwrap();
        for part in ["<svg xmlns=\"http://www.w3.org/2000/svg\"", "Microneedling", "Acne scars", "Dermagraph, revision 1, published ", "?kind=SCAR"] {
            assert!(picture.contains(part), "{part}: {picture}");
        }
    }
}

on_both_databases! {
    async fn every_page_is_in_the_sitemap_and_every_link_leads_somewhere(app: &TestApp) {
        let sitemap = open(app, "/sitemap.xml", &[]).await.text().await.unwrap();
        let listed: BTreeSet<String> = sitemap.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap().replace(&app.address, "")).collect();
        let robots = open(app, "/robots.txt", &[]).await.text().await.unwrap();
        assert!(robots.ends_with(&format!("Sitemap: {}/sitemap.xml\n", app.address)), "{robots}");
        for closed in robots.lines().filter_map(|line| line.strip_prefix("Disallow: ")) {
            assert!(!listed.iter().any(|path| path.starts_with(closed)), "robots must not open {closed}, but a page below it is in the sitemap");
        }
        let mut seen = BTreeSet::from(["/".to_owned()]);
        let mut open_paths = VecDeque::from(["/".to_owned()]);
        let mut pages = BTreeSet::new();
        while let Some(path) = open_paths.pop_front() {
            let response = open(app, &path, &[("accept", BROWSER)]).await;
            assert!(response.status() == 200 || response.status() == 308, "{path}: {}", response.status());
            if !header(response.headers(), "content-type").starts_with("text/html") || path.starts_with("/playground") {
                continue;
            }
            let text = response.text().await.unwrap();
            if !text.contains("content=\"noindex\"") && !path.contains('?') {
                pages.insert(path.clone());
            }
            let links = ["href=\"./", "src=\"./"].into_iter().flat_map(|start| text.split(start).skip(1));
            for rest in links {
                let link = rest.split(['"', '#']).next().unwrap().replace("&amp;", "&").replace("../", "");
                // One of each kind of choice is enough, and the list of the reference has all of its pages.
                let is_choice = link.contains('?') && !link.contains("format=") && !link.contains("?after=");
                if !is_choice && seen.insert(format!("/{link}")) {
                    open_paths.push_back(format!("/{link}"));
                }
            }
        }
        assert!(pages.len() > 200, "{}", pages.len());
        let missing: Vec<&String> = pages.difference(&listed).collect();
        assert!(missing.is_empty(), "pages that are not in the sitemap: {missing:?}");
        let unreachable: Vec<&String> = listed.difference(&pages).collect();
        assert!(unreachable.is_empty(), "pages to which no link leads: {unreachable:?}");
    }
}

on_both_databases! {
    async fn the_reference_has_a_page_for_each_type_and_root_field(app: &TestApp) {
        let introspected = schema::introspected();
        for one in introspected["types"].as_array().unwrap() {
            let name = one["name"].as_str().unwrap();
            if name.starts_with("__") {
                continue;
            }
            let (found, text) = (page(app, &format!("/reference/{name}")).await, open(app, &format!("/reference/{name}.md"), &[]).await.text().await.unwrap());
            for part in one["fields"].as_array().into_iter().chain(one["inputFields"].as_array()).chain(one["enumValues"].as_array()).flatten() {
                let part = part["name"].as_str().unwrap();
                assert!(found.contains(&format!("<dt><code>{part}")) && text.contains(&format!("- `{part}")), "{name}.{part}");
                assert_eq!(found.matches(&format!(" id=\"{part}\"")).count(), 1, "{name}#{part}");
            }
        }
        let found = page(app, "/reference/Query.procedures").await;
        for part in ["Number of entries from the start, 0 to 100.", "The response of this service", "procedures(first: 2) {", "chemical-peel", "ProcedureConnection"] {
            assert!(found.contains(part), "{part}: {found}");
        }
        assert!(page(app, "/reference/Certainty").await.contains("TreatmentOutcome.certainty"));
        for path in ["/reference/Nothing", "/reference/Query.nothing", "/reference/Procedure.name", "/reference/__Type", "/reference/.md"] {
            assert_eq!(open(app, path, &[("accept", BROWSER)]).await.status(), 404, "{path}");
        }
        let tools: Json = open(app, "/schema.json", &[]).await.json().await.unwrap();
        assert_eq!(tools["data"]["__schema"], introspected);
        assert!(open(app, "/llms.txt", &[]).await.text().await.unwrap().contains("/reference/index.md"));
    }
}

#[actix_web::test]
async fn the_reference_requires_the_role_of_introspection() {
    let app = service(AccessConfig { introspection_role: Some(Role::Admin), ..AccessConfig::default() }).await;
    for path in ["/reference", "/reference/Procedure", "/reference/Procedure.md", "/schema.json"] {
        assert_eq!(open(&app, path, &[("accept", BROWSER)]).await.status(), 401, "{path}");
    }
    assert!(!open(&app, "/sitemap.xml", &[]).await.text().await.unwrap().contains("/reference"));
    assert!(!page(&app, "/").await.contains("reference"));
}

#[actix_web::test]
async fn an_empty_library_has_empty_lists() {
    let app = TestApp::sqlite_with(&[]).await;
    for list in LISTS {
        let found = page(&app, &format!("/explore/{}", list.name)).await;
        assert!(found.contains("0 entries.") && found.contains("The library has nothing that matches."), "{found}");
        let text = open(&app, &format!("/explore/{}?format=csv", list.name), &[]).await.text().await.unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    let found = page(&app, "/explore/compare?condition=a&a=b&b=c").await;
    assert!(found.contains("This library has no procedure with the name <code>b</code>."), "{found}");
    assert!(page(&app, "/explore/compare").await.contains("Choose a condition and two procedures."));
    page(&app, "/explore/map").await;
    assert_eq!(open(&app, &format!("{OUTCOMES}?format=json"), &[]).await.status(), 200);
}

on_both_databases! {
    async fn a_text_that_no_database_stores_is_a_bad_request(app: &TestApp) {
        for path in ["/explore/procedures/op%00", "/?search=%00", "/explore/outcomes?condition=%00", "/explore/procedures?name=a%00b",
            "/explore/sources?title=%00", "/explore/map?condition=%00"] {
            let response = open(app, path, &[("accept", BROWSER)]).await;
            assert!([400, 404].contains(&response.status().as_u16()), "{path}: {}", response.status());
        }
    }
}
