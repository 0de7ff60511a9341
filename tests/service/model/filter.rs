//! Filters: they are generated, written as GraphQL, and evaluated for a row of the model.

use std::{collections::HashMap, fmt};

use proptest::{prelude::*, strategy::Union};

use super::{
    library::{Library, Row},
    measure::{Measure, nested},
    shape::{Field, Shape, Type},
    text::{folded, texts},
    value::Value,
};

/// An input object of `where`; a row must match all of its entries.
#[derive(Clone, Debug, Default)]
pub struct Where(Vec<Entry>);

#[derive(Clone, Debug)]
enum Entry {
    And(Vec<Where>),
    Or(Vec<Where>),
    Not(Where),
    Column(&'static str, Vec<Compare>),
    One(&'static str, Option<Where>),
    /// A list with `some`, `none` or `every`.
    Many(&'static str, Type, &'static str, Where),
    /// Conditions on a measure of the rows of a list.
    Measured(&'static str, Type, Measured),
    /// Null, which sets no condition.
    Null(&'static str),
}

/// Conditions on a measure of rows.
#[derive(Clone, Debug)]
pub struct Measured {
    pub measure: Measure,
    compares: Vec<Compare>,
}

/// An operator with its operand.
#[derive(Clone, Debug)]
struct Compare(&'static str, Operand);

#[derive(Clone, Debug)]
enum Operand {
    One(Value),
    Many(Vec<Value>),
}

impl Where {
    /// Returns the negation.
    pub fn not(self) -> Self {
        Self(vec![Entry::Not(self)])
    }

    /// Reports whether a row matches.
    pub fn holds(&self, library: &Library, of: Type, row: &Row) -> bool {
        self.0.iter().all(|entry| match entry {
            Entry::And(all) => all.iter().all(|one| one.holds(library, of, row)),
            Entry::Or(any) => any.iter().any(|one| one.holds(library, of, row)),
            Entry::Not(not) => !not.holds(library, of, row),
            Entry::Null(_) => true,
            Entry::Column(name, compares) => compares.iter().all(|compare| compare.holds(&row.values[name])),
            Entry::One(name, filter) => match (library.one(of, row, name), filter) {
                (None, None) => true,
                (Some((target, row)), Some(filter)) => filter.holds(library, target, row),
                _ => false,
            },
            Entry::Measured(name, target, measured) => measured.holds(&library.at(*target, &row.to[name])),
            Entry::Many(name, target, quantifier, filter) => {
                let mut related = row.to[name].iter().map(|at| filter.holds(library, *target, &library.rows(*target)[*at]));
                match *quantifier {
                    "some" => related.any(|holds| holds),
                    "none" => !related.any(|holds| holds),
                    _ => related.all(|holds| holds),
                }
            }
        })
    }

    /// Splits off the conditions with these names in the object at the end of a path of fields. Those within `or` and `not`
    /// stay.
    pub fn without(&self, path: &[&str], names: &[&str]) -> (Self, Vec<Self>) {
        let (mut rest, mut own) = (Vec::new(), Vec::new());
        for entry in &self.0 {
            match (entry, path) {
                (Entry::And(all), _) => {
                    let (all, found): (Vec<_>, Vec<_>) = all.iter().map(|one| one.without(path, names)).unzip();
                    own.extend(found.concat());
                    rest.push(Entry::And(all));
                }
                (Entry::Null(_), _) => {}
                (entry, []) if names.contains(&entry.name()) => own.push(Self(vec![entry.clone()])),
                (Entry::One(name, Some(filter)), [first, path @ ..]) if name == first => {
                    let (left, found) = filter.without(path, names);
                    // An object without other conditions is removed, so the filter no longer requires a record.
                    rest.extend((found.is_empty() || !left.0.is_empty()).then_some(Entry::One(name, Some(left))));
                    own.extend(found);
                }
                (Entry::Many(name, target, "some", filter), [first, "some", path @ ..]) if name == first => {
                    let (left, found) = filter.without(path, names);
                    let stays = found.is_empty() || !left.0.is_empty();
                    rest.extend(stays.then_some(Entry::Many(name, *target, "some", left)));
                    own.extend(found);
                }
                _ => rest.push(entry.clone()),
            }
        }
        (Self(rest), own)
    }

    /// Reports whether the conditions on one field match a value of it. For a list, reports whether they name this
    /// entry.
    pub fn selects(&self, value: &Value) -> bool {
        let about = |compare: &Compare| match (compare.0, &compare.1) {
            ("has", Operand::One(one)) => one == value,
            ("hasAny" | "hasAll", Operand::Many(many)) => many.contains(value),
            _ => compare.holds(value),
        };
        self.0.iter().all(|entry| matches!(entry, Entry::Column(_, compares) if compares.iter().all(about)))
    }

    /// Creates a filter from entries, of which it uses the first of each name.
    fn of(entries: Vec<Entry>) -> Self {
        let mut names = Vec::new();
        Self(entries.into_iter().filter(|entry| first(&mut names, entry.name())).collect())
    }
}

impl Entry {
    fn name(&self) -> &'static str {
        match self {
            Self::And(_) => "and",
            Self::Or(_) => "or",
            Self::Not(_) => "not",
            Self::Column(name, _)
            | Self::One(name, _)
            | Self::Many(name, ..)
            | Self::Measured(name, ..)
            | Self::Null(name) => name,
        }
    }
}

impl Measured {
    /// Reports whether the measure of these rows matches.
    pub fn holds(&self, rows: &[&Row]) -> bool {
        let value = self.measure.value(rows);
        self.compares.iter().all(|compare| compare.holds(&value))
    }
}

impl Compare {
    fn holds(&self, value: &Value) -> bool {
        let null = *value == Value::Null;
        match (self.0, &self.1) {
            ("in", Operand::Many(values)) => values.contains(value),
            ("notIn", Operand::Many(values)) => !values.contains(value),
            ("eq", Operand::One(other)) => value == other,
            ("ne", Operand::One(other)) => value != other,
            ("isNull", Operand::One(other)) => *other == Value::Boolean(null),
            _ if null => false,
            (operator @ ("has" | "hasAny" | "hasAll"), operand) => {
                let Value::List(entries) = value else { panic!("{value} is not a list") };
                match operand {
                    Operand::One(one) => entries.contains(one),
                    Operand::Many(many) if operator == "hasAny" => many.iter().any(|one| entries.contains(one)),
                    Operand::Many(many) => many.iter().all(|one| entries.contains(one)),
                }
            }
            ("contains", Operand::One(Value::Text(part))) if let Value::List(entries) = value => {
                entries.iter().any(|entry| matches!(entry, Value::Text(text) if folded(text).contains(&folded(part))))
            }
            ("lt", Operand::One(other)) => value.compare(other).is_lt(),
            ("lte", Operand::One(other)) => value.compare(other).is_le(),
            ("gt", Operand::One(other)) => value.compare(other).is_gt(),
            ("gte", Operand::One(other)) => value.compare(other).is_ge(),
            (operator, Operand::One(Value::Text(part))) => {
                let Value::Text(text) = value else { panic!("{value} is not a text") };
                let (text, part) = (folded(text), folded(part));
                match operator {
                    "eqIgnoreCase" => text == part,
                    "contains" => text.contains(&part),
                    "startsWith" => text.starts_with(&part),
                    _ => text.ends_with(&part),
                }
            }
            (operator, operand) => panic!("{operator} does not take {operand:?}"),
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", joined(&self.0))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name())?;
        match self {
            Self::And(wheres) | Self::Or(wheres) => write!(f, "[{}]", joined(wheres)),
            Self::Not(not) => write!(f, "{not}"),
            Self::Null(_) => f.write_str("null"),
            Self::Column(_, compares) => write!(f, "{{{}}}", joined(compares)),
            Self::One(_, Some(filter)) => write!(f, "{filter}"),
            Self::One(_, None) => f.write_str("{isNull: true}"),
            Self::Measured(_, _, measured) => write!(f, "{{{measured}}}"),
            Self::Many(_, _, quantifier, filter) => write!(f, "{{{quantifier}: {filter}}}"),
        }
    }
}

/// Writes an entry of an input object: `min: {year: {gt: 2020}}`.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&nested(self.measure, &format!("{{{}}}", joined(&self.compares))))
    }
}

impl fmt::Display for Compare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.1 {
            Operand::One(value) => write!(f, "{}: {value}", self.0),
            Operand::Many(values) => write!(f, "{}: [{}]", self.0, joined(values)),
        }
    }
}

fn joined<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// Generates filters. The strategy for each type and depth is created once.
#[derive(Default)]
pub struct Wheres(HashMap<(Type, usize), BoxedStrategy<Where>>);

impl Wheres {
    /// Returns the strategy for filters of a type, with objects nested at most to this depth.
    pub fn of(&mut self, of: Type, depth: usize) -> BoxedStrategy<Where> {
        if let Some(known) = self.0.get(&(of, depth)) {
            return known.clone();
        }
        let mut entries: Vec<(u32, BoxedStrategy<Entry>)> = Vec::new();
        for field in of.fields() {
            if let Some(entry) = self.entry(of, field, depth) {
                entries.push((2, prop_oneof![9 => entry, 1 => Just(Entry::Null(field.name))].boxed()));
            }
        }
        if depth > 0 {
            let below = self.of(of, depth - 1);
            let some = prop::collection::vec(below.clone(), 0..4);
            entries.push((4, some.clone().prop_map(Entry::And).boxed()));
            entries.push((4, some.prop_map(Entry::Or).boxed()));
            entries.push((4, below.prop_map(Entry::Not).boxed()));
            entries.push((1, prop::sample::select(&["and", "or", "not"][..]).prop_map(Entry::Null).boxed()));
        }
        let wheres = prop::collection::vec(Union::new_weighted(entries), 0..3).prop_map(Where::of).boxed();
        self.0.insert((of, depth), wheres.clone());
        wheres
    }

    fn entry(&mut self, of: Type, field: &'static Field, depth: usize) -> Option<BoxedStrategy<Entry>> {
        let name = field.name;
        Some(match field.shape {
            Shape::One(target) if depth > 0 => {
                let some = self.of(target, depth - 1).prop_map(move |filter| Entry::One(name, Some(filter)));
                prop_oneof![4 => some, 1 => Just(Entry::One(name, None))].boxed()
            }
            Shape::Many(target) if depth > 0 => {
                let quantifier = prop::sample::select(&["some", "none", "every"][..]);
                let filter = self.of(target, depth - 1);
                let many =
                    (quantifier, filter).prop_map(move |(quantifier, filter)| Entry::Many(name, target, quantifier, filter));
                // A list of value objects is not measured.
                if matches!(target, Type::Duration | Type::Anaesthesia) {
                    many.boxed()
                } else {
                    let measured = measured(target).prop_map(move |measured| Entry::Measured(name, target, measured));
                    prop_oneof![3 => many, 1 => measured].boxed()
                }
            }
            Shape::One(_) | Shape::Many(_) => return None,
            _ => columns(of, field).boxed(),
        })
    }
}

/// Generates conditions on measures of rows of a type.
pub fn measured(of: Type) -> impl Strategy<Value = Measured> {
    const COUNT: &Field = &Field { name: "count", shape: Shape::Int, nullable: false };
    const MEAN: &Field = &Field { name: "mean", shape: Shape::Float, nullable: true };
    let measure = prop_oneof![1 => Just(Measure::Count), 4 => prop::sample::select(Measure::all(of))];
    measure.prop_flat_map(move |measure| {
        let compared = match measure {
            Measure::Count | Measure::Of("countDistinct", _) => COUNT,
            Measure::Of("sum" | "avg", _) => MEAN,
            Measure::Of(_, field) => field,
        };
        compares(of, compared).prop_map(move |compares| Measured { measure, compares })
    })
}

fn columns(of: Type, field: &'static Field) -> impl Strategy<Value = Entry> {
    let name = field.name;
    compares(of, field).prop_map(move |compares| Entry::Column(name, compares))
}

fn compares(of: Type, field: &'static Field) -> impl Strategy<Value = Vec<Compare>> {
    const EQUAL: [&str; 2] = ["eq", "ne"];
    const ORDER: [&str; 4] = ["lt", "lte", "gt", "gte"];
    const TEXT: [&str; 4] = ["contains", "startsWith", "endsWith", "eqIgnoreCase"];
    let operators = match field.shape {
        Shape::Text => [&EQUAL[..], &ORDER, &TEXT].concat(),
        Shape::Int | Shape::Float | Shape::Choice(_) => [&EQUAL[..], &ORDER].concat(),
        Shape::Texts => vec!["has", "contains"],
        Shape::Choices(_) => vec!["has"],
        _ => EQUAL.to_vec(),
    };
    let one =
        (prop::sample::select(operators), values(of, field)).prop_map(|(name, value)| Compare(name, Operand::One(value)));
    let null = any::<bool>().prop_map(|null| Compare("isNull", Operand::One(Value::Boolean(null))));
    let compare = match field.shape {
        Shape::Float | Shape::Boolean => prop_oneof![4 => one, 1 => null].boxed(),
        shape => {
            let is_list = matches!(shape, Shape::Texts | Shape::Choices(_));
            let operators = if is_list { &["hasAny", "hasAll"] } else { &["in", "notIn"] };
            let many = (prop::sample::select(&operators[..]), prop::collection::vec(values(of, field), 0..4));
            let many = many.prop_map(|(name, values)| Compare(name, Operand::Many(values)));
            if is_list {
                prop_oneof![2 => one, 1 => many].boxed()
            } else {
                prop_oneof![6 => one, 1 => null, 2 => many].boxed()
            }
        }
    };
    prop::collection::vec(compare, 0..3).prop_map(move |compares: Vec<Compare>| {
        let mut names = Vec::new();
        compares.into_iter().filter(|compare| first(&mut names, compare.0)).collect()
    })
}

/// Generates values to compare a field with. They are near those in the library.
fn values(of: Type, field: &Field) -> BoxedStrategy<Value> {
    match (field.shape, field.name) {
        (Shape::Id, _) => (1..9_i64).prop_map(move |at| Value::Id(of, Library::id(of, at))).boxed(),
        (Shape::Text, "slug") => {
            prop_oneof![super::generate::slugs().prop_map(Value::Text), texts(0..=1).prop_map(Value::Text)].boxed()
        }
        (Shape::Text | Shape::Texts, _) => texts(0..=2).prop_map(Value::Text).boxed(),
        (Shape::Int, "year") => (2018..=2022_i64).prop_map(Value::Int).boxed(),
        (Shape::Int, _) => prop_oneof![9 => 0..=5_i64, 1 => Just(i64::from(i32::MAX)), 1 => Just(i64::from(i32::MIN))]
            .prop_map(Value::Int)
            .boxed(),
        (Shape::Float, "mean") => {
            prop::sample::select(&[0.0, 1.0, 1.5, 2.0, 3.0, 12.5, 2020.0][..]).prop_map(Value::Float).boxed()
        }
        (Shape::Float, _) if of == Type::Duration => super::generate::days().prop_map(Value::Float).boxed(),
        (Shape::Float, _) => super::generate::percents().prop_map(Value::Float).boxed(),
        (Shape::Boolean, _) => any::<bool>().prop_map(Value::Boolean).boxed(),
        (Shape::Choice(names) | Shape::Choices(names), _) => prop::sample::select(names).prop_map(Value::Choice).boxed(),
        (Shape::One(_) | Shape::Many(_), _) => Just(Value::Null).boxed(),
    }
}

fn first(names: &mut Vec<&'static str>, name: &'static str) -> bool {
    let new = !names.contains(&name);
    names.push(name);
    new
}
