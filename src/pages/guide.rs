//! Texts for programs: the JSON document at `/`, `/llms.txt` and `/robots.txt`.

use serde_json::{Value as Json, json};

use super::{Site, library::Library, questions};

/// The service in one sentence.
const SENTENCE: &str = "A GraphQL content service for aesthetic dermatology: procedures, the conditions that they treat, and \
                        treatment outcomes, each statement with its sources.";

/// The guides that the service serves below `/docs/`: path, text and subject of each.
pub const GUIDES: [(&str, &str, &str); 8] = [
    ("clients/README.md", include_str!("../../docs/clients/README.md"), "How clients use the service"),
    ("clients/apollo.md", include_str!("../../docs/clients/apollo.md"), "Apollo Client"),
    ("clients/urql.md", include_str!("../../docs/clients/urql.md"), "urql"),
    ("clients/relay.md", include_str!("../../docs/clients/relay.md"), "Relay"),
    ("clients/codegen.md", include_str!("../../docs/clients/codegen.md"), "GraphQL Code Generator"),
    ("clients/python.md", include_str!("../../docs/clients/python.md"), "gql for Python"),
    ("clients/swift-and-kotlin.md", include_str!("../../docs/clients/swift-and-kotlin.md"), "Apollo iOS and Apollo Kotlin"),
    ("errors.md", include_str!("../../docs/errors.md"), "Error codes"),
];

/// Returns the JSON document at `/` for programs. Its links are relative.
#[must_use]
pub fn document(site: &Site, library: &Library) -> Json {
    let mut links = json!({"graphql": "./graphql", "explorer": "./explore", "guide": "./llms.txt", "clients": "./docs/clients/README.md"});
    if site.may_read_schema {
        links["schema"] = json!("./schema.graphql");
        links["reference"] = json!("./reference/index.md");
    }
    if site.may_open_playground {
        links["playground"] = json!("./playground");
    }
    json!({
        "name": "Dermagraph",
        "description": SENTENCE,
        "notice": library.notice,
        "revision": library.revision,
        "publishedAt": library.published_at,
        "counts": library.counts,
        "links": links,
    })
}

/// Returns the text of `/llms.txt` (<https://llmstxt.org>).
#[must_use]
pub fn llms(site: &Site) -> String {
    let origin = &site.origin;
    let guides = GUIDES.map(|(path, _, about)| format!("- [{about}]({origin}/docs/{path})\n")).concat();
    let schema = if site.may_read_schema {
        format!(
            "- [Schema]({origin}/schema.graphql): all types, fields and limits\n\
             - [Reference]({origin}/reference/index.md): a page for each type and root field, with an example\n"
        )
    } else {
        String::new()
    };
    let questions = questions::all().iter();
    let requests: Vec<String> =
        questions.map(|question| format!("\n### {}\n\n{}", question.title, question.request().markdown())).collect();
    format!(
        "# Dermagraph\n\n\
         > {SENTENCE}\n\n\
         All content is educational and not medical advice. Show the field `notice` with the content, and name its sources.\n\n\
         Send GraphQL requests by POST to {origin}/graphql as JSON: {{\"query\": \"...\", \"variables\": {{}}}}. \
         `library {{ revision }}` changes when the content changes. Lists have pages of at most 100 entries. \
         The root field `search` finds records by words of their names and texts.\n\n\
         ## Reference\n\n- [Explorer]({origin}/explore): a page for each procedure, condition, outcome and source. \
         Lists can be downloaded as files with `?format=json` or `?format=csv`, such as {origin}/explore/outcomes?format=json\n{schema}{guides}\n\
         ## Questions with their requests\n{}",
        requests.concat()
    )
}

/// Returns the text of `/robots.txt` (RFC 9309). Crawlers must not open search results, the playground, the desk and
/// the endpoint.
#[must_use]
pub fn robots(site: &Site) -> String {
    let lines = "User-agent: *\nDisallow: /graphql\nDisallow: /playground\nDisallow: /edit\nDisallow: /*?search=\n";
    format!("{lines}Sitemap: {}/sitemap.xml\n", site.origin)
}
