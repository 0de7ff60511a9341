//! The pages of the product: the responses to browsers and to programs, and their cost.

use std::collections::BTreeSet;

use dermagraph::{
    access::{AccessConfig, Role},
    app::Config,
    generate::{LibrarySize, RequestedSize, documents},
    pages::{PageRequest, Site, explore::View, home, library, questions, search},
    schema::TrustedDocuments,
};
use reqwest::{Client, Response, header::HeaderMap, redirect::Policy};
use serde_json::{Value as Json, json};

use crate::{
    gate::service,
    http::{received, refused},
    support::{TestApp, on_both_databases, publish},
    visits::BROWSER,
};

pub async fn open(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = client.get(format!("{}{path}", app.address));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

pub async fn page(app: &TestApp, path: &str) -> String {
    let response = open(app, path, &[("accept", BROWSER)]).await;
    assert_eq!(response.status(), 200, "{path}");
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
    response.text().await.unwrap()
}

pub fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// Returns the addresses of all questions.
fn addresses() -> Vec<String> {
    questions::all().iter().map(|question| format!("/?q={}", question.slug)).collect()
}

/// Sends a request of a page as a client sends it.
pub async fn data(app: &TestApp, request: &PageRequest) -> Json {
    let post = app.client().post(format!("{}/graphql", app.address)).header("content-type", "application/json");
    let mut body: Json = post.body(request.body()).send().await.unwrap().json().await.unwrap();
    assert_eq!(body.get("errors"), None, "{}", request.document());
    body["data"].take()
}

on_both_databases! {
    async fn the_first_page_answers_its_first_question(app: &TestApp) {
        let text = page(app, "/").await;
        for part in ["What helps with melasma, and how sure is that?", "Chemical peel", "Evidence level 2", "Educational content, not medical advice.", ">Revision 1</a>, published ", "query TreatmentsOf("] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let counts = app.data("{ library { counts { procedures sources } } }").await;
        for (name, number) in [("procedures", &counts["library"]["counts"]["procedures"]), ("sources", &counts["library"]["counts"]["sources"])] {
            assert!(text.contains(&format!("<dt>{name}</dt><dd>{number}</dd>")), "{name}: {text}");
        }
    }
}

on_both_databases! {
    async fn each_page_shows_the_request_that_it_has_sent(app: &TestApp) {
        let site = Site {
            root: "./".into(),
            origin: app.address.clone(),
            may_open_playground: true,
            may_read_schema: true,
            desk: true,
        };
        let library: library::Data = serde_json::from_value(data(app, &library::request()).await).unwrap();
        let mut shown = BTreeSet::new();
        let known = serde_json::from_value(data(app, &questions::known()).await).unwrap();
        let resolved = questions::resolve(&known, None);
        assert!(known.is_complete() && resolved.len() == questions::all().len());
        for question in &resolved {
            // The page is exactly what is made from the data that a client gets for the request that is shown.
            let request = question.request();
            let subject = home::Subject::Question(question.clone());
            let expected = home::make(&site, &library.library, &resolved, &subject, data(app, request).await).unwrap();
            let found = page(app, &format!("/?q={}", question.slug)).await;
            assert_eq!(found, expected, "{}", question.slug);
            let escaped = request.document().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
            assert!(found.contains(&format!("<code data-part=\"query\">{escaped}</code>")), "{}", question.slug);
            shown.insert(found);
        }
        assert_eq!(shown.len(), questions::all().len(), "two questions have the same page");
        // A library without the records of the questions has no questions.
        let subject = home::Subject::Search { text: "acne".to_owned(), after: None };
        let found = home::make(&site, &library.library, &[], &subject, data(app, &subject.request()).await).unwrap();
        assert!(found.contains("<title>Search for “acne”"), "{found}");
    }
}

on_both_databases! {
    async fn each_procedure_and_condition_has_a_page(app: &TestApp) {
        let site = Site {
            root: "./../../".into(),
            origin: app.address.clone(),
            may_open_playground: true,
            may_read_schema: true,
            desk: true,
        };
        let library: library::Data = serde_json::from_value(data(app, &library::request()).await).unwrap();
        let sitemap = open(app, "/sitemap.xml", &[]).await.text().await.unwrap();
        let (procedures, conditions) = (app.every("procedures", "slug").await, app.every("conditions", "slug").await);
        let slug = |one: &Json| one["slug"].as_str().unwrap().to_owned();
        for (kind, slug) in procedures.iter().map(|one| ("procedures", slug(one))).chain(conditions.iter().map(|one| ("conditions", slug(one)))) {
            let view = if kind == "procedures" { View::Procedure(slug.clone()) } else { View::Condition(slug.clone()) };
            let path = format!("/explore/{kind}/{slug}");
            let found = page(app, &path).await;
            let expected = view.make(&site, &library.library, data(app, &view.request()).await).unwrap().unwrap();
            assert_eq!(found, expected, "{path}");
            assert!(sitemap.contains(&format!("<loc>{}{path}</loc>", app.address)), "{path}: {sitemap}");
            assert!(found.contains(&format!("<link rel=\"canonical\" href=\"{}{path}\">", app.address)), "{found}");
            let json = found.split("<script type=\"application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
            let about: Json = serde_json::from_str(json).unwrap();
            let entity = if kind == "procedures" { "MedicalTherapy" } else { "MedicalCondition" };
            assert_eq!((&about["@type"], &about["mainEntity"]["@type"]), (&json!("MedicalWebPage"), &json!(entity)), "{path}");
            assert!(about.get("reviewedBy").is_none() && about.get("lastReviewed").is_none(), "{path}: there is no review");
            assert!(about["mainEntity"].as_object().unwrap().values().all(|value| !value.is_null() && *value != json!([])), "{path}: {about}");
        }
        let codes = data(app, &View::Condition("scars".to_owned()).request()).await["condition"]["codes"].clone();
        let exact = codes.as_array().unwrap().iter().filter(|code| code["match"] == json!("EXACT")).count();
        assert_eq!(page(app, "/explore/conditions/scars").await.matches("\"MedicalCode\"").count(), exact, "{codes}");
        for path in ["/explore/procedures/none", "/explore/conditions/microneedling", "/explore/devices/none", "/explore/procedures/"] {
            let missing = open(app, path, &[("accept", BROWSER)]).await;
            assert_eq!((missing.status().as_u16(), header(missing.headers(), "cache-control")), (404, "no-store"), "{path}");
            assert!(missing.text().await.unwrap().contains("There is nothing at this URL."));
            assert_eq!(received(open(app, path, &[]).await).await, refused(404, "NOT_FOUND", "There is nothing at this URL."), "{path}");
        }
    }
}

on_both_databases! {
    async fn programs_get_a_document_at_the_root(app: &TestApp) {
        for accept in ["application/json", "application/json, text/plain, */*", "application/json, text/html;q=0.5"] {
            let (status, content_type, body) = received(open(app, "/", &[("accept", accept)]).await).await;
            assert_eq!((status, &*content_type), (200, "application/json; charset=utf-8"), "{accept}");
            assert_eq!((&body["name"], &body["revision"], &body["links"]["graphql"]), (&json!("Dermagraph"), &json!(1), &json!("./graphql")));
            assert_eq!(body["counts"], app.data("{ library { counts { procedures conditions treatmentOutcomes sources } } }").await["library"]["counts"]);
            for (_, link) in body["links"].as_object().unwrap() {
                let path = link.as_str().unwrap().trim_start_matches('.');
                assert_ne!(open(app, path, &[]).await.status(), 404, "{path}");
            }
        }
        for accept in [BROWSER, "*/*", "text/html, application/json"] {
            assert_eq!(open(app, "/", &[("accept", accept)]).await.headers()["content-type"], "text/html; charset=utf-8", "{accept}");
        }
    }
}

on_both_databases! {
    async fn a_page_is_cached_until_the_next_publication(app: &TestApp) {
        let first = open(app, "/", &[("accept", BROWSER)]).await;
        let tag = header(first.headers(), "etag").to_owned();
        assert_eq!((header(first.headers(), "cache-control"), header(first.headers(), "vary")), ("public, no-cache", "Accept, Accept-Encoding"));
        let again = open(app, "/", &[("accept", BROWSER), ("if-none-match", &tag)]).await;
        assert_eq!((again.status().as_u16(), header(again.headers(), "etag")), (304, &*tag));
        assert!(header(again.headers(), "content-security-policy").contains("default-src 'none'"));
        let compressed = open(app, "/", &[("accept", BROWSER), ("accept-encoding", "gzip, br")]).await;
        assert_eq!(header(compressed.headers(), "content-encoding"), "br");
        assert_ne!(header(open(app, "/", &[("accept", "application/json")]).await.headers(), "etag"), tag);
        publish(app, &[dermagraph::library::DocumentFile {
            name: "vocabulary.yaml".to_owned(),
            text: "notice: Educational.\ndevices:\n  - slug: needler\n    name: Needler\n    description: A needler.\n    sources: [what-is-microneedling]\n".to_owned(),
        }]).await;
        let later = open(app, "/", &[("accept", BROWSER), ("if-none-match", &tag)]).await;
        assert_eq!(later.status(), 200);
        assert!(later.text().await.unwrap().contains(">Revision 2</a>, published "));
    }
}

on_both_databases! {
    async fn words_are_found_by_the_search(app: &TestApp) {
        let text = page(app, "/?search=scar").await;
        for part in ["Search for “scar”", "Acne scars", "Hypertrophic scars", "query SearchLibrary", "name=\"robots\" content=\"noindex\""] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(page(app, "/?search=botox").await.contains("Botulinum toxin injections"), "another name");
        let misspelt = page(app, "/?search=rosecea").await;
        assert!(misspelt.contains("?search=rosacea#answer\">rosacea</a>") && misspelt.contains("explore/conditions/rosacea"), "{misspelt}");
        assert!(page(app, "/?search=qqqqq").await.contains("Nothing was found."));
        // Records of every type are found, on as many pages as there are.
        let (mut found, mut path) = (Vec::new(), Some("/?search=laser".to_owned()));
        let total = app.data("{ search(text: \"laser\") { totalCount } }").await["search"]["totalCount"].as_u64().unwrap();
        while let Some(at) = path {
            let text = page(app, &at).await;
            assert!(text.contains(&format!("{total} records")), "{text}");
            found.extend(text.split("<li class=\"card\">").skip(1).map(|rest| rest.split("</li>").next().unwrap().to_owned()));
            path = text.split("rel=\"next\" href=\"./").nth(1).map(|rest| format!("/{}", rest.split(['#', '"']).next().unwrap().replace("&amp;", "&")));
        }
        assert!(total > 20 && found.len() as u64 == total, "{} of {total} records", found.len());
        for part in ["explore/procedures/", "explore/outcomes/", "explore/sources/", ">Finding</span>", ">Treatment outcome</span>"] {
            assert!(found.iter().any(|entry| entry.contains(part)), "{part}: {found:?}");
        }
        assert_eq!(open(app, "/?search=laser&after=wrong", &[("accept", BROWSER)]).await.status(), 400);
        let hostile = "<script>alert(1)</script>'\"${`";
        let address = reqwest::Url::parse_with_params("http://x/", &[("search", hostile)]).unwrap();
        let text = page(app, &format!("/?{}", address.query().unwrap())).await;
        assert!(!text.contains("<script>alert") && text.contains("&lt;script&gt;alert"), "{text}");
        assert_eq!(data(app, &search::request("*", None)).await["search"]["totalCount"], json!(0));
        for refused in ["laser+".repeat(13), "x".repeat(101), "a%00".to_owned()] {
            let response = open(app, &format!("/?search={refused}"), &[("accept", BROWSER)]).await;
            assert_eq!(response.status(), 400, "{refused}");
            let message = "Search for at most 100 characters and 12 words, without control characters.";
            assert!(response.text().await.unwrap().contains(message), "{refused}");
        }
        assert_eq!(open(app, "/?search=a&search=b", &[("accept", BROWSER)]).await.status(), 400);
        assert_eq!(page(app, "/?search=%20").await, page(app, "/").await, "an empty search is none");
    }
}

on_both_databases! {
    async fn a_search_says_why_a_record_was_found_unless_the_reader_sees_it(app: &TestApp) {
        let card = async |text: &str, path: &str| {
            let found = page(app, &format!("/?search={text}")).await;
            let link = format!("href=\"./explore/{path}\"");
            found.split("<li class=\"card\">").find(|card| card.contains(&link)).map(|card| card.split("</li>").next().unwrap().to_owned()).unwrap()
        };
        let alias = card("botox", "procedures/botulinum-toxin").await;
        assert!(alias.contains("<p class=\"about\">Found by: alias “botox”</p>"), "{alias}");
        let code = card("D019274", "procedures/botulinum-toxin").await;
        assert!(code.contains("<p class=\"about\">Found by: code “d019274”</p>"), "{code}");
        for (text, path) in [("zits", "conditions/acne"), ("acne", "conditions/acne"), ("melasma", "conditions/melasma")] {
            let shown = card(text, path).await;
            assert!(!shown.contains("Found by"), "{text}: {shown}");
        }
        assert!(page(app, "/?search=zits").await.contains("<p class=\"about\">Also searched for: “acne”</p>"));
        assert!(!page(app, "/?search=melasma").await.contains("Also searched for"));
    }
}

on_both_databases! {
    async fn links_to_shared_queries_lead_to_the_playground(app: &TestApp) {
        let response = open(app, "/?query=%7Blibrary%7Brevision%7D%7D&variables=%7B%7D", &[("accept", BROWSER)]).await;
        assert_eq!((response.status().as_u16(), header(response.headers(), "location")), (308, "./playground?query=%7Blibrary%7Brevision%7D%7D&variables=%7B%7D"));
    }
}

on_both_databases! {
    async fn every_link_in_the_texts_for_programs_leads_somewhere(app: &TestApp) {
        let text = open(app, "/llms.txt", &[]).await.text().await.unwrap();
        let start = format!("]({}", app.address);
        let listed: BTreeSet<&str> = text.split(&start).skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
        assert!(listed.len() > 8, "{listed:?}");
        for path in listed {
            assert_eq!(open(app, path, &[("accept", BROWSER)]).await.status(), 200, "{path}");
        }
        let unknown = open(app, "/?q=nothing", &[("accept", BROWSER)]).await;
        assert_eq!(unknown.status(), 404);
        assert!(unknown.text().await.unwrap().contains("There is nothing at this URL."));
    }
}

#[actix_web::test]
async fn a_page_costs_what_its_requests_cost() {
    let app = service(AccessConfig { rate_limit: 1000, ..AccessConfig::default() }).await;
    let remaining = async || {
        let response = app.client().get(format!("{}/graphql?query=%7B__typename%7D", app.address)).send().await.unwrap();
        let budget = header(response.headers(), "ratelimit").to_owned();
        budget.split("r=").nth(1).unwrap().split(';').next().unwrap().parse::<i64>().unwrap()
    };
    let before = remaining().await;
    page(&app, "/").await;
    let spent = before - remaining().await;
    assert!(spent > 100, "{spent} points for the page, which has the cost of its two requests");
    let mut last = None;
    for _ in 0..20 {
        let response = open(&app, "/", &[("accept", BROWSER)]).await;
        if response.status() == 429 {
            last = Some(response);
            break;
        }
    }
    let refused = last.expect("the budget ends");
    assert_eq!(header(refused.headers(), "cache-control"), "no-store");
    assert!(!header(refused.headers(), "retry-after").is_empty());
    assert!(refused.text().await.unwrap().contains("This page cannot be shown"));
}

#[actix_web::test]
async fn the_first_page_requires_the_role_of_reading_and_links_what_its_reader_may_open() {
    let closed = service(AccessConfig { require_role: Some(Role::Reader), ..AccessConfig::default() }).await;
    let response = open(&closed, "/", &[("accept", BROWSER)]).await;
    assert_eq!((response.status().as_u16(), header(response.headers(), "www-authenticate")), (401, "Bearer"));
    assert_eq!(open(&closed, "/", &[("accept", "application/json")]).await.status(), 401);
    let admin = Some(Role::Admin);
    let partly =
        service(AccessConfig { introspection_role: admin, playground_role: admin, ..AccessConfig::default() }).await;
    let text = page(&partly, "/").await;
    assert!(!text.contains("href=\"./playground\"") && !text.contains("schema.graphql"), "{text}");
}

#[actix_web::test]
async fn the_documents_of_the_pages_are_trusted() {
    let trusted = TrustedDocuments::read("{}", true).unwrap();
    let app = TestApp::sqlite_set(Config { trusted, ..Config::default() }).await;
    let others = [
        "/",
        "/?search=laser",
        "/sitemap.xml",
        "/explore",
        "/explore/procedures/microneedling",
        "/explore/conditions/scars",
        "/explore/outcomes/microneedling--acne-scars",
        "/explore/sources/what-is-microneedling",
        "/explore/compare",
        "/explore/compare?condition=acne-scars&a=microneedling&b=chemical-peel",
        "/explore/map",
        "/explore/procedures?category=LASER",
        "/explore/conditions",
        "/explore/outcomes?order=grade",
        "/explore/sources",
        "/reference/Query.procedures",
        "/reference/Query.device",
    ];
    for path in addresses().into_iter().chain(others.map(str::to_owned)) {
        assert_eq!(open(&app, &path, &[("accept", BROWSER)]).await.status(), 200, "{path}");
    }
    for question in questions::all() {
        data(&app, &question.request()).await;
    }
    assert_eq!(
        app.query("{ library { revision } }").await["errors"][0]["extensions"]["code"],
        json!("DOCUMENT_NOT_TRUSTED")
    );
}

#[actix_web::test]
async fn an_empty_library_has_a_first_page() {
    let app = TestApp::sqlite_with(&[]).await;
    let text = page(&app, "/").await;
    assert!(text.contains("tabindex=\"-1\">Which treatments have level 1 evidence?</h2>"), "{text}");
    assert_eq!(text.matches("data-question").count(), 1, "{text}");
    let absent = page(&app, "/?q=melasma").await;
    assert!(absent.contains("This library has no condition with the name <code>melasma</code>."), "{absent}");
    for path in addresses() {
        page(&app, &path).await;
    }
}

#[actix_web::test]
async fn the_questions_of_the_first_page_are_about_the_records_of_any_library() {
    let size = RequestedSize { procedures: 12, outcomes: 60, conditions: None, sources: None, largest: Some(16), seed: 7 };
    let app = TestApp::sqlite_with(&documents(&LibrarySize::new(size).unwrap()).collect::<Vec<_>>()).await;
    let query = "{ conditions(first: 1, orderBy: [{outcomes: {count: DESC}}]) { nodes { slug name } } }";
    let most = app.data(query).await["conditions"]["nodes"][0].take();
    let text = page(&app, "/").await;
    let name = most["name"].as_str().unwrap();
    assert!(
        text.to_lowercase().contains(&format!("what helps with {}, and how sure is that?", name.to_lowercase())),
        "{text}"
    );
    assert!(text.contains("<article class=\"card\">"), "{text}");
    assert_eq!(text.matches("data-question").count(), questions::all().len(), "{text}");
    for path in addresses() {
        let found = page(&app, &path).await;
        assert!(!found.contains("This library has no"), "{path}: {found}");
    }
}

on_both_databases! {
    async fn pages_do_not_accept_other_methods(app: &TestApp) {
        let post = app.client().post(&app.address).body("x").send().await.unwrap();
        assert_eq!((post.status().as_u16(), header(post.headers(), "allow")), (405, "GET, HEAD"));
        let head = app.client().head(format!("{}/", app.address)).header("accept", BROWSER).send().await.unwrap();
        assert_eq!(head.status(), 200);
        let missing = refused(404, "NOT_FOUND", "There is nothing at this URL.");
        assert_eq!(received(open(app, "/site/none.css", &[("accept", "application/json")]).await).await, missing);
        assert_eq!(received(open(app, "/docs/operating.md", &[("accept", "application/json")]).await).await, missing);
    }
}
