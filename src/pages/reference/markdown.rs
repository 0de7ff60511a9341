//! Pages of the reference as Markdown.

use std::fmt::Write as _;

use super::{
    Example,
    entry::{Entry, Row},
    groups,
    model::Schema,
};
use crate::pages::Site;

/// The list of all pages.
pub fn index(site: &Site, schema: &Schema) -> String {
    let mut text = format!("# Reference\n\nThe whole schema: {}/schema.graphql\n", site.origin);
    for (title, names) in groups(schema) {
        // Writing to a String cannot fail.
        _ = write!(text, "\n## {title}\n\n");
        for (name, description) in names {
            _ = writeln!(text, "- [{name}]({}/reference/{name}.md): {description}", site.origin);
        }
    }
    text
}

/// The page of a type or a root field, with an example and the data of its response.
pub fn entry(site: &Site, entry: &Entry<'_>, example: Option<&Example<'_>>) -> String {
    let mut text = format!("# {}\n\n{}", entry.name, entry.kind);
    if let Some(of) = entry.of {
        _ = write!(text, " of type `{}`", of.written());
    }
    _ = writeln!(text, ". {}", entry.description);
    for (title, rows) in &entry.parts {
        _ = write!(text, "\n## {title}\n\n");
        for one in rows {
            text += &row(one);
        }
    }
    if let Some(cost) = &entry.cost {
        let formula = entry.formula.as_ref().map(|formula| format!("In points: {formula}.\n\n")).unwrap_or_default();
        let example = example.map(|one| format!("The response of the example costs {}.\n\n", one.cost)).unwrap_or_default();
        _ = write!(text, "\n## Cost\n\n{formula}{example}{cost}\n");
    }
    if !entry.users.is_empty() {
        let users: Vec<String> = entry.users.iter().map(|(owner, field)| format!("`{owner}.{field}`")).collect();
        let more = if entry.more_users > 0 { format!(", and {} more", entry.more_users) } else { String::new() };
        _ = write!(text, "\n## Used by\n\n{}{more}\n", users.join(", "));
    }
    if let Some(Example { request, response, .. }) = example {
        let response = serde_json::to_string_pretty(response).unwrap_or_default();
        _ = write!(text, "\n## Example\n\n{}\nThe response:\n\n```json\n{response}\n```\n", request.markdown());
    }
    _ = write!(text, "\n[All of the reference]({}/reference/index.md)\n", site.origin);
    text
}

fn row(row: &Row<'_>) -> String {
    let arguments = if row.arguments.is_empty() { String::new() } else { format!("({})", row.arguments) };
    let of = row.of.map(|of| format!(": {}", of.written())).unwrap_or_default();
    let default = row.default.map(|default| format!(" = {default}")).unwrap_or_default();
    let cost = row.cost.as_ref().map(|cost| format!(" Cost: {cost}.")).unwrap_or_default();
    format!("- `{}{arguments}{of}{default}` {}{cost}\n", row.name, row.description)
}
