//! The pages of records: what each says about its review, and lists that are longer than a page.

use dermagraph::{
    generate::{LibrarySize, RequestedSize, documents},
    library::DocumentFile,
};
use serde_json::{Value as Json, json};

use super::file;
use crate::{
    site::{open, page},
    support::{TestApp, on_both_databases, publish},
};

/// A condition with a review.
const REVIEWED: &str = "notice: Educational.
conditions:
  - slug: needle-scars
    name: Needle scars
    kind: SCAR
    description: Scars of needles.
    sources: [what-is-microneedling]
    review: {reviewedOn: '2026-01-15', reviewer: A. Reviewer, role: dermatologist, nextDue: '2027-03-01'}
";

fn json_ld(page: &str) -> Json {
    let text = page.split("<script type=\"application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    serde_json::from_str(text).unwrap()
}

on_both_databases! {
    async fn the_page_of_a_record_has_its_status_its_notice_and_its_review(app: &TestApp) {
        publish(app, &[DocumentFile { name: "conditions.yaml".to_owned(), text: REVIEWED.to_owned() }]).await;
        let reviewed = page(app, "/explore/conditions/needle-scars").await;
        for part in ["role=\"note\">Educational.</p>", "Reviewed by A. Reviewer, dermatologist, on 15 January 2026. The next review is due by 1 March 2027.",
            &format!("Needle scars. Dermagraph content library, revision 2. Educational content, not medical advice. {}/explore/conditions/needle-scars", app.address)] {
            assert!(reviewed.contains(part), "{part}: {reviewed}");
        }
        let about = json_ld(&reviewed);
        assert_eq!(about["reviewedBy"], json!({"@type": "Person", "name": "A. Reviewer", "jobTitle": "dermatologist"}));
        assert_eq!(about["lastReviewed"], json!("2026-01-15"));

        let draft = page(app, "/explore/procedures/microneedling").await;
        assert!(draft.contains("<strong>Draft.</strong> Educational content, not medical advice. Not yet reviewed by a clinician."), "{draft}");
        assert!(!draft.contains("Reviewed by") && json_ld(&draft).get("reviewedBy").is_none());
        for path in ["/explore/outcomes/microneedling--acne-scars", "/explore/sources/what-is-microneedling"] {
            let found = page(app, path).await;
            assert!(found.contains("<p class=\"notice\" role=\"note\">Educational content, not medical advice."), "{path}: {found}");
            assert!(found.contains("Dermagraph content library, revision 1."), "{path}: {found}");
        }
    }
}

on_both_databases! {
    async fn the_longest_slug_is_accepted_as_a_filter(app: &TestApp) {
        let slug = "x".repeat(128);
        let text = REVIEWED.replace("needle-scars", &slug);
        publish(app, &[DocumentFile { name: "conditions.yaml".to_owned(), text }]).await;
        let found = page(app, &format!("/explore/sources?condition={slug}")).await;
        assert!(found.contains("1 entry."), "{found}");
    }
}

on_both_databases! {
    async fn each_type_that_declares_pages_has_them(app: &TestApp) {
        let sitemap = open(app, "/sitemap.xml", &[]).await.text().await.unwrap();
        let mut checked = 0;
        for (object, role) in dermagraph::content::catalog().contents() {
            let Some(pages) = role.pages else { continue };
            let records = app.every(role.plural, "slug").await;
            let path = format!("{pages}/{}", records[0]["slug"].as_str().unwrap());
            for path in [pages, &path] {
                page(app, path).await;
                assert!(sitemap.contains(&format!("<loc>{}{path}</loc>", app.address)), "{}: {path}", object.name);
            }
            checked += 1;
        }
        assert!(checked > 0);
    }
}

on_both_databases! {
    async fn a_record_leads_to_the_revisions_that_have_changed_it(app: &TestApp) {
        let document = |text: &str| [DocumentFile { name: "conditions.yaml".to_owned(), text: text.to_owned() }];
        publish(app, &document(REVIEWED)).await;
        publish(app, &document(&REVIEWED.replace("Scars of needles.", "Small scars of needles."))).await;
        let record = page(app, "/explore/conditions/needle-scars").await;
        for part in ["Last changed in <a href=\"./../../explore/revisions/3\">revision 3</a>.", "<summary>History</summary>",
            "explore/revisions/2\">Revision 2</a>, ", ": created</li>", ": changed: description</li>"] {
            assert!(record.contains(part), "{part}: {record}");
        }
        let unchanged = page(app, "/explore/sources/what-is-microneedling").await;
        assert!(unchanged.contains("explore/revisions/1\">revision 1</a>.") && !unchanged.contains("History"), "{unchanged}");
        let changed = page(app, "/explore/revisions/3").await;
        for part in ["<h1>Revision 3</h1>", "Published ", "1 record.", "Condition <a href=\"./../../explore/conditions/needle-scars\">needle-scars</a>",
            "Changed: description", "&quot;revision&quot;: 3", "content=\"noindex\""] {
            assert!(changed.contains(part), "{part}: {changed}");
        }
        assert!(page(app, "/explore/revisions/1").await.contains("The first revision created all of its records."));
        let all = page(app, "/explore/revisions").await;
        assert!((1..=3).all(|number| all.contains(&format!("explore/revisions/{number}\">Revision {number}</a>"))), "{all}");
        let rows = open(app, "/explore/revisions?format=csv", &[]).await.text().await.unwrap();
        assert!(rows.starts_with("number,published,summary,record_count,") && rows.contains(&format!("{}/explore/revisions/3\"\r\n", app.address)), "{rows}");
        assert!(page(app, "/").await.contains("explore/revisions/3\">Revision 3</a>"));
        let outcome = page(app, "/explore/outcomes/microneedling--acne-scars").await;
        assert!(outcome.contains("Microneedling for acne scars. Dermagraph content library, revision 1."), "{outcome}");
    }
}

on_both_databases! {
    async fn a_long_revision_has_pages(app: &TestApp) {
        let size = RequestedSize { procedures: 50, outcomes: 150, conditions: Some(5), sources: Some(3), largest: None, seed: 7 };
        publish(app, &documents(&LibrarySize::new(size).unwrap()).collect::<Vec<_>>()).await;
        let counted = app.data("{ revision(number: 2) { changes(first: 0) { totalCount } } }").await;
        let total = counted["revision"]["changes"]["totalCount"].as_u64().unwrap();
        let (mut path, mut found) = (Some("/explore/revisions/2".to_owned()), 0);
        while let Some(at) = path {
            let text = page(app, &at).await;
            assert!(text.contains(&format!("<p>{total} records.</p>")), "{text}");
            found += text.matches("<li class=\"card\">").count();
            path = text.split("rel=\"next\" href=\"./../..").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        }
        assert!(total > 100 && found as u64 == total, "{found} of {total}");
    }
}

/// Returns how many entries the page says that there are, and the address of the list of all.
fn rest(page: &str) -> Vec<(u64, String)> {
    let found = page.split("<p class=\"rest\">").skip(1).filter_map(|rest| {
        let number = rest.split(" of ").nth(1)?.split(' ').next()?.parse().ok()?;
        let link = rest.split("</p>").next()?.split("href=\"").nth(1)?.split('"').next()?;
        Some((number, link.trim_start_matches("./").replace("../", "/").replace("//", "/").replace("&amp;", "&")))
    });
    found.collect()
}

#[actix_web::test]
async fn a_page_says_how_long_its_lists_are_and_links_all_entries() {
    let size =
        RequestedSize { procedures: 120, outcomes: 500, conditions: Some(5), sources: Some(3), largest: None, seed: 7 };
    let app = TestApp::sqlite_with(&documents(&LibrarySize::new(size).unwrap()).collect::<Vec<_>>()).await;
    let slug = async |list: &str, order: &str| {
        let found = app.data(&format!("{{ {list}(first: 1, orderBy: [{order}]) {{ nodes {{ slug }} }} }}")).await;
        found[list]["nodes"][0]["slug"].as_str().unwrap().to_owned()
    };
    let condition = slug("conditions", "{outcomes: {count: DESC}}").await;
    let source = slug("sources", "{outcomes: {count: DESC}}").await;
    for path in [format!("/explore/conditions/{condition}"), format!("/explore/sources/{source}"), "/explore".to_owned()] {
        let found = rest(&page(&app, &path).await);
        assert!(!found.is_empty(), "{path} has no list that is longer than it shows");
        for (number, link) in found {
            let link = format!("/{}", link.trim_start_matches('/'));
            let all = file(&app, &format!("{link}{}format=json", if link.contains('?') { '&' } else { '?' })).await;
            assert_eq!(all["totalCount"], json!(number), "{path}: {link}");
        }
    }

    let (first, last) = (slug("procedures", "{name: ASC}").await, slug("procedures", "{name: DESC}").await);
    let compared = page(&app, &format!("/explore/compare?condition={condition}&a={first}&b={last}")).await;
    for chosen in [&condition, &first, &last] {
        assert!(compared.contains(&format!("<option value=\"{chosen}\" selected")), "{chosen}: {compared}");
    }
    assert!(compared.contains("The first 100 of 120 procedures can be chosen."), "{compared}");
    let started = page(&app, &format!("/explore/compare?a={last}")).await;
    assert!(started.contains(&format!("<option value=\"{last}\" selected")), "{started}");
}
