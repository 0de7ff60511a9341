//! The editor's desk: who gets its page, what the page may load, and what the operator can switch off. `tests/browser`
//! tests its use.

use std::collections::BTreeSet;

use dermagraph::{
    access::{AccessConfig, Role},
    app::Config,
    http::HttpConfig,
};

use crate::{
    gate::service,
    site::{header, open, page},
    support::TestApp,
    visits::BROWSER,
};

/// Returns the files of the desk that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let quoted = text.split(['"', '\'']).filter(|part| part.starts_with("./") && !part.contains('\n'));
    let files = quoted.filter(|part| part.rsplit_once('.').is_some_and(|(_, ending)| ["js", "css"].contains(&ending)));
    files.filter_map(|file| file.rsplit('/').next().map(str::to_owned)).filter(|file| !file.starts_with("site.")).collect()
}

#[actix_web::test]
async fn its_page_has_no_content_and_is_for_everyone_who_wants_to_sign_in() {
    let closed = service(AccessConfig { require_role: Some(Role::Editor), ..AccessConfig::default() }).await;
    let response = open(&closed, "/edit", &[("accept", BROWSER)]).await;
    assert_eq!((response.status().as_u16(), header(response.headers(), "cache-control")), (200, "no-store"));
    let policy = header(response.headers(), "content-security-policy").to_owned();
    let text = response.text().await.unwrap();
    assert!(policy.contains("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
    assert!(policy.contains("connect-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(text.contains("name=\"robots\" content=\"noindex\"") && !text.contains("microneedling"), "{text}");
    assert!(!text.contains(" style=") && !text.contains("<script>"), "{text}");
}

#[actix_web::test]
async fn it_serves_every_file_that_its_page_and_scripts_name() {
    let app = TestApp::sqlite_with(&[]).await;
    let mut waiting = named(&page(&app, "/edit").await);
    let mut served = BTreeSet::new();
    while let Some(file) = waiting.pop_first() {
        let response = open(&app, &format!("/edit/{file}"), &[]).await;
        assert_eq!(response.status(), 200, "{file}");
        assert!(header(response.headers(), "content-security-policy").contains("default-src 'none'"), "{file}");
        let (_, ending) = file.rsplit_once('.').unwrap();
        let kind = if ending == "js" { "javascript" } else { ending };
        assert_eq!(header(response.headers(), "content-type"), format!("text/{kind}; charset=utf-8"), "{file}");
        served.insert(file);
        waiting.extend(named(&response.text().await.unwrap()).difference(&served).cloned());
    }
    assert!(served.len() > 20, "{served:?}");
    assert_eq!(open(&app, "/edit/none.js", &[]).await.status(), 404);
}

#[actix_web::test]
async fn an_operator_can_leave_it_out() {
    let app = TestApp::sqlite_with(&[]).await;
    assert!(page(&app, "/").await.contains("href=\"./edit\""));
    let http = HttpConfig { desk: false, ..HttpConfig::default() };
    let without = TestApp::sqlite_set(Config { http, ..Config::default() }).await;
    assert!(!page(&without, "/").await.contains("href=\"./edit\""));
    for path in ["/edit", "/edit/desk.js"] {
        assert_eq!(open(&without, path, &[]).await.status(), 404, "{path}");
    }
}
