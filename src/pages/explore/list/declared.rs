//! The lists of the explorer.

use super::{
    filter::{Control, Filter, Values},
    values, view,
};
use crate::pages::explore::map;

/// A list of the explorer.
pub struct List {
    /// The last segment of its path: the list is at `explore/NAME`.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its content, in one sentence.
    pub description: &'static str,
    /// Text of its GraphQL document. Its connection has the alias `list`.
    pub document: &'static str,
    /// Its filters, in the order of the form.
    pub filters: &'static [Filter],
    /// The related records that several of its filters are about; `None` if there are none.
    pub related: Option<RelatedRecords>,
    /// Its orders. The first one is the default order, except in a search, which has the best match first.
    pub orders: &'static [Order],
    /// Columns of a CSV file: a name, and a JSON pointer to the value in an entry. `*` in it stands for each entry of a
    /// list.
    pub columns: &'static [(&'static str, &'static str)],
    /// Path of the pages of its entries, below `explore/`.
    pub entries: &'static str,
    /// Makes its HTML.
    pub view: view::Make,
    /// True if the page shows all entries, and not one page of them at a time.
    pub is_whole: bool,
}

/// Related records by which several filters select entries, such as the conditions of outcomes. One
/// related record must match all of these filters, and an entry shows only its related records that
/// match.
///
/// Some of these filters offer the values of a facet of the list ([`Control::Facet`]), such as the filter by condition.
/// The others do not, such as the filter by kind of condition. An entry matches if one of its related records
/// matches. The facet counts all related records of such an entry, including those that do not match the other filters.
///
/// If the user has chosen a value of a filter without a facet, the request sets the variables `candidates` and
/// `withCandidates`.
/// The response then also has the candidates: the related records that match the chosen values of all filters without a
/// facet. The form offers only candidates, and values that are already chosen.
#[derive(Clone, Copy, Debug)]
pub struct RelatedRecords {
    /// The variable of the document that filters the related records of an entry.
    pub variable: &'static str,
    /// The path of the records in `where`. The filters of the records are below it.
    pub path: &'static [&'static str],
}

/// An order of a list.
pub struct Order {
    /// The value of the parameter `order` that selects it.
    pub name: &'static str,
    /// Its label in the form.
    pub label: &'static str,
    /// The paths of the sort keys. The last element of each path is the direction. Empty if the connection has only one
    /// order.
    pub keys: &'static [&'static [&'static str]],
}

const BY_NAME: Order = Order { name: "name", label: "Name", keys: &[&["name", "ASC"]] };
const BY_TREATMENTS: Order =
    Order { name: "treatments", label: "Most outcomes", keys: &[&["outcomes", "count", "DESC"], &["name", "ASC"]] };
const BY_EVIDENCE: Order =
    Order { name: "evidence", label: "Best evidence", keys: &[&["evidenceLevel", "ASC"], &["grade", "DESC"]] };

const OUTCOME_COLUMNS: &[(&str, &str)] = &[
    ("procedure", "/procedure/name"),
    ("condition", "/condition/name"),
    ("conditions", "/evidenceLevels/*/condition/name"),
    ("grade", "/grade"),
    ("evidence_levels", "/evidenceLevels/*/level"),
    ("certainty", "/certainty"),
    ("expected_effect", "/expectedEffect"),
    ("caveat", "/caveat"),
    ("sources", "/citations/totalCount"),
];

/// Creates a filter by the values of a facet.
const fn facet(
    name: &'static str,
    label: &'static str,
    field: &'static str,
    values: Values,
    path: &'static [&'static str],
) -> Filter {
    Filter { name, label, control: Control::Facet { field, values }, path, note: None }
}

/// Creates the search. Its parameter has the name of a field: an earlier version had a filter by this field with the same
/// parameter, and links to that filter still work.
const fn search(name: &'static str) -> Filter {
    Filter { name, label: "Search", control: Control::Search, path: &["search", "text"], note: None }
}

/// Creates a filter that only links on other pages set.
const fn linked(name: &'static str, label: &'static str, path: &'static [&'static str]) -> Filter {
    Filter { name, label, control: Control::Linked, path, note: None }
}

/// The records that cite a source.
const CITING: Filter = linked("source", "Source", &["citations", "some", "slug", "in"]);
/// Whether the library has an outcome for a record.
const TREATED: Filter = Filter {
    name: "outcomes",
    label: "Outcomes",
    control: Control::Presence { some: "With outcomes", none: "Without outcomes" },
    path: &["outcomes"],
    note: None,
};
const LEVEL: &str = "Evidence level";
const CONDITION: &str = "Condition";
const PROCEDURE: &str = "Procedure";

const OUTCOME_CONDITION: Filter =
    facet("condition", CONDITION, "conditions", Values::Slugs, &["conditions", "some", "slug", "in"]);
/// The options are the values of a facet of conditions, because outcomes have no facet for the
/// kinds of all their conditions. The same is true for [`OUTCOME_AREA`].
const OUTCOME_KIND: Filter = Filter {
    name: "kind",
    label: "Kind of condition",
    control: Control::Related { field: "kind", values: Values::Names(values::KINDS) },
    path: &["conditions", "some", "kind", "in"],
    note: None,
};
const OUTCOME_PROCEDURE: Filter = facet("procedure", PROCEDURE, "procedure", Values::Slugs, &["procedure", "slug", "in"]);
const OUTCOME_CATEGORY: Filter = facet(
    "category",
    "Kind of treatment",
    "procedureCategory",
    Values::Names(values::CATEGORIES),
    &["procedure", "category", "in"],
);
const OUTCOME_GRADE: Filter = facet("grade", "Effect", "grade", Values::Scale(values::GRADES), &["grade", "in"]);
const OUTCOME_AT_LEAST: Filter = Filter {
    name: "least",
    label: "Effect, at least",
    control: Control::AtLeast(values::BENEFITS),
    path: &["grade", "gte"],
    note: None,
};
const OUTCOME_AREA: Filter = Filter {
    name: "area",
    label: "Body area",
    control: Control::Related { field: "bodyAreas", values: Values::Slugs },
    path: &["conditions", "some", "bodyAreas", "some", "slug", "in"],
    note: None,
};
const OUTCOME_LEVEL: Filter = Filter {
    note: Some("The level of the whole claim: the best level for any of its conditions."),
    ..facet("level", LEVEL, "evidenceLevel", Values::Level, &["evidenceLevel", "in"])
};
const OUTCOME_CONDITIONS: Option<RelatedRecords> =
    Some(RelatedRecords { variable: "conditions", path: &["conditions", "some"] });

/// Adds rows and columns to the map for conditions and procedures without an outcome.
const MAP_GAPS: Filter = Filter {
    name: "gaps",
    label: "Conditions and procedures without a statement",
    control: Control::Gaps,
    path: &["gaps"],
    note: None,
};
const MAP_FILTERS: &[Filter] = &[
    OUTCOME_CONDITION,
    OUTCOME_KIND,
    OUTCOME_AREA,
    OUTCOME_PROCEDURE,
    OUTCOME_CATEGORY,
    OUTCOME_GRADE,
    OUTCOME_LEVEL,
    OUTCOME_AT_LEAST,
    CITING,
    MAP_GAPS,
];

/// The filters of the map, except for [`MAP_GAPS`].
const OUTCOME_FILTERS: &[Filter] = match MAP_FILTERS {
    [filters @ .., _] => filters,
    [] => &[],
};

/// The evidence map: the list of outcomes as a table of procedures and conditions.
pub static MAP: List = List {
    name: "map",
    title: "Evidence map",
    description: "Which treatment has been studied for which condition, what it does, and how sure that is.",
    document: OUTCOMES.document,
    filters: MAP_FILTERS,
    related: OUTCOME_CONDITIONS,
    orders: &[BY_EVIDENCE],
    columns: OUTCOME_COLUMNS,
    entries: "outcomes",
    view: map::view,
    is_whole: true,
};

static OUTCOMES: List = List {
    name: "outcomes",
    title: "Treatment outcomes",
    description: "What each procedure does for each condition, with the grade and the evidence level.",
    document: include_str!("../../requests/outcomes.graphql"),
    filters: OUTCOME_FILTERS,
    related: OUTCOME_CONDITIONS,
    orders: &[
        BY_EVIDENCE,
        Order { name: "grade", label: "Strongest effect", keys: &[&["grade", "DESC"], &["evidenceLevel", "ASC"]] },
        Order { name: "condition", label: CONDITION, keys: &[&["condition", "name", "ASC"]] },
        Order { name: "procedure", label: PROCEDURE, keys: &[&["procedure", "name", "ASC"]] },
    ],
    columns: OUTCOME_COLUMNS,
    entries: "outcomes",
    view: view::outcomes,
    is_whole: false,
};

static PROCEDURES: List = List {
    name: "procedures",
    title: "Procedures",
    description: "All procedures of the library, with what each is done for.",
    document: include_str!("../../requests/procedures.graphql"),
    filters: &[
        search("name"),
        facet("category", "Kind of treatment", "category", Values::Names(values::CATEGORIES), &["category", "in"]),
        facet("invasiveness", "Invasiveness", "invasiveness", Values::Scale(values::INVASIVENESS), &["invasiveness", "in"]),
        facet("purpose", "Purpose", "purpose", Values::Names(values::PURPOSES), &["purpose", "hasAny"]),
        facet("recovery", "Recovery", "recoverySpeed", Values::Names(values::SPEEDS), &["recovery", "speed", "in"]),
        facet(
            "against",
            "Contraindicated for",
            "contraindicatedConditions",
            Values::Slugs,
            &["contraindicatedConditions", "some", "slug", "in"],
        ),
        TREATED,
        CITING,
    ],
    related: None,
    orders: &[BY_NAME, BY_TREATMENTS],
    columns: &[
        ("name", "/name"),
        ("aliases", "/aliases"),
        ("category", "/category"),
        ("invasiveness", "/invasiveness"),
        ("description", "/description"),
        ("outcomes", "/outcomes/totalCount"),
    ],
    entries: "procedures",
    view: view::procedures,
    is_whole: false,
};

static CONDITIONS: List = List {
    name: "conditions",
    title: "Conditions",
    description: "All conditions of the library, with how many outcomes each has.",
    document: include_str!("../../requests/conditions.graphql"),
    filters: &[
        search("name"),
        facet("kind", "Kind of condition", "kind", Values::Names(values::KINDS), &["kind", "in"]),
        facet("area", "Body area", "bodyAreas", Values::Slugs, &["bodyAreas", "some", "slug", "in"]),
        facet("parent", "Belongs to", "parent", Values::Slugs, &["parent", "slug", "in"]),
        TREATED,
        CITING,
    ],
    related: None,
    orders: &[BY_NAME, BY_TREATMENTS],
    columns: &[
        ("name", "/name"),
        ("aliases", "/aliases"),
        ("kind", "/kind"),
        ("diagnose_first", "/diagnoseFirst"),
        ("description", "/description"),
        ("outcomes", "/outcomes/totalCount"),
    ],
    entries: "conditions",
    view: view::conditions,
    is_whole: false,
};

static SOURCES: List = List {
    name: "sources",
    title: "Sources",
    description: "All works that the library cites, with how much of each was read.",
    document: include_str!("../../requests/sources.graphql"),
    filters: &[
        search("title"),
        facet("kind", "Kind of work", "kind", Values::Names(values::SOURCE_KINDS), &["kind", "in"]),
        facet("level", LEVEL, "level", Values::Level, &["level", "in"]),
        facet("read", "How much was read", "extentRead", Values::Scale(values::EXTENTS), &["extentRead", "in"]),
        facet("procedure", "Cited for a procedure", "procedures", Values::Slugs, &["procedures", "some", "slug", "in"]),
        facet("condition", "Cited for a condition", "conditions", Values::Slugs, &["conditions", "some", "slug", "in"]),
        linked("outcome", "Cited for an outcome", &["outcomes", "some", "slug", "in"]),
    ],
    related: None,
    orders: &[
        Order { name: "year", label: "Newest", keys: &[&["year", "DESC"], &["title", "ASC"]] },
        Order { name: "title", label: "Title", keys: &[&["title", "ASC"]] },
        Order { name: "level", label: LEVEL, keys: &[&["level", "ASC"], &["year", "DESC"]] },
    ],
    columns: &[
        ("title", "/title"),
        ("authors", "/authors"),
        ("publisher", "/publisher"),
        ("year", "/year"),
        ("kind", "/kind"),
        ("level", "/level"),
        ("extent_read", "/extentRead"),
        ("url", "/url"),
        ("doi", "/doi"),
        ("pmid", "/pmid"),
    ],
    entries: "sources",
    view: view::sources,
    is_whole: false,
};

static REVISIONS: List = List {
    name: "revisions",
    title: "Revisions",
    description: "All publications of the library, the newest first, and what each has changed.",
    document: include_str!("../../requests/revisions.graphql"),
    filters: &[],
    related: None,
    orders: &[Order { name: "newest", label: "Newest", keys: &[] }],
    columns: &[
        ("number", "/slug"),
        ("published", "/publishedAt"),
        ("summary", "/summary"),
        ("record_count", "/recordCount"),
    ],
    entries: "revisions",
    view: view::revisions,
    is_whole: false,
};

/// All lists, in their order on the page of the explorer.
pub static LISTS: [&List; 6] = [&MAP, &CONDITIONS, &PROCEDURES, &OUTCOMES, &SOURCES, &REVISIONS];
