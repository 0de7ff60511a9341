//! Programs to copy, which send the request of a page.

use serde_json::{Value as Json, json};

use super::PageRequest;

/// Returns the programs for a request to the endpoint at this address, each with the name of its language or tool.
pub fn all(request: &PageRequest, endpoint: &str) -> [(&'static str, String); 3] {
    let (curl, typescript, python) = (curl(request, endpoint), typescript(request, endpoint), python(request, endpoint));
    [("curl", curl), ("TypeScript", typescript), ("Python", python)]
}

fn curl(request: &PageRequest, endpoint: &str) -> String {
    // A single quote ends a quoted text in a shell, so each one is written outside of the quoted text.
    let [body, endpoint] = [request.body().as_str(), endpoint].map(|text| text.replace('\'', r"'\''"));
    format!("curl --json '{body}' \\\n  '{endpoint}'\n")
}

fn typescript(request: &PageRequest, endpoint: &str) -> String {
    let escaped = request.document().replace('\\', r"\\").replace('`', r"\`").replace("${", r"\${");
    let variables = Json::Object(request.variables().clone());
    // The name of a host can contain a single quote.
    let endpoint = endpoint.replace('\'', r"\'");
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

fn python(request: &PageRequest, endpoint: &str) -> String {
    let escaped = request.document().replace('\\', r"\\").replace("\"\"\"", r#"\"\"\""#);
    let variables = python_literal(&Json::Object(request.variables().clone()));
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

/// Returns a value as a literal of Python. Unlike texts and numbers, booleans and null differ from JSON.
fn python_literal(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(_) | Json::String(_) => value.to_string(),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(python_literal).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(members) => {
            let member = |(key, value): (&String, &Json)| format!("{}: {}", json!(key), python_literal(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_and_the_endpoint_are_literals_of_each_language() {
        let variables = [("a", json!(true)), ("b", json!({"c": [false, null, 1.5, "it's \"x\" \\ ${y}\né"]}))];
        let request = PageRequest::new("query { b }\n", variables);
        let [curl, typescript, python] = all(&request, "http://a'b/graphql").map(|(_, text)| text);
        assert!(curl.contains(r#""c":[false,null,1.5,"it'\''s \"x\" \\ ${y}\né"]"#), "{curl}");
        assert!(curl.ends_with("  'http://a'\\''b/graphql'\n"), "{curl}");
        assert!(typescript.contains(r#"{"a":true,"b":{"c":[false,null,1.5,"it's \"x\" \\ ${y}\né"]}}"#), "{typescript}");
        assert!(typescript.contains(r"fetch('http://a\'b/graphql', {"), "{typescript}");
        assert!(python.contains(r#"{"a": True, "b": {"c": [False, None, 1.5, "it's \"x\" \\ ${y}\né"]}}"#), "{python}");
    }
}
