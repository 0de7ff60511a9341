//! The search of the reference: names and descriptions of types, fields, arguments and values.

use super::model::{Field, Schema, Type, is_root};

/// Maximum number of items that a search shows.
pub const MAX_FOUND: usize = 50;

/// A type, a field, an argument or a value.
#[derive(Debug)]
pub struct Item {
    /// Its name with the names of what it belongs to, such as `TreatmentOutcome.evidenceLevel` or `Query.search(text:)`.
    pub name: String,
    /// Its address below `reference/`, such as `TreatmentOutcome#evidenceLevel`. An argument has the address of its field,
    /// unless that is a root field.
    pub address: String,
    pub kind: Kind,
    /// Its description; empty if it has none.
    pub description: String,
    /// Its own name in lower case.
    key: String,
    /// [`Self::name`] in lower case.
    path: String,
    /// The description in lower case.
    text: String,
    /// Length of the name of its type. Types that are made from a type, such as its filter, have longer names and so are
    /// shown later.
    owner: usize,
}

/// What an item is, in the order in which items with equal matches are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A type, of any kind.
    Type,
    /// A root field.
    RootField,
    /// Another field.
    Field,
    /// A value of an enumeration.
    Value,
    /// A field of an input.
    InputField,
    /// An argument of a field.
    Argument,
}

/// How an item matches a text, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// The text is its name.
    Whole,
    /// Its name begins with the text.
    Start,
    /// Its name and the names of what it belongs to contain all words of the text.
    Name,
    /// Its names and its description together contain all words of the text.
    Description,
}

/// The items that a search has found.
#[derive(Debug)]
pub struct Found<'s> {
    /// The best matches.
    pub items: Vec<&'s Item>,
    /// Number of all matches.
    pub total: usize,
}

impl Kind {
    /// Returns its name for users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "Type",
            Self::RootField => "Root field",
            Self::Field => "Field",
            Self::Value => "Value",
            Self::InputField => "Input field",
            Self::Argument => "Argument",
        }
    }
}

impl Item {
    /// Returns all items of the types.
    pub(super) fn all<'t>(types: impl Iterator<Item = &'t Type>) -> Vec<Self> {
        let mut items = Vec::new();
        for one in types {
            let mut add = |path: &str, key: &str, address: String, kind, description: Option<&str>| {
                let (name, description) = (path.to_owned(), super::words(description).to_owned());
                let (path, text, key) = (name.to_lowercase(), description.to_lowercase(), key.to_lowercase());
                items.push(Self { name, address, kind, description, key, path, text, owner: one.name.len() });
            };
            add(&one.name, &one.name, one.name.clone(), Kind::Type, one.description.as_deref());
            for field in one.fields.iter().flatten() {
                let Field { name, description, args, .. } = field;
                let path = format!("{}.{name}", one.name);
                let (kind, page) = if is_root(&one.name) {
                    (Kind::RootField, path.clone())
                } else {
                    (Kind::Field, format!("{}#{name}", one.name))
                };
                add(&path, name, page.clone(), kind, description.as_deref());
                for argument in args {
                    let row = if is_root(&one.name) { format!("{page}#{}", argument.name) } else { page.clone() };
                    let of_field = format!("{path}({}:)", argument.name);
                    add(&of_field, &argument.name, row, Kind::Argument, argument.description.as_deref());
                }
            }
            let inputs = one.input_fields.iter().flatten().map(|one| (&one.name, &one.description, Kind::InputField));
            let values = one.enum_values.iter().flatten().map(|one| (&one.name, &one.description, Kind::Value));
            for (name, description, kind) in inputs.chain(values) {
                let address = format!("{}#{name}", one.name);
                add(&format!("{}.{name}", one.name), name, address, kind, description.as_deref());
            }
        }
        items
    }

    /// Returns how it matches a text in lower case, which has these words; `None` if it does not match.
    fn matches(&self, text: &str, words: &[&str]) -> Option<Match> {
        if self.key == text || self.path == text {
            return Some(Match::Whole);
        }
        if self.key.starts_with(text) {
            return Some(Match::Start);
        }
        if words.iter().all(|word| self.path.contains(word)) {
            return Some(Match::Name);
        }
        words.iter().all(|word| self.path.contains(word) || self.text.contains(word)).then_some(Match::Description)
    }
}

/// Finds the items that have all words of a text in their names or descriptions, the best matches first. Case is ignored.
/// A text without words finds nothing.
pub fn find<'s>(schema: &'s Schema, text: &str) -> Found<'s> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let items = schema.items().iter().filter(|_| !words.is_empty());
    let mut found: Vec<(Match, &Item)> = items.filter_map(|item| Some((item.matches(&text, &words)?, item))).collect();
    found.sort_by_key(|(quality, item)| (*quality, item.kind, item.owner));
    Found { total: found.len(), items: found.into_iter().take(MAX_FOUND).map(|(_, item)| item).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        let text = json!({"kind": "SCALAR", "name": "String", "ofType": null});
        let argument = json!({"name": "first", "description": "Number of entries.", "type": text, "defaultValue": null});
        let field = |name: &str, description: &str, args: serde_json::Value| json!({"name": name, "description": description, "args": args, "type": text});
        Schema::read(&json!({"types": [
            {"name": "Query", "kind": "OBJECT", "fields": [field("peels", "Chemical peels.", json!([argument]))]},
            {"name": "PeelFacets", "kind": "OBJECT", "fields": [field("level", "Its level.", json!([argument]))]},
            {"name": "Peel", "kind": "OBJECT", "fields": [field("level", "Its evidence.", json!([])), field("levelText", "Days of redness.", json!([]))]},
            {"name": "PeelWhere", "kind": "INPUT_OBJECT", "inputFields": [{"name": "level", "description": null, "type": text, "defaultValue": null}]},
            {"name": "Grade", "kind": "ENUM", "enumValues": [{"name": "HELPS", "description": "A small benefit."}]},
        ]})).unwrap()
    }

    fn addresses(text: &str) -> Vec<String> {
        find(&schema(), text).items.iter().map(|item| item.address.clone()).collect()
    }

    #[test]
    fn names_and_descriptions_are_found_with_the_row_that_has_them() {
        assert_eq!(
            addresses("LEVEL"),
            ["Peel#level", "PeelFacets#level", "PeelWhere#level", "Peel#levelText", "PeelFacets#level"]
        );
        assert_eq!(addresses("peel.level")[0], "Peel#level");
        assert_eq!(addresses("redness"), ["Peel#levelText"]);
        assert_eq!(addresses("helps benefit"), ["Grade#HELPS"]);
        assert_eq!(addresses("first"), ["Query.peels#first", "PeelFacets#level"]);
        assert_eq!(addresses("chemical"), ["Query.peels"]);
        for nothing in ["", " ", "redness helps"] {
            assert_eq!(addresses(nothing), [""; 0], "{nothing}");
        }
    }
}
