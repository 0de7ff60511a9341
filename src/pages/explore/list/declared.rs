//! The lists of the explorer.

use super::{
    filter::{Control, Filter},
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
    /// Text of its document. Its connection has the alias `list`.
    pub file: &'static str,
    /// Its filters, in the order of the form.
    pub filters: &'static [Filter],
    /// Its orders; the first one is the default.
    pub orders: &'static [Order],
    /// Columns of a CSV file: a name, and a JSON pointer to the value in an entry.
    pub columns: &'static [(&'static str, &'static str)],
    /// Path of the pages of its entries, below `explore/`.
    pub entries: &'static str,
    /// Makes its HTML.
    pub view: view::Make,
    /// True if the page shows all entries, and not one page of them at a time.
    pub is_whole: bool,
}

/// An order of a list.
pub struct Order {
    /// Its value of the parameter `order`.
    pub name: &'static str,
    /// Its label in the form.
    pub label: &'static str,
    /// The paths of the sort keys, the last element of each being the direction.
    pub keys: &'static [&'static [&'static str]],
}

const KIND_OF_CONDITION: &str = "Kind of condition";
const BODY_AREA: &str = "Body area";
const LEVEL: &str = "Evidence level";

const BY_NAME: Order = Order { name: "name", label: "Name", keys: &[&["name", "ASC"]] };
const BY_TREATMENTS: Order =
    Order { name: "treatments", label: "Most outcomes", keys: &[&["outcomes", "count", "DESC"], &["name", "ASC"]] };
const BY_EVIDENCE: Order =
    Order { name: "evidence", label: "Best evidence", keys: &[&["evidenceLevel", "ASC"], &["grade", "DESC"]] };

const OUTCOME_COLUMNS: &[(&str, &str)] = &[
    ("procedure", "/procedure/name"),
    ("condition", "/condition/name"),
    ("grade", "/grade"),
    ("evidence_level", "/evidenceLevel"),
    ("certainty", "/certainty"),
    ("expected_effect", "/expectedEffect"),
    ("caveat", "/caveat"),
    ("sources", "/citations/totalCount"),
];

const OUTCOME_KIND: Filter = Filter {
    name: "kind",
    label: KIND_OF_CONDITION,
    control: Control::Values(values::KINDS),
    path: &["condition", "kind", "eq"],
};
const OUTCOME_AREA: Filter = Filter {
    name: "area",
    label: BODY_AREA,
    control: Control::Records("areas"),
    path: &["condition", "bodyAreas", "some", "slug", "eq"],
};
const OUTCOME_CATEGORY: Filter = Filter {
    name: "category",
    label: "Kind of treatment",
    control: Control::Values(values::CATEGORIES),
    path: &["procedure", "category", "eq"],
};
const OUTCOME_GRADE: Filter =
    Filter { name: "grade", label: "Effect, at least", control: Control::Values(values::GRADES), path: &["grade", "gte"] };
const OUTCOME_LEVEL: Filter =
    Filter { name: "level", label: LEVEL, control: Control::Level, path: &["evidenceLevel", "lte"] };

/// The evidence map: the list of outcomes as a table of procedures and conditions.
pub static MAP: List = List {
    name: "map",
    title: "Evidence map",
    description: "Which treatment has been studied for which condition, what it does, and how sure that is.",
    file: OUTCOMES.file,
    filters: &[OUTCOME_KIND, OUTCOME_AREA, OUTCOME_CATEGORY, OUTCOME_GRADE, OUTCOME_LEVEL],
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
    file: include_str!("../../requests/outcomes.graphql"),
    filters: &[
        Filter {
            name: "condition",
            label: "Condition",
            control: Control::Records("conditions"),
            path: &["conditions", "some", "slug", "eq"],
        },
        Filter {
            name: "procedure",
            label: "Procedure",
            control: Control::Records("procedures"),
            path: &["procedure", "slug", "eq"],
        },
        OUTCOME_KIND,
        OUTCOME_AREA,
        OUTCOME_GRADE,
        OUTCOME_LEVEL,
    ],
    orders: &[
        BY_EVIDENCE,
        Order { name: "grade", label: "Strongest effect", keys: &[&["grade", "DESC"], &["evidenceLevel", "ASC"]] },
        Order { name: "condition", label: "Condition", keys: &[&["condition", "name", "ASC"]] },
        Order { name: "procedure", label: "Procedure", keys: &[&["procedure", "name", "ASC"]] },
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
    file: include_str!("../../requests/procedures.graphql"),
    filters: &[
        Filter { name: "name", label: "Name contains", control: Control::Text, path: &["name", "contains"] },
        Filter {
            name: "condition",
            label: "Has an outcome for",
            control: Control::Records("conditions"),
            path: &["outcomes", "some", "conditions", "some", "slug", "eq"],
        },
        Filter {
            name: "category",
            label: "Kind of treatment",
            control: Control::Values(values::CATEGORIES),
            path: &["category", "eq"],
        },
        Filter {
            name: "invasiveness",
            label: "Invasiveness",
            control: Control::Values(values::INVASIVENESS),
            path: &["invasiveness", "eq"],
        },
    ],
    orders: &[BY_NAME, BY_TREATMENTS],
    columns: &[
        ("name", "/name"),
        ("aliases", "/aliases"),
        ("category", "/category"),
        ("invasiveness", "/invasiveness"),
        ("summary", "/summary"),
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
    file: include_str!("../../requests/conditions.graphql"),
    filters: &[
        Filter { name: "name", label: "Name contains", control: Control::Text, path: &["name", "contains"] },
        Filter { name: "kind", label: KIND_OF_CONDITION, control: Control::Values(values::KINDS), path: &["kind", "eq"] },
        Filter {
            name: "area",
            label: BODY_AREA,
            control: Control::Records("areas"),
            path: &["bodyAreas", "some", "slug", "eq"],
        },
        Filter {
            name: "level",
            label: "Has an outcome of level",
            control: Control::Level,
            path: &["outcomes", "some", "evidenceLevel", "lte"],
        },
    ],
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
    file: include_str!("../../requests/sources.graphql"),
    filters: &[
        Filter { name: "title", label: "Title contains", control: Control::Text, path: &["title", "contains"] },
        Filter {
            name: "kind",
            label: "Kind of work",
            control: Control::Values(values::SOURCE_KINDS),
            path: &["kind", "eq"],
        },
        Filter { name: "level", label: LEVEL, control: Control::Level, path: &["level", "lte"] },
        Filter {
            name: "condition",
            label: "About",
            control: Control::Records("conditions"),
            path: &["treatmentOutcomes", "some", "conditions", "some", "slug", "eq"],
        },
    ],
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

/// All lists, in their order on the page of the explorer.
pub static LISTS: [&List; 5] = [&MAP, &CONDITIONS, &PROCEDURES, &OUTCOMES, &SOURCES];
