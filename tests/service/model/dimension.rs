//! Dimensions of groups and facets.

use super::{
    filter::Where,
    library::{Library, Row},
    shape::{CONTENTS, Field, Shape, Type},
    value::Value,
};

/// A dimension of lists of a type.
pub struct Dimension {
    pub through: Option<&'static Field>,
    pub field: &'static Field,
}

impl Dimension {
    pub fn all(of: Type) -> Vec<Self> {
        let mut all = Vec::new();
        for field in of.fields().iter().filter(|field| !["id", "revision"].contains(&field.name)) {
            if is_dimension(of, field) {
                all.push(Self { through: None, field });
            }
            let below = match field.shape {
                Shape::One(target) => target,
                Shape::Many(target) if !CONTENTS.contains(&target) => target,
                _ => continue,
            };
            let inner = below.fields().iter().filter(|inner| inner.name != "revision" && is_scalar(inner.shape));
            all.extend(inner.map(|inner| Self { through: Some(field), field: inner }));
        }
        all
    }

    pub fn name(&self) -> String {
        let Some(through) = self.through else { return self.field.name.to_owned() };
        let (first, rest) = self.field.name.split_at(1);
        format!("{}{}{rest}", through.name, first.to_uppercase())
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
        is_list(self.field) || self.through.is_some_and(is_list)
    }

    /// Returns the values of a row, each once; records as their slugs.
    pub fn values(&self, library: &Library, of: Type, row: &Row) -> Vec<Value> {
        let rows = match self.through.map(|through| (through.name, through.shape)) {
            None => vec![(of, row)],
            Some((name, Shape::Many(target))) => {
                row.to[name].iter().map(|at| (target, &library.rows(target)[*at])).collect()
            }
            Some((name, _)) => library.one(of, row, name).into_iter().collect(),
        };
        let mut found: Vec<Value> = Vec::new();
        for (of, row) in rows {
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
            for value in values {
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

fn is_scalar(shape: Shape) -> bool {
    matches!(shape, Shape::Int | Shape::Boolean | Shape::Choice(_))
}

/// Reports whether a field is a dimension. A list of the records that refer to a record by a foreign key is none.
fn is_dimension(of: Type, field: &Field) -> bool {
    match field.shape {
        Shape::One(target) => CONTENTS.contains(&target),
        Shape::Many(target) => {
            let by_key =
                ["children", "subProcedures"].contains(&field.name) || (of, field.name) == (Type::Procedure, "outcomes");
            CONTENTS.contains(&target) && !by_key
        }
        shape => is_scalar(shape) || matches!(shape, Shape::Choices(_)),
    }
}

/// Returns the keys of the groups that a row is in, each once. A dimension without a value has the key null. Dimensions
/// of the same list have the values of the same entry.
pub fn keys(library: &Library, of: Type, row: &Row, dimensions: &[Dimension]) -> Vec<Vec<Value>> {
    let list_of = |dimension: &Dimension| match dimension.through {
        Some(Field { name, shape: Shape::Many(target), .. }) => Some((*name, *target)),
        _ => None,
    };
    let mut keys = vec![vec![Value::Null; dimensions.len()]];
    for (at, dimension) in dimensions.iter().enumerate() {
        let choices: Vec<Vec<(usize, Value)>> = match list_of(dimension) {
            None => dimension.values(library, of, row).into_iter().map(|value| vec![(at, value)]).collect(),
            // The first dimension of a list sets the values of the others, too.
            Some(list) if dimensions[..at].iter().any(|other| list_of(other) == Some(list)) => continue,
            Some((name, target)) => {
                let of_list: Vec<(usize, &Dimension)> =
                    dimensions.iter().enumerate().filter(|(_, other)| list_of(other) == Some((name, target))).collect();
                let entries = row.to[name].iter().map(|entry| &library.rows(target)[*entry]);
                entries
                    .map(|entry| of_list.iter().map(|(at, of)| (*at, entry.values[of.field.name].clone())).collect())
                    .collect()
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
