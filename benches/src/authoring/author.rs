//! A client that publishes.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value as Json, json};

use super::PAYLOAD;
use crate::Failure;

/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Maximum length of a response.
const MAX_RESPONSE: u64 = 64 << 20;

/// A client with a key, and connections that stay open.
pub struct Author {
    agent: ureq::Agent,
    url: String,
    authorization: String,
}

impl Author {
    pub fn new(address: SocketAddr, key: &str) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
        let (agent, authorization) = (config.build().into(), format!("Bearer {key}"));
        Self { agent, url: format!("http://{address}/graphql"), authorization }
    }

    /// Runs an operation, and returns its data.
    pub fn data(&mut self, query: &str, variables: &Json) -> Result<Json, Failure> {
        let body = json!({"query": query, "variables": variables}).to_string();
        let post = self.agent.post(&self.url).header("Content-Type", "application/json");
        let response = post.header("Authorization", &self.authorization).send(body);
        let mut response = response.map_err(|failure| format!("{}: {failure}", self.url))?;
        let bytes = response.body_mut().with_config().limit(MAX_RESPONSE).read_to_vec();
        let bytes = bytes.map_err(|failure| format!("{}: {failure}", self.url))?;
        let mut body: Json = serde_json::from_slice(&bytes).map_err(|failure| failure.to_string())?;
        match body.get("errors") {
            Some(errors) => Err(format!("the service responds with errors: {errors}")),
            None => Ok(body["data"].take()),
        }
    }

    /// Sets fields of a record, and returns the number of the new revision.
    pub fn patch(&mut self, ty: &str, slug: &str, fields: &Json) -> Result<i64, Failure> {
        let query = format!(
            "mutation ($slug: String!, $operations: [{ty}Operation!]!) {{
             payload: patch{ty}(by: {{slug: $slug}}, operations: $operations) {{ {PAYLOAD} }} }}"
        );
        let data = self.data(&query, &json!({"slug": slug, "operations": [{"set": fields}]}))?;
        data["payload"]["revision"].as_i64().ok_or_else(|| format!("{slug} was not changed: {}", data["payload"]))
    }
}
