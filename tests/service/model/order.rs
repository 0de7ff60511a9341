//! Orders: they are generated, written as GraphQL, and applied to rows of the model.

use std::{cmp::Ordering, fmt};

use proptest::{prelude::*, strategy::Union};

use super::{
    library::{Library, Row},
    measure::{Measure, nested},
    shape::{Shape, Type},
    value::Value,
};

/// A list of sort keys.
#[derive(Clone, Debug, Default)]
pub struct Order(pub Vec<Key>);

/// One sort key.
#[derive(Clone, Debug)]
pub enum Key {
    Column(&'static str, Way),
    One(&'static str, Box<Key>),
    Measured(&'static str, Type, Measure, Way),
}

/// A direction with the position of null.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Asc,
    Desc,
    AscNullsFirst,
    AscNullsLast,
    DescNullsFirst,
    DescNullsLast,
}

const WAYS: [Way; 6] = [Way::Asc, Way::Desc, Way::AscNullsFirst, Way::AscNullsLast, Way::DescNullsFirst, Way::DescNullsLast];

impl Order {
    /// Returns the default order of a type.
    pub fn default_of(of: Type) -> Self {
        Self(vec![Key::Column(of.default_order(), Way::Asc)])
    }

    /// Sorts rows of a type. Rows with equal keys stay in order, or get the reverse order if the last key descends.
    pub fn sort(&self, library: &Library, of: Type, rows: &mut [&Row]) {
        if self.0.last().is_some_and(|key| key.way().descending()) {
            rows.reverse();
        }
        rows.sort_by(|one, other| {
            let keys = self.0.iter().map(|key| key.compare(library, of, one, other));
            keys.fold(Ordering::Equal, Ordering::then)
        });
    }
}

impl Key {
    fn compare(&self, library: &Library, of: Type, one: &Row, other: &Row) -> Ordering {
        let way = self.way();
        match (self.value(library, of, one), self.value(library, of, other)) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) if way.nulls_first() => Ordering::Less,
            (Value::Null, _) => Ordering::Greater,
            (_, Value::Null) if way.nulls_first() => Ordering::Greater,
            (_, Value::Null) => Ordering::Less,
            (one, other) if way.descending() => other.compare(&one),
            (one, other) => one.compare(&other),
        }
    }

    fn value(&self, library: &Library, of: Type, row: &Row) -> Value {
        match self {
            Self::Column(name, _) => row.values[name].clone(),
            Self::One(name, key) => {
                library.one(of, row, name).map_or(Value::Null, |(target, row)| key.value(library, target, row))
            }
            Self::Measured(name, target, measure, _) => measure.value(&library.at(*target, &row.to[name])),
        }
    }

    fn way(&self) -> Way {
        match self {
            Self::Column(_, way) | Self::Measured(.., way) => *way,
            Self::One(_, key) => key.way(),
        }
    }
}

impl Way {
    fn descending(self) -> bool {
        matches!(self, Self::Desc | Self::DescNullsFirst | Self::DescNullsLast)
    }

    fn nulls_first(self) -> bool {
        matches!(self, Self::AscNullsFirst | Self::DescNullsFirst)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.0.iter().map(Key::to_string).collect();
        write!(f, "[{}]", keys.join(", "))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name, way) => write!(f, "{{{name}: {way}}}"),
            Self::One(name, key) => write!(f, "{{{name}: {key}}}"),
            Self::Measured(name, _, measure, way) => write!(f, "{{{name}: {{{}}}}}", nested(*measure, way)),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asc => "ASC",
            Self::Desc => "DESC",
            Self::AscNullsFirst => "ASC_NULLS_FIRST",
            Self::AscNullsLast => "ASC_NULLS_LAST",
            Self::DescNullsFirst => "DESC_NULLS_FIRST",
            Self::DescNullsLast => "DESC_NULLS_LAST",
        })
    }
}

/// Generates orders of a type by at most three keys. An order without keys is the default order of the list.
pub fn orders(of: Type) -> impl Strategy<Value = Order> {
    prop::collection::vec(keys(of, 2), 0..=3).prop_map(Order)
}

fn keys(of: Type, depth: usize) -> BoxedStrategy<Key> {
    let way = prop::sample::select(&WAYS[..]);
    let keys = of.fields().iter().filter_map(|field| {
        let name = field.name;
        // Fields that may be null or have many ties are the best test of an order.
        let weight = if field.nullable { 4 } else { 1 };
        let key = match field.shape {
            // The last are lists inside JSON, which cannot be counted.
            Shape::Id | Shape::Texts | Shape::Choices(_) | Shape::Many(Type::Duration | Type::Anaesthesia) => return None,
            Shape::One(_) if depth == 0 => return None,
            Shape::One(target) => keys(target, depth - 1).prop_map(move |key| Key::One(name, Box::new(key))).boxed(),
            Shape::Many(target) => {
                let measure = prop_oneof![1 => Just(Measure::Count), 1 => prop::sample::select(Measure::all(target))];
                (measure, way.clone()).prop_map(move |(measure, way)| Key::Measured(name, target, measure, way)).boxed()
            }
            _ => way.clone().prop_map(move |way| Key::Column(name, way)).boxed(),
        };
        Some((weight, key))
    });
    Union::new_weighted(keys.collect()).boxed()
}
