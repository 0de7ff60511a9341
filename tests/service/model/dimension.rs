//! Dimensions of groups and facets.

use serde_json::{Value as Json, json};

use super::{
    aggregates::json_of,
    filter::Where,
    library::{Library, Row},
    shape::{CONTENTS, Field, Shape, Type},
    value::Value,
};

/// A dimension of lists of a type: the values of a field, or the ranges of its numbers.
pub struct Dimension {
    pub through: Option<&'static Field>,
    /// The field of the value object in `through` that leads to the object with `field`.
    inner: Option<&'static Field>,
    pub field: &'static Field,
    pub ranges: Option<Ranges>,
}

/// Ranges of numbers.
#[derive(Clone, Debug)]
pub enum Ranges {
    Width(i64),
    Bounds(Vec<i32>),
}

impl Ranges {
    /// Returns the index of the range of a number; null for null.
    fn index(&self, number: &Value) -> Value {
        Value::Int(match (self, number) {
            (_, Value::Null) => return Value::Null,
            (Self::Width(width), Value::Int(number)) => number.div_euclid(*width),
            (Self::Bounds(bounds), number) => {
                let number = match number {
                    Value::Int(number) => f64::from(i32::try_from(*number).unwrap()),
                    Value::Float(number) => *number,
                    other => panic!("{other} is no number"),
                };
                i64::try_from(bounds.iter().filter(|bound| f64::from(**bound) <= number).count()).unwrap()
            }
            (Self::Width(_), other) => panic!("{other} is no whole number"),
        })
    }
}

impl Dimension {
    pub fn all(of: Type) -> Vec<Self> {
        let mut all = Vec::new();
        for field in of.fields().iter().filter(|field| !["id", "revision"].contains(&field.name)) {
            if is_dimension(of, field) {
                all.push(Self { through: None, inner: None, field, ranges: None });
            }
            let below = match field.shape {
                Shape::One(target) => target,
                Shape::Many(target) if !CONTENTS.contains(&target) => target,
                _ => continue,
            };
            let inner = below.fields().iter().filter(|inner| inner.name != "revision" && is_scalar(inner.shape));
            let through = Some(field);
            all.extend(inner.map(|inner| Self { through, inner: None, field: inner, ranges: None }));
        }
        all
    }

    /// Returns the numbers by whose ranges lists of a type can be grouped.
    pub fn numbers(of: Type) -> Vec<Self> {
        let mut all = Vec::new();
        let mut add = |through, inner, of: Type| {
            let numbers = of.fields().iter().filter(|field| is_number(field));
            all.extend(numbers.map(|field| Self { through, inner, field, ranges: None }));
        };
        add(None, None, of);
        for field in of.fields() {
            let below = match field.shape {
                Shape::One(target) => target,
                Shape::Many(target) if !CONTENTS.contains(&target) => target,
                _ => continue,
            };
            add(Some(field), None, below);
            for inner in below.fields().iter().filter(|_| !CONTENTS.contains(&below)) {
                if let Shape::One(target) | Shape::Many(target) = inner.shape {
                    add(Some(field), Some(inner), target);
                }
            }
        }
        all
    }

    /// Groups by ranges of the numbers. Numbers with a fraction have no ranges of a width.
    pub fn in_ranges(self, ranges: &Ranges) -> Self {
        let ranges = match (ranges, self.field.shape) {
            (Ranges::Width(width), Shape::Float) => Ranges::Bounds(vec![i32::try_from(*width).unwrap()]),
            (ranges, _) => ranges.clone(),
        };
        Self { ranges: Some(ranges), ..self }
    }

    fn path(&self) -> impl Iterator<Item = &'static Field> {
        [self.through, self.inner, Some(self.field)].into_iter().flatten()
    }

    /// Returns the name of the field.
    fn field_name(&self) -> String {
        let mut name = String::new();
        for field in self.path() {
            let (first, rest) = field.name.split_at(1);
            let first = if name.is_empty() { first.to_owned() } else { first.to_uppercase() };
            name.push_str(&first);
            name.push_str(rest);
        }
        name
    }

    /// Returns its name in keys.
    pub fn name(&self) -> String {
        self.field_name() + if self.ranges.is_some() { "Range" } else { "" }
    }

    /// Returns its entry in the argument `ranges`; `None` if it groups by value.
    pub fn range_argument(&self) -> Option<String> {
        let ranges = match self.ranges.as_ref()? {
            Ranges::Width(width) => format!("{{width: {width}}}"),
            Ranges::Bounds(bounds) => format!("{{bounds: {bounds:?}}}"),
        };
        Some(format!("{{{}: {ranges}}}", self.field_name()))
    }

    /// Returns the selection on its value in a key.
    pub fn selection(&self) -> &'static str {
        match (&self.ranges, self.target()) {
            (Some(_), _) => " { from to }",
            (None, Some(_)) => " { slug }",
            (None, None) => "",
        }
    }

    /// Returns its value in a key as JSON.
    pub fn json(&self, value: &Value) -> Json {
        match (&self.ranges, value) {
            (_, Value::Null) => Json::Null,
            (None, value) if self.target().is_some() => json!({"slug": json_of(value)}),
            (None, value) => json_of(value),
            (Some(Ranges::Width(width)), Value::Int(at)) => json!({"from": at * width, "to": (at + 1) * width}),
            (Some(Ranges::Bounds(bounds)), Value::Int(at)) => {
                let at = usize::try_from(*at).unwrap();
                let [from, to] = [at.checked_sub(1), Some(at)].map(|at| match (bounds.get(at?)?, self.field.shape) {
                    (bound, Shape::Float) => Some(json!(f64::from(*bound))),
                    (bound, _) => Some(json!(bound)),
                });
                json!({"from": from, "to": to})
            }
            (Some(_), other) => panic!("{other} is no index of a range"),
        }
    }

    pub fn enum_name(&self) -> String {
        let mut name = String::new();
        for letter in self.name().chars() {
            if letter.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    }

    pub fn target(&self) -> Option<Type> {
        match self.field.shape {
            Shape::One(target) | Shape::Many(target) => Some(target),
            _ => None,
        }
    }

    pub fn overlaps(&self) -> bool {
        let is_list = |field: &Field| matches!(field.shape, Shape::Many(_) | Shape::Choices(_));
        self.path().any(is_list)
    }

    /// Returns the objects that have its field, with their type.
    fn objects<'l>(&self, library: &'l Library, of: Type, row: &'l Row) -> Vec<(Type, &'l Row)> {
        let mut objects = vec![(of, row)];
        for field in [self.through, self.inner].into_iter().flatten() {
            let below = |(of, row): (Type, &'l Row)| match field.shape {
                Shape::Many(target) => row.to[field.name].iter().map(|at| (target, &library.rows(target)[*at])).collect(),
                _ => library.one(of, row, field.name).into_iter().collect::<Vec<_>>(),
            };
            objects = objects.into_iter().flat_map(below).collect();
        }
        objects
    }

    /// Returns the names of the fields that lead to the list whose entries have the values; `None` if there is no list.
    fn list(&self) -> Option<[Option<&'static str>; 2]> {
        let last = self.inner.or(self.through)?;
        matches!(last.shape, Shape::Many(_)).then(|| [self.through, self.inner].map(|field| field.map(|field| field.name)))
    }

    /// Returns the key of a value.
    fn key(&self, value: Value) -> Value {
        match &self.ranges {
            Some(ranges) => ranges.index(&value),
            None => value,
        }
    }

    /// Returns the values of a row, each once; records as their slugs.
    pub fn values(&self, library: &Library, of: Type, row: &Row) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        for (of, row) in self.objects(library, of, row) {
            let values = match self.field.shape {
                Shape::One(_) => {
                    library.one(of, row, self.field.name).map(|(_, row)| row.values["slug"].clone()).into_iter().collect()
                }
                Shape::Many(target) => {
                    let rows = library.rows(target);
                    row.to[self.field.name].iter().map(|at| rows[*at].values["slug"].clone()).collect()
                }
                _ => match &row.values[self.field.name] {
                    Value::Null => Vec::new(),
                    Value::List(entries) => entries.clone(),
                    value => vec![value.clone()],
                },
            };
            for value in values.into_iter().map(|value| self.key(value)) {
                if !found.contains(&value) {
                    found.push(value);
                }
            }
        }
        found
    }

    /// Returns the path of the object in `where` that has the conditions on its values, and their names.
    pub fn conditions(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let lead =
            |field: &Field| if matches!(field.shape, Shape::Many(_)) { vec![field.name, "some"] } else { vec![field.name] };
        if self.target().is_some() {
            return (lead(self.field), vec!["id", "slug"]);
        }
        (self.through.map(lead).unwrap_or_default(), vec![self.field.name])
    }

    pub fn selects(&self, library: &Library, own: &[Where], value: &Value) -> bool {
        let Some(target) = self.target() else { return !own.is_empty() && own.iter().all(|one| one.selects(value)) };
        let row = library.rows(target).iter().find(|row| row.values["slug"] == *value).unwrap();
        !own.is_empty() && own.iter().all(|one| one.holds(library, target, row))
    }
}

fn is_number(field: &Field) -> bool {
    matches!(field.shape, Shape::Int | Shape::Float) && field.name != "revision"
}

fn is_scalar(shape: Shape) -> bool {
    matches!(shape, Shape::Int | Shape::Boolean | Shape::Choice(_))
}

/// Reports whether a field is a dimension. A list of the records that refer to a record by a foreign key is none.
fn is_dimension(of: Type, field: &Field) -> bool {
    match field.shape {
        Shape::One(target) => CONTENTS.contains(&target),
        Shape::Many(target) => {
            let by_key = field.name == "children" || (of, field.name) == (Type::Procedure, "outcomes");
            CONTENTS.contains(&target) && !by_key
        }
        shape => is_scalar(shape) || matches!(shape, Shape::Choices(_)),
    }
}

/// Returns the keys of the groups that a row is in, each once. A dimension without a value has the key null. Dimensions
/// of the same list have the values of the same entry.
pub fn keys(library: &Library, of: Type, row: &Row, dimensions: &[Dimension]) -> Vec<Vec<Value>> {
    let mut keys = vec![vec![Value::Null; dimensions.len()]];
    for (at, dimension) in dimensions.iter().enumerate() {
        let choices: Vec<Vec<(usize, Value)>> = match dimension.list() {
            None => dimension.values(library, of, row).into_iter().map(|value| vec![(at, value)]).collect(),
            // The first dimension of a list sets the values of the others, too.
            Some(list) if dimensions[..at].iter().any(|other| other.list() == Some(list)) => continue,
            Some(list) => {
                let of_list: Vec<(usize, &Dimension)> =
                    dimensions.iter().enumerate().filter(|(_, other)| other.list() == Some(list)).collect();
                let value = |(at, of): &(usize, &Dimension), entry: &Row| (*at, of.key(entry.values[of.field.name].clone()));
                let entries = dimension.objects(library, of, row).into_iter();
                entries.map(|(_, entry)| of_list.iter().map(|one| value(one, entry)).collect()).collect()
            }
        };
        if choices.is_empty() {
            continue;
        }
        let choose = |key: &Vec<Value>, choice: &Vec<(usize, Value)>| {
            let mut key = key.clone();
            for (at, value) in choice {
                key[*at] = value.clone();
            }
            key
        };
        keys = keys.iter().flat_map(|key| choices.iter().map(move |choice| choose(key, choice))).collect();
    }
    let mut found: Vec<Vec<Value>> = Vec::new();
    for key in keys {
        if !found.contains(&key) {
            found.push(key);
        }
    }
    found
}
