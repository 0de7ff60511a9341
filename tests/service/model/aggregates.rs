//! Aggregates, facets and groups, compared with the model: of lists at the root, and of lists of many parents.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use proptest::{prelude::*, strategy::Union, test_runner::TestCaseResult};
use serde_json::{Map, Value as Json, json};

use super::{
    dimension::{Dimension, Ranges, keys},
    filter::{Measured, Where, measured},
    generate::libraries,
    library::{Library, Row},
    lists::{Question, arguments, parenthesised, questions},
    measure::{FUNCTIONS, shown, takes},
    order::Order,
    runner::{Generated, property},
    search::found_rows,
    shape::{CONTENTS, List, Shape, Type},
    value::Value,
};
use crate::support::TestApp;

/// A query for the aggregate, the facets and the groups of a list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// The type of the parents and their list; `None` for a list at the root.
    list: Option<(Type, List)>,
    pub question: Question,
    /// Indexes of the dimensions of the groups, modulo the number of dimensions.
    by: Vec<usize>,
    /// Indexes of the numbers whose ranges are further dimensions, modulo the number of numbers.
    ranges: Vec<(usize, Ranges)>,
    /// The order of the groups: `Some(true)` by count, `Some(false)` by the first dimension, both descending; `None` by
    /// the dimensions.
    order: Option<bool>,
    /// Conditions on groups, at most one for each function.
    having: Vec<Measured>,
    first: usize,
}

pub fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => json!(text),
        Value::Choice(name) => json!(name),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Boolean(value) => json!(value),
        other => panic!("{other} is no scalar"),
    }
}

/// Returns the selection of one function of all fields of a type.
fn selection(function: &str, of: Type) -> String {
    let fields = of.fields().iter().filter(|field| takes(function, field)).map(|field| match field.shape {
        Shape::One(target) if !CONTENTS.contains(&target) => format!("{} {}", field.name, selection(function, target)),
        _ => field.name.to_owned(),
    });
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "))
}

pub fn aggregate_query(of: Type) -> String {
    let mut query = "aggregate { count".to_owned();
    for function in FUNCTIONS.iter().filter(|function| of.fields().iter().any(|field| takes(function, field))) {
        let _ = write!(query, " {function} {}", selection(function, of));
    }
    query + " }"
}

pub fn aggregate(library: &Library, of: Type, rows: &[&Row]) -> Json {
    let mut all = Map::from_iter([("count".to_owned(), json!(rows.len()))]);
    let rows: Vec<Option<&Row>> = rows.iter().map(|row| Some(*row)).collect();
    for function in FUNCTIONS.iter().filter(|function| of.fields().iter().any(|field| takes(function, field))) {
        all.insert((*function).to_owned(), function_values(library, of, &rows, function));
    }
    Json::Object(all)
}

fn function_values(library: &Library, of: Type, rows: &[Option<&Row>], function: &str) -> Json {
    let mut all = Map::new();
    for field in of.fields().iter().filter(|field| takes(function, field)) {
        let one = |row: Option<&Row>| row.and_then(|row| Some(library.one(of, row, field.name)?.1));
        let result = match field.shape {
            Shape::One(target) if !CONTENTS.contains(&target) => {
                function_values(library, target, &rows.iter().copied().map(one).collect::<Vec<_>>(), function)
            }
            Shape::One(_) => json_of(&shown(
                function,
                &rows.iter().copied().filter_map(one).map(|row| Value::Int(row.id)).collect::<Vec<_>>(),
            )),
            _ => {
                let values = rows.iter().flatten().map(|row| row.values[field.name].clone());
                json_of(&shown(function, &values.filter(|value| *value != Value::Null).collect::<Vec<_>>()))
            }
        };
        all.insert(field.name.to_owned(), result);
    }
    Json::Object(all)
}

impl ListQuery {
    fn dimensions(&self, of: Type) -> Vec<Dimension> {
        let mut found: Vec<Dimension> = Vec::new();
        for at in &self.by {
            let mut all = Dimension::all(of);
            let dimension = all.remove(at % all.len());
            if found.iter().all(|other| other.name() != dimension.name()) {
                found.push(dimension);
            }
        }
        for (at, ranges) in &self.ranges {
            let mut all = Dimension::numbers(of);
            let Some(at) = at.checked_rem(all.len()) else { continue };
            let dimension = all.remove(at).in_ranges(ranges);
            if found.len() < 4 && found.iter().all(|other| other.name() != dimension.name()) {
                found.push(dimension);
            }
        }
        found
    }

    /// Returns the query for the list, or for the lists of all parents.
    pub fn request(&self, library: &Library) -> String {
        let of = self.question.of;
        let filter = arguments(self.question.filter.as_ref(), &Order::default());
        let conditions = format!("{filter} {}", self.question.search_argument(library));
        match self.list {
            None => format!("{{ list: {}{} {} }}", of.plural(), parenthesised(&conditions), self.query(of)),
            Some((parent, list)) => format!(
                "{{ all: {}(first: 100) {{ nodes {{ id list: {}{} {} }} }} }}",
                parent.plural(),
                list.field,
                parenthesised(&format!("{} {conditions}", list.switches)),
                self.query(of)
            ),
        }
    }

    /// Returns the selection on the connection.
    fn query(&self, of: Type) -> String {
        let (dimensions, first) = (self.dimensions(of), self.first);
        let facets = Dimension::all(of);
        let facets = facets.iter().map(|facet| format!("{}(first: {first}) {{ value count selected }}", facet.name()));
        let by: Vec<String> =
            dimensions.iter().filter(|dimension| dimension.ranges.is_none()).map(Dimension::enum_name).collect();
        let ranges: Vec<String> = dimensions.iter().filter_map(Dimension::range_argument).collect();
        let ranges = if ranges.is_empty() { String::new() } else { format!(" ranges: [{}]", ranges.join(", ")) };
        let order = match self.order {
            None => String::new(),
            Some(true) => " orderBy: [{aggregate: {count: DESC}}]".to_owned(),
            Some(false) => format!(" orderBy: [{{key: {{{}: DESC}}}}]", dimensions[0].name()),
        };
        let having: Vec<String> = self.having.iter().map(Measured::to_string).collect();
        let having = if having.is_empty() { String::new() } else { format!(" having: {{{}}}", having.join(", ")) };
        let keys = dimensions.iter().map(|dimension| dimension.name() + dimension.selection());
        format!(
            "{{ totalCount {} facets {{ {} }} groups(by: [{}]{ranges} first: {first}{order}{having}) {{ totalCount \
             overlapping pageInfo {{ hasNextPage }} nodes {{ key {{ {} }} {} }} }} }}",
            aggregate_query(of),
            facets.collect::<Vec<_>>().join(" "),
            by.join(", "),
            keys.collect::<Vec<_>>().join(" "),
            aggregate_query(of),
        )
    }

    /// Returns the expected result for the rows of a list before they are filtered.
    fn expected(&self, library: &Library, of: Type, list: &[&Row]) -> Json {
        let filter = self.question.filter.clone().unwrap_or_default();
        let taken =
            |filter: &Where| -> Vec<&Row> { list.iter().copied().filter(|row| filter.holds(library, of, row)).collect() };
        let rows = taken(&filter);
        let facets = Dimension::all(of).into_iter().map(|facet| {
            let (path, names) = facet.conditions();
            let (rest, own) = filter.without(&path, &names);
            let mut counts: Vec<(Value, usize)> = Vec::new();
            for value in taken(&rest).iter().flat_map(|row| facet.values(library, of, row)) {
                match counts.iter_mut().find(|(known, _)| *known == value) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((value, 1)),
                }
            }
            let is_not_selected = |value: &Value| !facet.selects(library, &own, value);
            counts.sort_by(|one, other| {
                let order = (is_not_selected(&one.0), Reverse(one.1)).cmp(&(is_not_selected(&other.0), Reverse(other.1)));
                order.then_with(|| one.0.compare(&other.0))
            });
            let values = counts.iter().take(self.first).map(|(value, count)| {
                json!({"value": json_of(value), "count": count, "selected": facet.selects(library, &own, value)})
            });
            (facet.name(), values.collect::<Json>())
        });
        json!({
            "totalCount": rows.len(),
            "aggregate": aggregate(library, of, &rows),
            "facets": facets.collect::<Map<_, _>>(),
            "groups": self.groups(library, of, &rows),
        })
    }

    fn groups(&self, library: &Library, of: Type, rows: &[&Row]) -> Json {
        let dimensions = self.dimensions(of);
        let mut groups: Vec<(Vec<Value>, Vec<&Row>)> = Vec::new();
        for row in rows {
            for key in keys(library, of, row, &dimensions) {
                match groups.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, rows)) => rows.push(row),
                    None => groups.push((key, vec![row])),
                }
            }
        }
        groups.retain(|(_, rows)| self.having.iter().all(|measured| measured.holds(rows)));
        let compare = |one: &Value, other: &Value| match (one, other) {
            (Value::Null, Value::Null) => std::cmp::Ordering::Equal,
            (Value::Null, _) => std::cmp::Ordering::Greater,
            (_, Value::Null) => std::cmp::Ordering::Less,
            (one, other) => one.compare(other),
        };
        groups.sort_by(|(one, _), (other, _)| {
            one.iter().zip(other).fold(std::cmp::Ordering::Equal, |order, (one, other)| order.then(compare(one, other)))
        });
        match self.order {
            None => {}
            Some(true) => groups.sort_by_key(|(_, rows)| Reverse(rows.len())),
            // Null stays last.
            Some(false) => groups.sort_by(|(one, _), (other, _)| match (&one[0], &other[0]) {
                (Value::Null, _) | (_, Value::Null) => compare(&one[0], &other[0]),
                (one, other) => compare(other, one),
            }),
        }
        let nodes = groups.iter().take(self.first).map(|(key, rows)| {
            let key = dimensions.iter().zip(key).map(|(dimension, value)| (dimension.name(), dimension.json(value)));
            json!({"key": key.collect::<BTreeMap<_, _>>(), "aggregate": aggregate(library, of, rows)})
        });
        json!({
            "totalCount": groups.len(),
            "overlapping": dimensions.iter().any(Dimension::overlaps),
            "pageInfo": {"hasNextPage": groups.len() > self.first},
            "nodes": nodes.collect::<Json>(),
        })
    }
}

async fn compare(app: &TestApp, (library, list_queries): &(Library, Vec<ListQuery>)) -> TestCaseResult {
    let generated = Generated::insert(app, library).await;
    for list_query in list_queries {
        let scores = list_query.question.scores(&generated).await?;
        let expected =
            |rows: Vec<&Row>| list_query.expected(library, list_query.question.of, &found_rows(rows, scores.as_ref()));
        let expected = match list_query.list {
            None => json!({"list": expected(library.rows(list_query.question.of).iter().collect())}),
            Some((parent, list)) => {
                let node = |row: &Row| {
                    let list = expected(library.list(row, &list));
                    json!({"id": format!("{}:{}", parent.name(), row.id), "list": list})
                };
                json!({"all": {"nodes": library.all(parent).into_iter().map(node).collect::<Json>()}})
            }
        };
        generated.expect(&list_query.request(library), &expected).await?;
    }
    Ok(())
}

/// Generates conditions on groups.
fn havings(of: Type) -> impl Strategy<Value = Vec<Measured>> {
    prop::collection::vec(measured(of), 0..3).prop_map(|conditions: Vec<Measured>| {
        let mut functions = BTreeSet::new();
        conditions.into_iter().filter(|one| functions.insert(one.measure.function())).collect()
    })
}

/// Generates ranges near the generated numbers.
fn ranges() -> impl Strategy<Value = Ranges> {
    let bounds = prop::collection::btree_set(prop_oneof![-1..13_i32, 2018..2023_i32], 1..5);
    prop_oneof![(1..6_i64).prop_map(Ranges::Width), bounds.prop_map(|bounds| Ranges::Bounds(bounds.into_iter().collect())),]
}

fn list_queries() -> impl Strategy<Value = ListQuery> {
    let lists: Vec<Option<(Type, List)>> = CONTENTS
        .iter()
        .flat_map(|parent| parent.lists().iter().map(|list| Some((*parent, *list))))
        .chain(CONTENTS.iter().flat_map(|_| [None; 6]))
        .collect();
    let of_type = CONTENTS.map(|of| (questions(&CONTENTS[of as usize..=of as usize]), havings(of)).boxed());
    let any_type = Union::new(of_type.clone()).boxed();
    let question = prop::sample::select(lists).prop_flat_map(move |list| {
        let questions = match list {
            None => &any_type,
            Some((_, inner)) => &of_type[inner.target as usize],
        };
        questions.clone().prop_map(move |question| (list, question))
    });
    // Neighbours are often of the same list.
    let by = prop_oneof![
        2 => prop::collection::vec(0..64_usize, 1..4),
        1 => (0..64_usize).prop_map(|at| vec![at, at + 1]),
    ];
    (question, by, prop::collection::vec((0..64_usize, ranges()), 0..3), proptest::option::of(any::<bool>()), 0..5_usize)
        .prop_map(|((list, (question, having)), by, ranges, order, first)| ListQuery {
            list,
            question,
            by,
            ranges,
            order,
            having,
            first,
        })
}

pub fn cases() -> impl Strategy<Value = (Library, Vec<ListQuery>)> {
    (libraries(), prop::collection::vec(list_queries(), 1..5))
}

property!(aggregates_facets_and_groups_are_those_of_the_model, 16, cases(), compare);
