use std::{num::NonZero, pin::pin, sync::mpsc, thread, time::Duration};

use actix_web::test::TestRequest;
use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::*;
use crate::{
    error::OVERLOADED,
    http::testing::endpoint,
    pages::{library, questions},
    schema::{Limits, testing::RunningJob},
};

async fn visit<'h>(http: &'h HttpRequest, endpoint: &'h Endpoint) -> Visit<'h> {
    Visit::begin(http, endpoint).await.unwrap_or_else(|_| panic!("the client may read"))
}

#[actix_web::test]
async fn the_memory_of_a_page_is_reserved_while_a_job_makes_it() {
    let (endpoint, _folder) = endpoint(Limits::default()).await;
    let http = TestRequest::default().to_http_request();
    let mut visit = visit(&http, &endpoint).await;
    visit.read_bytes = MAX_ON_SERVING_THREAD + 1;
    visit.memory = visit.client.account.reserve(100_000).ok();
    let (starts, started) = oneshot::channel();
    let (end, ends) = mpsc::channel::<()>();
    {
        let mut making = pin!(visit.make(move |_| {
            _ = starts.send(());
            _ = ends.recv();
            Ok(())
        }));
        assert!(making.as_mut().now_or_never().is_none(), "the job runs");
        started.await.expect("it starts at once");
    }
    // The client disconnects.
    drop(visit);
    assert_eq!(endpoint.gate.accounts.reserved(), 100_000);
    drop(end);
    while endpoint.gate.accounts.reserved() > 0 {
        tokio::task::yield_now().await;
    }
}

#[actix_web::test]
async fn a_page_with_a_long_url_is_made_in_the_pool() {
    let (endpoint, _folder) = endpoint(Limits::default()).await;
    for (length, is_in_pool) in [(MAX_ON_SERVING_THREAD / REPEATS, false), (MAX_ON_SERVING_THREAD / REPEATS + 1, true)] {
        let http = TestRequest::with_uri(&format!("/explore/outcomes?{}", "x".repeat(length))).to_http_request();
        let mut visit = visit(&http, &endpoint).await;
        let made_on = visit.make(|_| Ok(thread::current().id())).await.unwrap_or_else(|_| panic!("there is a permit"));
        assert_eq!(made_on != thread::current().id(), is_in_pool, "{length} bytes");
    }
}

#[actix_web::test]
async fn requests_of_others_run_between_two_requests_of_a_page() {
    let (endpoint, _folder) = endpoint(Limits::default()).await;
    let (http, request) = (TestRequest::default().to_http_request(), library::request());
    // Afterwards, the document and its plan are cached.
    assert!(visit(&http, &endpoint).await.run(&request).await.is_ok());
    let mut visit = visit(&http, &endpoint).await;
    assert!(visit.run(&request).now_or_never().is_some_and(|data| data.is_ok()), "the first request does not wait");
    assert!(visit.run(&request).now_or_never().is_none());
}

#[actix_web::test]
async fn a_page_waits_for_memory() {
    let (endpoint, _folder) = endpoint(Limits::default()).await;
    let http = TestRequest::default().to_http_request();
    let visit = visit(&http, &endpoint).await;
    let account = visit.client.account.clone();
    let all = account.reserve(endpoint.gate.accounts.max_bytes_per_client()).expect("nothing else is reserved");
    let mut responding = pin!(visit.respond(HTML, "x".repeat(32 * 1024)));
    assert!(responding.as_mut().now_or_never().is_none(), "it waits");
    drop(all);
    assert!(responding.await.is_ok());
}

#[actix_web::test]
async fn an_example_is_left_out_only_if_the_service_does_not_run_it() {
    let limits = Limits { cost: 0, queue_timeout: Duration::from_millis(10), ..Limits::default() };
    let (endpoint, _folder) = endpoint(limits).await;
    let http = TestRequest::default().to_http_request();
    let mut visit = visit(&http, &endpoint).await;
    assert!(matches!(visit.run_example(&questions::known()).await, Ok(None)), "it is too expensive");
    // The jobs end when this list is dropped.
    let mut running = Vec::new();
    for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
        running.push(RunningJob::start(&endpoint.gate.service, Work::Preparing, &visit.client.account).await);
    }
    let refused = visit.run_example(&library::request()).await.err().map(Refused::into_http);
    assert_eq!(refused.map(|refusal| (refusal.status, refusal.code)), Some((StatusCode::SERVICE_UNAVAILABLE, OVERLOADED)));
}
