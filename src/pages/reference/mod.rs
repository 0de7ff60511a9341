//! The reference: a page for each type and each root field, made from the result of introspection. Each page also
//! exists as Markdown, for programs that read text.

mod cost;
mod entry;
mod example;
mod find;
mod html;
mod markdown;
mod model;

use serde_json::Value as Json;

pub use self::{cost::Points, model::Schema};
use self::{entry::Entry, model::ROOTS};
use super::{PageRequest, Site, library, questions, search};

/// The groups of the reference: a title, and the kinds of its types. Root fields come before them.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Types", &["OBJECT", "INTERFACE", "UNION"]),
    ("Inputs", &["INPUT_OBJECT"]),
    ("Enumerations", &["ENUM"]),
    ("Scalars", &["SCALAR"]),
];

/// A page of the reference.
#[derive(Clone, Copy, Debug)]
pub struct Topic<'p> {
    /// Name of a type, or of a root field such as `Query.procedures`; `None` for the list of all pages.
    pub name: Option<&'p str>,
    /// Whether the page is Markdown.
    pub is_markdown: bool,
    /// The text to search for in the list of all pages; empty for none.
    pub text: &'p str,
}

/// The example of a page: a request that was run.
pub struct Example<'e> {
    /// The request.
    pub request: &'e PageRequest,
    /// The data of its response.
    pub response: Json,
    /// The actual cost of the response, in points.
    pub cost: u64,
}

/// The example that a page should have.
pub enum Wanted {
    /// The request of another page.
    OfPage(PageRequest),
    /// An example that is generated from the schema.
    Generated(&'static example::Example),
}

impl<'p> Topic<'p> {
    /// Reads the last segment of an address, such as `Procedure` or `Query.procedures.md`.
    #[must_use]
    pub fn read(segment: &'p str) -> Self {
        match segment.strip_suffix(".md") {
            Some(name) => Self { name: (name != "index").then_some(name), is_markdown: true, text: "" },
            None => Self { name: Some(segment), is_markdown: false, text: "" },
        }
    }

    /// Returns the example; `None` if the page has none. Only root fields of queries and the types that they return have
    /// examples, because a mutation would change the library, and a subscription has no single response.
    #[must_use]
    pub fn example(self, schema: &'static Schema) -> Option<Wanted> {
        let name = self.name?;
        let fields: Vec<&str> = if let Some((owner, field)) = schema.root_field(name) {
            Some(field.name.as_str()).filter(|_| owner.name == "Query").into_iter().collect()
        } else {
            let fields = schema.find("Query")?.fields.iter().flatten().map(|field| (field, field.r#type.named()));
            let returns = |of: &str| of == name || of.strip_suffix("Connection") == Some(name);
            fields.filter(|(_, of)| returns(of)).map(|(field, _)| field.name.as_str()).collect()
        };
        let own = fields.iter().find_map(|field| of_pages(field)).map(Wanted::OfPage);
        own.or_else(|| fields.iter().find_map(|field| schema.example(field)).map(Wanted::Generated))
    }

    /// Makes the page; `None` if the schema has no type or root field of this name.
    #[must_use]
    pub fn make(self, site: &Site, schema: &Schema, points: &Points, example: Option<&Example<'_>>) -> Option<String> {
        let Some(name) = self.name else {
            return Some(if self.is_markdown {
                markdown::index(site, schema)
            } else {
                html::index(site, schema, self.text)
            });
        };
        let entry = Entry::find(schema, points, name)?;
        Some(if self.is_markdown { markdown::entry(site, &entry, example) } else { html::entry(site, &entry, example) })
    }
}

/// Returns the request of another page that selects a root field; `None` if no page does.
fn of_pages(field: &str) -> Option<PageRequest> {
    let requests = questions::all().iter().map(questions::Question::request);
    let own = [library::request(), search::request("laser", None)];
    let starts = [format!("\n  {field}("), format!("\n  {field} {{")];
    own.into_iter().chain(requests).find(|request| starts.iter().any(|start| request.document().contains(start)))
}

/// Returns the paths of all pages, from the root of the service.
#[must_use]
pub fn paths(schema: &Schema) -> Vec<String> {
    let names = groups(schema).into_iter().flat_map(|(_, names)| names);
    std::iter::once("reference".to_owned()).chain(names.map(|(name, _)| format!("reference/{name}"))).collect()
}

/// Returns all pages in groups, each with its name and its description.
fn groups(schema: &Schema) -> Vec<(&'static str, Vec<(String, &str)>)> {
    let roots = ROOTS.iter().filter_map(|name| schema.find(name));
    let fields = roots.flat_map(|one| one.fields.iter().flatten().map(move |field| (one, field)));
    let fields = fields.map(|(one, field)| (format!("{}.{}", one.name, field.name), words(field.description.as_deref())));
    let mut groups = vec![("Root fields", fields.collect())];
    groups.extend(GROUPS.map(|(title, kinds)| {
        let types = schema.types().filter(|one| kinds.contains(&one.kind.as_str()));
        (title, types.map(|one| (one.name.clone(), words(one.description.as_deref()))).collect())
    }));
    groups
}

fn words(description: Option<&str>) -> &str {
    description.unwrap_or_default()
}
