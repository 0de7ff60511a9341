//! Declares the input and output types of search.

use std::collections::BTreeMap;

use super::{enum_value, enumeration, field, input, input_object, object, outputs::page_arguments};
use crate::{
    engine::{
        catalog::{Catalog, ObjectType, label, words},
        plan::search::{MATCH_KINDS, MAX_TEXT, MAX_WORDS},
    },
    graphql::schema::{EnumValue, Field, Schema, TypeKind},
};

/// Description of `matchedOn`.
pub(super) const MATCHED_ON: &str =
    "For each word of the search that matches, its best match, in the order of the words. Empty without `search`.";

/// Description of `didYouMean`.
pub(super) const DID_YOU_MEAN: &str = "The text of the search with corrections: similar words of names and synonyms replace the \
    words that no searched type and no synonym has. Null if no word is replaced, and without a search.";

/// Description of `expansions`.
pub(super) const EXPANSIONS: &str = "The synonyms that were searched as well. Each has the words of the search that match \
    the synonym. These words are a phrase of the synonym, a misspelt phrase, or the beginning of a phrase. Empty if there \
    are none, and without a search.";

/// Description of `highlight`.
pub(super) const HIGHLIGHT: &str = "The texts in which words of the search match, with the position of each matching word. \
    Empty without `search`.";

/// Returns the root field `search`.
pub(super) fn root(catalog: &Catalog) -> Field {
    let about = "Records of several types that are found by words, the best first, in pages. It searches like the argument \
        `search` of connections, in all these types together. Null only if an error of this field is reported.";
    let without: Vec<String> = catalog
        .contents()
        .filter(|(_, role)| role.search_percent == 0)
        .map(|(object, _)| format!("`{}`", object.enum_name()))
        .collect();
    let types = format!("The types that are searched; null for all but {}.", listed(&without));
    let mut arguments = vec![
        input("text", "String!", &about_text()),
        input("types", "[ContentType!]", &types),
        input("fields", "[SearchField!]", "The fields that are searched; null for all. An empty list is refused."),
    ];
    arguments.extend(page_arguments());
    field("search", "SearchConnection", about).with(arguments)
}

fn about_text() -> String {
    format!(
        "The words to search for: at most {MAX_WORDS} words and {MAX_TEXT} characters. Words such as `the`, `for` and `treatment` \
         are ignored and do not count, unless the text has no other words. A text without letters and digits finds nothing."
    )
}

/// Returns a value of an enumeration, whose label is derived from its name.
fn value(name: String, about: String) -> (String, EnumValue) {
    let label = label(&name, &[]);
    enum_value(name, about, label)
}

/// Declares the connection of the root field.
fn connection(schema: &mut Schema, catalog: &Catalog) {
    let fields = vec![
        field("edges", "[SearchEdge!]!", "Entries of the page with their cursors."),
        field("nodes", "[Record!]!", "Entries of the page."),
        field("pageInfo", "PageInfo!", "Position of the page in the list."),
        field("totalCount", "Int!", "Number of entries on all pages."),
        field("didYouMean", "String", DID_YOU_MEAN),
        field("expansions", "[SearchExpansion!]!", EXPANSIONS),
    ];
    object(schema, "SearchConnection", "A page of the records that a search finds.", fields, &[]);
    let fields = vec![
        field("cursor", "String!", "Position of the entry, for `after` and `before`. Valid only with the same arguments."),
        field("node", "Record!", "The entry."),
        field("score", "Int!", "Points of the entry, for comparison within one list."),
        field("matchedOn", "[SearchMatch!]!", MATCHED_ON),
        field("highlight", "[SearchHighlight!]!", HIGHLIGHT),
    ];
    object(schema, "SearchEdge", "A record that a search finds.", fields, &[]);
    let types = catalog.contents().map(|(object, _)| value(object.enum_name(), object.about.to_owned())).collect();
    schema.declare("ContentType", "A type of records. This list may grow.", TypeKind::Enum(types));
}

/// Declares the types of search: those that all connections use, and those of the root field.
pub(super) fn declare(schema: &mut Schema, catalog: &Catalog) {
    let about = "Searches for words. A record is found if its texts have all words; if no record has all, those with the \
        most words are found. Records with fewer words are also found if their score is at least the highest score of the \
        records with the most words. A record with fewer words is also found if the text contains its whole name, one of \
        its aliases or one of its codes. This name, alias or code must have at most four words, and must not be part of a \
        longer name in the text. Words that many records have count less. A word that occurs twice counts once. Case, \
        accents, hyphens, endings of words, and British or American spelling make no difference. The last word may be the \
        beginning of a word, and the end of the text the beginning of a synonym. If neither a text of the type nor a \
        synonym has a word, similar words in names and synonyms match instead. A word is similar if it is spelled similarly \
        or sounds alike. A former slug or a DOI matches only if it is the whole text. So does a slug, unless it is composed \
        of other slugs: then it matches by its words, like a name. The text has no special syntax.";
    let fields = vec![
        input("text", "String!", &about_text()),
        input("fields", "[SearchField!]", "The fields that are searched; null for all. An empty list is refused."),
    ];
    input_object(schema, "TextSearch", about, false, fields);
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (object, role) in catalog.contents() {
        for field in object.searched_fields(catalog) {
            names.entry(field.search_name()).or_default().push(words(role.plural));
        }
    }
    let about = |types: Vec<String>| format!("A field of {}.", listed(&types));
    let values = names.into_iter().map(|(name, types)| value(name, about(types))).collect();
    schema.declare("SearchField", "A field that is searched. This list may grow.", TypeKind::Enum(values));
    let fields = vec![
        field("field", "SearchField!", "The field that has the word."),
        field("term", "String!", "The word in the field, in lowercase. Several words if they match only together."),
        field("how", "SearchMatchKind!", "The role of the text in the record, or FUZZY if the word is only similar."),
    ];
    object(schema, "SearchMatch", "What matches a word of a search.", fields, &[]);
    let labels = &[("FUZZY", "Similar word")];
    enumeration(schema, "SearchMatchKind", "How a word of a search matches. This list may grow.", MATCH_KINDS, labels);
    details(schema);
    connection(schema, catalog);
}

/// Declares the types of expansions, highlights and their spans.
fn details(schema: &mut Schema) {
    let fields = vec![
        field("words", "String!", "The words of the search, as they were given."),
        field("meaning", "String!", "The words that were searched as well."),
    ];
    object(schema, "SearchExpansion", "A synonym that a search used.", fields, &[]);
    let spans = "The matching words, in their order, without overlaps. Words that match only together, such as `micro-needling`, \
        have one span.";
    let fields = vec![
        field("field", "SearchField!", "The field that has the text."),
        field(
            "text",
            "String!",
            "The text, or the entry of a list, unchanged. It is not HTML: escape it before you add tags.",
        ),
        field("spans", "[TextSpan!]!", spans),
    ];
    object(schema, "SearchHighlight", "A text of a record with the words that a search matches.", fields, &[]);
    let fields = vec![
        field("start", "Int!", "Index of the first code unit, from 0."),
        field("length", "Int!", "Number of code units."),
    ];
    let about = "A part of a text. Its numbers count UTF-16 code units, as strings in JavaScript and Java and the `utf16` view in Swift do.";
    object(schema, "TextSpan", about, fields, &[]);
}

/// Returns the description of the argument `search` of a connection.
pub(super) fn about_argument(catalog: &Catalog, target: &ObjectType) -> String {
    let names: Vec<String> = target.searched_fields(catalog).map(|field| format!("`{}`", field.name)).collect();
    format!("Only entries that are found by words in {}, the best first unless `orderBy` is set.", listed(&names))
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "no field".to_owned(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}
