//! Files of lists. Each file has the revision of the library and a citation.
//!
//! Every line of a CSV file ends with a citation, because users copy single lines to other files, and because a CSV file of
//! RFC 4180 has no preamble for a citation.

use serde_json::{Value as Json, json};

use super::{Chosen, List, declared::MAP};
use crate::pages::{Site, explore::map, library::Library};

/// Characters with which a formula begins in spreadsheet programs. A text that begins with one gets an apostrophe
/// before it (<https://owasp.org/www-community/attacks/CSV_Injection>).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The format of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Page,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// JSON.
    Json,
    /// A picture of the evidence map.
    Svg,
}

/// A file.
#[derive(Debug)]
pub struct File {
    /// Its media type.
    pub media_type: &'static str,
    /// Its name, of letters, digits, hyphens and a dot.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Format {
    /// Reads the value of the parameter `format`.
    pub(super) fn read(list: &List, name: &str) -> Result<Self, String> {
        let formats = list.formats();
        formats.iter().copied().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
            format!("The list has the formats {}.", names.join(" and "))
        })
    }

    /// Returns the value of the parameter `format` that selects it, which is also the extension of the file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Page => "html",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Svg => "svg",
        }
    }

    /// Returns the text of the link to the file.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Svg => "picture (SVG)",
        }
    }
}

impl List {
    /// Returns the formats of its files.
    pub(super) fn formats(&self) -> &'static [Format] {
        if self.name == MAP.name { &[Format::Csv, Format::Json, Format::Svg] } else { &[Format::Csv, Format::Json] }
    }
}

impl Chosen {
    /// Makes a file of all entries: its media type, its name and its text.
    ///
    /// # Errors
    /// Returns an error if the data does not have the form of the request.
    pub fn file(&self, site: &Site, library: &Library, mut data: Json) -> Result<File, serde_json::Error> {
        let citation = library.cite(&format!("{}/{}", site.origin, self.address(&[])));
        let total = data["list"]["totalCount"].clone();
        let mut nodes = || data["list"]["nodes"].as_array_mut().map(std::mem::take).unwrap_or_default();
        let (media_type, text) = match self.format {
            Format::Csv => ("text/csv; charset=utf-8", csv(self.list, site, library, &nodes())),
            Format::Svg => ("image/svg+xml", map::picture(data, &[&citation, &library.notice])?),
            Format::Page | Format::Json => {
                let document = json!({
                    "cite": citation,
                    "notice": library.notice,
                    "revision": library.revision,
                    "publishedAt": library.published_at,
                    "totalCount": total,
                    "entries": nodes(),
                });
                ("application/json; charset=utf-8", serde_json::to_string_pretty(&document)?)
            }
        };
        let published = library.published_at.as_deref().and_then(|time| time.get(..10)).map(|date| format!("-{date}"));
        let [list, format] = [self.list.name, self.format.name()];
        let name = format!("dermagraph-{list}-revision-{}{}.{format}", library.revision, published.unwrap_or_default());
        Ok(File { media_type, name, text })
    }
}

fn csv(list: &List, site: &Site, library: &Library, nodes: &[Json]) -> String {
    let header = list.columns.iter().map(|(name, _)| *name).chain(["revision", "published_at", "notice", "cite"]);
    let mut text = header.collect::<Vec<_>>().join(",") + "\r\n";
    for node in nodes {
        // The slug of a revision is its number.
        let slug = node["slug"].as_str().map_or_else(|| node["slug"].to_string(), str::to_owned);
        let address = format!("{}/explore/{}/{slug}", site.origin, list.entries);
        let cells = list.columns.iter().map(|(_, pointer)| cell(&value(node, pointer)));
        let published = library.published_at.as_deref().unwrap_or_default();
        let provenance =
            [library.revision.to_string(), quoted(published), quoted(&library.notice), quoted(&library.cite(&address))];
        text += &cells.chain(provenance).collect::<Vec<_>>().join(",");
        text += "\r\n";
    }
    text
}

/// Returns the value at a JSON pointer, or a list of values if the pointer has a `*`. Null if there is nothing.
fn value(node: &Json, pointer: &str) -> Json {
    match pointer.split_once("/*") {
        Some((list, rest)) => {
            node.pointer(list).and_then(Json::as_array).into_iter().flatten().map(|one| value(one, rest)).collect()
        }
        None => node.pointer(pointer).cloned().unwrap_or_default(),
    }
}

/// Returns a value as a cell. Null is an empty cell. The entries of a list are separated by semicolons, and a null among
/// them is "none".
fn cell(value: &Json) -> String {
    let entry = |one: &Json| match one {
        Json::Null => "none".to_owned(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Json::Null => String::new(),
        Json::String(text) => quoted(text),
        Json::Array(all) => quoted(&all.iter().map(entry).collect::<Vec<_>>().join("; ")),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let guard = if text.starts_with(FORMULA) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_keeps_its_text() {
        assert_eq!(cell(&json!("=HYPERLINK(\"x\")")), "\"'=HYPERLINK(\"\"x\"\")\"");
        for text in ["+1", "-1", "@x", "\tx"] {
            assert_eq!(cell(&json!(text)), format!("\"'{text}\""));
        }
        assert_eq!(cell(&json!("a, b\nc")), "\"a, b\nc\"");
        let others = [json!(null), json!(-3), json!(true), json!(["a", "b"]), json!([])].map(|value| cell(&value));
        assert_eq!(others, ["", "-3", "true", "\"a; b\"", "\"\""]);
        let node = json!({"levels": [{"level": 2}, {"level": null}], "name": {"text": "a"}});
        let found = ["/levels/*/level", "/name/text", "/none/*/level", "/none"].map(|pointer| cell(&value(&node, pointer)));
        assert_eq!(found, ["\"2; none\"", "\"a\"", "\"\"", ""]);
    }
}
