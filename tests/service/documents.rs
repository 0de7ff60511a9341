//! Persisted documents, found by their hash, and trusted documents from a manifest.

use dermagraph::schema::{GraphqlRequest, Limits, Refusal, RefusalKind, Service, TrustedDocuments};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, account, on_both_databases};

const QUERY: &str = "query Names { procedures(first: 1) { nodes { name } } }";

fn service(app: &TestApp, trusted: TrustedDocuments) -> Service {
    Service::new(&app.store, Limits::default(), trusted)
}

fn text(document: &str) -> GraphqlRequest {
    GraphqlRequest { document: Some(document.to_owned()), ..GraphqlRequest::default() }
}

fn id(id: &str) -> GraphqlRequest {
    GraphqlRequest { document_id: Some(id.to_owned()), ..GraphqlRequest::default() }
}

async fn refusal(service: &Service, request: GraphqlRequest) -> (RefusalKind, Json) {
    let refusal: Refusal = service.prepare(request, &account()).await.err().unwrap();
    let body: Json = serde_json::from_str(&refusal.body()).unwrap();
    (refusal.kind, body["errors"][0]["extensions"]["code"].clone())
}

on_both_databases! {
    async fn a_persisted_document_is_found_by_its_hash(app: &TestApp) {
        let service = service(app, TrustedDocuments::default());
        let unknown = (RefusalKind::UnknownDocument, json!("PERSISTED_QUERY_NOT_FOUND"));
        let hash = service.prepare(text(QUERY), &account()).await.unwrap().hash().to_owned();
        for garbage in ["", "x", &hash[1..], &"é".repeat(32), &"0".repeat(64)] {
            assert_eq!(refusal(&service, id(garbage)).await, unknown, "{garbage}");
        }
        let ready = service.prepare(id(&hash.to_uppercase()), &account()).await.unwrap();
        assert_eq!((ready.name(), ready.hash()), (Some("Names"), hash.as_str()));
        let both = GraphqlRequest { document_id: Some(hash.clone()), ..text("{ __typename }") };
        assert_eq!(refusal(&service, both).await, (RefusalKind::Request, json!("PERSISTED_QUERY_MISMATCH")));
        assert_eq!(refusal(&service, GraphqlRequest::default()).await, (RefusalKind::Request, json!("BAD_REQUEST")));
        let wrong = service.prepare(text("{ nothing }"), &account()).await.err().unwrap();
        assert_eq!(wrong.kind, RefusalKind::Request);
    }
}

on_both_databases! {
    async fn only_trusted_documents_are_run_with_trusted_only(app: &TestApp) {
        let manifest = json!({"names": QUERY}).to_string();
        let strict = service(app, TrustedDocuments::read(&manifest, true).unwrap());
        assert!(strict.prepare(id("names"), &account()).await.is_ok());
        let hash = strict.prepare(text(QUERY), &account()).await.unwrap().hash().to_owned();
        assert!(strict.prepare(id(&hash), &account()).await.is_ok(), "its hash is a name of it as well");
        for other in ["{ __typename }", "{ nothing }", "{", crate::introspection::QUERY] {
            assert_eq!(refusal(&strict, text(other)).await, (RefusalKind::NotTrusted, json!("DOCUMENT_NOT_TRUSTED")), "{other}");
        }
        let both = GraphqlRequest { document_id: Some("names".to_owned()), ..text(QUERY) };
        assert!(strict.prepare(both, &account()).await.is_ok(), "an id with its own text");
        let open = service(app, TrustedDocuments::read(&manifest, false).unwrap());
        assert!(open.prepare(id("names"), &account()).await.is_ok() && open.prepare(text("{ __typename }"), &account()).await.is_ok());
    }
}

#[test]
fn manifests_of_several_tools_are_read_and_every_document_is_checked() {
    let apollo = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{"id": "a", "name": "Names", "type": "query", "body": QUERY}],
    });
    assert!(TrustedDocuments::read(&apollo.to_string(), true).is_ok());
    let problems =
        TrustedDocuments::read(&json!({"a": "{ nothing }", "b": "{", "c": QUERY}).to_string(), true).err().unwrap();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems.iter().any(|problem| problem.starts_with("document \"a\": Cannot query field \"nothing\"")),
        "{problems:?}"
    );
    for (id, text) in
        [("a/b", QUERY), ("x=", QUERY), ("", QUERY), ("sha256:abc", QUERY), (&format!("sha256:{}", "0".repeat(64)), QUERY)]
    {
        let problems = TrustedDocuments::read(&json!({id: text}).to_string(), true).err().unwrap();
        assert_eq!(problems.len(), 1, "{id}: {problems:?}");
    }
    let twice = |second: &str| format!(r#"{{"a": {}, "a": {}}}"#, json!(QUERY), json!(second));
    assert!(TrustedDocuments::read(&twice(QUERY), true).is_ok());
    let problems = TrustedDocuments::read(&twice("{ __typename }"), true).err().unwrap();
    assert!(problems[0].contains("several"), "{problems:?}");
    for wrong in ["", "[]", "5", r#"{"a": 5}"#, r#"{"operations": [{}]}"#] {
        assert_eq!(TrustedDocuments::read(wrong, true).err().map(|problems| problems.len()), Some(1), "{wrong}");
    }
}
