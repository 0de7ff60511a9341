//! What a search stores while it runs counts as memory of its client.

use std::sync::Arc;

use dermagraph::{
    access::{Accounts, Client, Limiter, MAX_RESERVED_BYTES},
    generate::{self, LibrarySize, RequestedSize},
    schema::{GraphqlRequest, Limits, Refusal, RefusalKind, Service, TrustedDocuments},
};
use serde_json::Value as Json;

use crate::support::{TestApp, on_both_databases, publish, starter_documents};

/// Words of which most of the generated findings have at least one.
const FREQUENT: &str = "lorem ipsum dolor";

/// Words that no finding has. Those that may be similar begin with many different letters, so most of the index is read.
const MISSPELT: &str = "lmnabelca sdnabelca pvnabelca crnabelca";

/// Bytes that the searches of a client may reserve: less than a search for frequent words needs.
const FEW: u64 = 64 * 1024;

/// Searches in the findings. Returns the number of found ones.
async fn found(service: &Service, accounts: &Arc<Accounts>, text: &str) -> Result<u64, Refusal> {
    let account = accounts.of(Client::Address([192, 0, 2, 1].into()));
    let document = format!("{{ list: evidenceItems(first: 1, search: {{text: \"{text}\"}}) {{ totalCount }} }}");
    let request = GraphqlRequest { document: Some(document), ..GraphqlRequest::default() };
    let ready = service.prepare(request, &account).await?;
    let response = service.run(ready, &account).await?.response;
    assert_eq!(response.errors, 0, "{text}: {}", response.body);
    Ok(serde_json::from_str::<Json>(&response.body).unwrap()["data"]["list"]["totalCount"].as_u64().unwrap())
}

on_both_databases! {
    async fn a_search_without_memory_is_refused(app: &TestApp) {
        let size = RequestedSize { procedures: 30, outcomes: 2000, conditions: None, sources: None, largest: None, seed: 1 };
        let mut files = starter_documents();
        files.extend(generate::documents(&LibrarySize::new(size).unwrap()));
        publish(app, &files).await;
        let service = Service::new(&app.store, Limits { responses: 0, ..Limits::default() }, TrustedDocuments::default());
        // The searches of a client may reserve half of the memory.
        let [enough, few] = [MAX_RESERVED_BYTES, 2 * FEW].map(|bytes| Accounts::new(Limiter::new(0, 0), bytes));
        assert!(found(&service, &enough, FREQUENT).await.unwrap() > 0);
        let refusal = found(&service, &few, FREQUENT).await.unwrap_err();
        assert_eq!((refusal.kind, refusal.code()), (RefusalKind::Overloaded(1), Some("OVERLOADED")));
        assert!(refusal.body().contains("The search or the facets need more memory"), "{}", refusal.body());
        assert_eq!((enough.reserved(), few.reserved()), (0, 0));
        // Of the blocks that are read to find similar words, only those with a similar word are stored.
        assert!(found(&service, &few, MISSPELT).await.is_ok());
        assert_eq!(few.reserved(), 0);
    }
}
