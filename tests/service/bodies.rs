//! Bodies of requests and responses: their length, speed and compression.

use std::io::{Read as _, Write as _};

use dermagraph::{app::Config, http::HttpConfig};
use serde_json::{Value as Json, json};

use crate::{
    http::{Received, fine, post, received, refused},
    support::{TestApp, on_both_databases},
};

const SMALL: &str = r#"{"query": "{ __typename }"}"#;

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

fn deflate(body: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    brotli::CompressorReader::new(body, 4096, 5, 22).read_to_end(&mut compressed).unwrap();
    compressed
}

fn zstd(body: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(body, 3).unwrap()
}

async fn post_compressed(app: &TestApp, coding: &str, body: Vec<u8>) -> Received {
    let request = app.client().post(format!("{}/graphql", app.address));
    let request = request.header("content-type", "application/json").header("content-encoding", coding).body(body);
    received(request.send().await.unwrap()).await
}

on_both_databases! {
    async fn a_body_that_is_too_large_is_refused(app: &TestApp) {
        let body = |size: usize| format!(r#"{{"query": "{{ __typename }}{}"}}"#, " ".repeat(size));
        let too_large = refused(413, "PAYLOAD_TOO_LARGE", "The body is longer than 1 MiB.");
        assert_eq!(post(app, "application/json", body(1_000_000)).await.0, 200);
        assert_eq!(post(app, "application/json", body(1_100_000)).await, too_large);
        let chunks = futures_util::stream::iter((0..80).map(|_| Ok::<_, std::io::Error>(vec![b' '; 16 * 1024])));
        assert_eq!(post(app, "application/json", reqwest::Body::wrap_stream(chunks)).await, too_large);
    }
}

on_both_databases! {
    async fn a_request_body_may_be_compressed(app: &TestApp) {
        let body = SMALL.as_bytes();
        for (coding, compressed) in [("gzip", gzip(body)), ("x-gzip", gzip(body)), ("deflate", deflate(body)), ("br", brotli(body)), ("ZSTD", zstd(body)), ("identity", body.to_vec())] {
            assert_eq!(post_compressed(app, coding, compressed).await, fine(), "{coding}");
        }
        let broken = refused(400, "BAD_REQUEST", "The body is not valid in the coding that Content-Encoding names.");
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert_eq!(post_compressed(app, coding, body.to_vec()).await, broken, "{coding}");
        }
        for (coding, compressed) in [("gzip", gzip(body)), ("deflate", deflate(body)), ("br", brotli(body)), ("zstd", zstd(body))] {
            for more in [1, 20_000] {
                let compressed = [&*compressed, &vec![0; more]].concat();
                assert_eq!(post_compressed(app, coding, compressed).await, broken, "{coding} and {more} bytes after it");
            }
        }
        let message = "Send the body uncompressed, or compressed once with gzip, deflate, br or zstd.";
        for coding in ["compress", "gzip, gzip", "?"] {
            assert_eq!(post_compressed(app, coding, gzip(body)).await, refused(415, "UNSUPPORTED_MEDIA_TYPE", message), "{coding}");
        }
    }
}

on_both_databases! {
    async fn a_small_body_that_decompresses_to_a_huge_one_is_refused(app: &TestApp) {
        let huge = vec![b' '; 64 << 20];
        for (coding, compressed) in [("gzip", gzip(&huge)), ("br", brotli(&huge)), ("zstd", zstd(&huge))] {
            assert!(compressed.len() < 1 << 20, "{coding}: {}", compressed.len());
            assert_eq!(post_compressed(app, coding, compressed).await, refused(413, "PAYLOAD_TOO_LARGE", "The body is longer than 1 MiB."), "{coding}");
        }
    }
}

on_both_databases! {
    async fn a_response_is_compressed_as_the_client_prefers(app: &TestApp) {
        let query = json!({"query": "{ procedures(first: 14) { nodes { slug name description } } }"});
        let plain: Json = app.client().post(format!("{}/graphql", app.address)).json(&query).send().await.unwrap().json().await.unwrap();
        let plain_length = plain.to_string().len();
        assert!(plain_length > 1024, "{plain_length}");
        for (accepted, coding) in [
            ("gzip", Some("gzip")), ("br", Some("br")), ("zstd", Some("zstd")), ("gzip, deflate, br, zstd", Some("br")), ("zstd, gzip", Some("gzip")), ("zstd, gzip;q=0.9", Some("zstd")), ("X-GZip", Some("gzip")), ("gzip, deflate, br", Some("br")),
            ("gzip;q=1, br;q=0.5", Some("gzip")), ("*", Some("br")), ("br;q=0, *;q=0.1", Some("gzip")), ("br;q=high, gzip", Some("gzip")), ("identity, gzip;q=0.5", None), ("identity", None), ("compress", None), ("", None), ("gzip;q=0", None),
        ] {
            let response = app.client().post(format!("{}/graphql", app.address)).header("accept-encoding", accepted).json(&query).send().await.unwrap();
            let found = response.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(found.as_deref(), coding, "{accepted}");
            let bytes = response.bytes().await.unwrap();
            assert!(coding.is_none() || bytes.len() < plain_length * 2 / 3, "{accepted}: {} of {plain_length}", bytes.len());
            let mut body = Vec::new();
            match coding {
                Some("gzip") => _ = flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut body).unwrap(),
                Some("br") => _ = brotli::Decompressor::new(&bytes[..], 4096).read_to_end(&mut body).unwrap(),
                Some("zstd") => body = zstd::decode_all(&bytes[..]).unwrap(),
                _ => body = bytes.to_vec(),
            }
            assert_eq!(serde_json::from_slice::<Json>(&body).unwrap(), plain, "{accepted}");
        }
        let small = app.client().post(format!("{}/graphql", app.address)).header("accept-encoding", "gzip").json(&json!({"query": "{ __typename }"})).send().await.unwrap();
        assert_eq!(small.headers().get("content-encoding"), None);
    }
}

#[actix_web::test]
async fn http_2_is_accepted_with_prior_knowledge() {
    let http = HttpConfig { http2: true, ..HttpConfig::default() };
    let app = TestApp::sqlite_set(Config { http, ..Config::default() }).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let response =
        client.post(format!("{}/graphql", app.address)).json(&json!({"query": "{ __typename }"})).send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    assert_eq!(received(response).await, fine());
}
