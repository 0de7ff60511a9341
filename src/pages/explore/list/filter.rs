//! Filters of a list: each is a field of the form, a parameter of the address, and a condition of `where`.

use serde_json::{Value as Json, json};

use crate::pages::{search::MAX_TEXT, words};

/// The worst evidence level (Oxford CEBM).
const WORST_LEVEL: i64 = 5;

/// A filter of a list.
#[derive(Debug)]
pub struct Filter {
    /// The parameter of the address.
    pub name: &'static str,
    /// Its label in the form.
    pub label: &'static str,
    /// The values that users can choose.
    pub control: Control,
    /// The keys of `where` that lead to the operand.
    pub path: &'static [&'static str],
}

/// The values that users can choose in a filter.
#[derive(Debug)]
pub enum Control {
    /// One of these values of an enumeration.
    Values(&'static [&'static str]),
    /// The worst evidence level to show.
    Level,
    /// The slug of a record. The records are in the response, under this response key.
    Records(&'static str),
    /// A part of a name.
    Text,
}

impl Filter {
    /// Returns the condition of `where` for a value from the address.
    ///
    /// # Errors
    /// Returns a message for the user if the filter does not have the value.
    pub fn condition(&self, value: &str) -> Result<Json, String> {
        let operand = match self.control {
            Control::Values(values) => values.contains(&value).then(|| json!(value)),
            Control::Level => value.parse().ok().filter(|level| (1..=WORST_LEVEL).contains(level)).map(|level| json!(level)),
            Control::Records(_) | Control::Text => (value.chars().count() <= MAX_TEXT).then(|| json!(value)),
        };
        let operand = operand.ok_or_else(|| format!("The filter \"{}\" does not have this value.", self.name))?;
        Ok(nested(self.path, operand))
    }

    /// Returns the values to choose from, each with its label; `None` for a text. `data` is the data of the response of
    /// the list.
    pub fn options(&self, data: &Json) -> Option<Vec<(String, String)>> {
        match self.control {
            Control::Values(values) => {
                Some(values.iter().map(|value| ((*value).to_owned(), words::sentence(value))).collect())
            }
            Control::Level => Some((1..=WORST_LEVEL).map(|level| (level.to_string(), level_words(level))).collect()),
            Control::Records(member) => {
                let records = data[member]["nodes"].as_array().into_iter().flatten();
                let text = |record: &Json, key: &str| record[key].as_str().unwrap_or_default().to_owned();
                Some(records.map(|record| (text(record, "slug"), text(record, "name"))).collect())
            }
            Control::Text => None,
        }
    }
}

/// Returns an object in which these keys lead to a value.
pub fn nested(path: &[&str], value: Json) -> Json {
    path.iter().rev().fold(value, |inner, key| json!({ (*key): inner }))
}

fn level_words(level: i64) -> String {
    match level {
        1 => "1 only".to_owned(),
        WORST_LEVEL => "Any, 1 to 5".to_owned(),
        other => format!("{other} or better"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_an_operand_of_where_and_refuses_other_values() {
        let level = Filter {
            name: "level",
            label: "Level",
            control: Control::Level,
            path: &["outcomes", "some", "evidenceLevel", "lte"],
        };
        assert_eq!(level.condition("2").unwrap(), json!({"outcomes": {"some": {"evidenceLevel": {"lte": 2}}}}));
        for wrong in ["0", "6", "x", ""] {
            assert_eq!(level.condition(wrong).unwrap_err(), "The filter \"level\" does not have this value.");
        }
        let name = Filter { name: "name", label: "Name", control: Control::Text, path: &["name", "contains"] };
        assert!(name.condition(&"x".repeat(101)).is_err());
    }
}
