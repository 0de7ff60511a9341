//! Programs to copy, which send the request of a page.

use serde_json::Value as Json;

use super::PageRequest;

/// A program that sends a request.
pub struct Snippet {
    /// Name of the language or tool.
    pub name: &'static str,
    pub text: String,
}

/// Returns the programs for a request to the endpoint at this address.
pub fn all(request: &PageRequest, endpoint: &str) -> [Snippet; 3] {
    [
        Snippet { name: "curl", text: curl(request, endpoint) },
        Snippet { name: "TypeScript", text: typescript(request, endpoint) },
        Snippet { name: "Python", text: python(request, endpoint) },
    ]
}

fn curl(request: &PageRequest, endpoint: &str) -> String {
    // A single quote ends a quoted text in a shell, so each one is written outside of the quoted text.
    let body = request.body().replace('\'', r"'\''");
    format!("curl --json '{body}' \\\n  {endpoint}\n")
}

fn typescript(request: &PageRequest, endpoint: &str) -> String {
    let escaped = request.document().replace('\\', r"\\").replace('`', r"\`").replace("${", r"\${");
    let variables = Json::Object(request.variables().clone());
    format!(
        "const query = `{escaped}`;\n\
         const response = await fetch('{endpoint}', {{\n\
         \x20 method: 'POST',\n\
         \x20 headers: {{ 'content-type': 'application/json' }},\n\
         \x20 body: JSON.stringify({{ query, variables: {variables} }}),\n\
         }});\n\
         const {{ data, errors }} = await response.json();\n\
         console.log(errors ?? JSON.stringify(data));\n"
    )
}

/// The variables of pages have no booleans and no null, so their JSON is also valid Python.
fn python(request: &PageRequest, endpoint: &str) -> String {
    let escaped = request.document().replace('\\', r"\\").replace("\"\"\"", r#"\"\"\""#);
    let variables = Json::Object(request.variables().clone());
    format!(
        "import json\n\
         import urllib.request\n\
         \n\
         query = \"\"\"{escaped}\"\"\"\n\
         request = urllib.request.Request(\n\
         \x20   \"{endpoint}\",\n\
         \x20   json.dumps({{\"query\": query, \"variables\": {variables}}}).encode(),\n\
         \x20   {{\"content-type\": \"application/json\"}},\n\
         )\n\
         with urllib.request.urlopen(request) as response:\n\
         \x20   print(json.dumps(json.load(response)[\"data\"]))\n"
    )
}
