//! Filters of a list. Each is a part of the form, a parameter of the address, and an operand of `where`.
//!
//! The options are the values of the facets of the list, in the same response as its entries. So each option shows how
//! many entries remain with it, and a value that no entry has is not offered.

use serde_json::{Value as Json, json};

use crate::pages::{search::MAX_TEXT, words};

/// The worst evidence level (Oxford CEBM).
const WORST_LEVEL: i64 = 5;
/// Maximum number of values that one facet returns and one filter accepts. The documents of the lists request this
/// number.
pub const MAX_VALUES: usize = 100;

/// A filter of a list.
#[derive(Debug)]
pub struct Filter {
    /// The parameter of the address. It is repeated for each chosen value.
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
    /// A part of a name.
    Text,
    /// Any of the values of a facet.
    Facet {
        /// The field of `facets`.
        field: &'static str,
        /// The form of its values.
        values: Values,
    },
}

/// The form of the values of a facet, and their order in the form.
#[derive(Debug)]
pub enum Values {
    /// These values of an enumeration, the most frequent first.
    Names(&'static [&'static str]),
    /// These values of an enumeration, which are a scale with the weakest first. The form has the strongest first.
    Scale(&'static [&'static str]),
    /// Evidence levels, the best first.
    Level,
    /// Slugs of records, the most frequent first.
    Slugs,
}

/// A value that can be chosen.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value in the address.
    pub value: String,
    /// Its label.
    pub label: String,
    /// Number of entries that have it, with all other filters.
    pub count: i64,
    /// Whether the request has it.
    pub is_selected: bool,
}

impl Filter {
    /// Returns the `where` for the values of the address.
    ///
    /// # Errors
    /// Returns a message for the user if a value is not one of the filter, or if there are too many values.
    pub fn condition(&self, values: &[String]) -> Result<Json, String> {
        let operand = match &self.control {
            Control::Text => match values {
                [text] => text_operand(text),
                _ => return Err(format!("The parameter \"{}\" is given twice.", self.name)),
            },
            Control::Facet { .. } if values.len() > MAX_VALUES => {
                return Err(format!("The filter \"{}\" has at most {MAX_VALUES} values.", self.name));
            }
            Control::Facet { values: known, .. } => values.iter().map(|value| known.operand(value)).collect(),
        };
        let operand = operand.ok_or_else(|| format!("The filter \"{}\" does not have this value.", self.name))?;
        Ok(nested(self.path, operand))
    }

    /// Returns the values to choose from; `None` for a text. `list` is the connection, and `chosen` the values of the address.
    /// A chosen value stays, even if no entry has it.
    pub fn choices(&self, list: &Json, chosen: &[String]) -> Option<Vec<Choice>> {
        let Control::Facet { field, values } = &self.control else { return None };
        let found = list["facets"][field].as_array().into_iter().flatten();
        let mut choices: Vec<Choice> = found.map(Choice::read).collect();
        for value in chosen {
            if !choices.iter().any(|choice| choice.value == *value) {
                let label = if matches!(values, Values::Slugs) { value.clone() } else { words::capitalised(value) };
                choices.push(Choice { value: value.clone(), label, count: 0, is_selected: true });
            }
        }
        choices.sort_by_key(|choice| values.position(&choice.value));
        Some(choices)
    }
}

impl Values {
    fn operand(&self, value: &str) -> Option<Json> {
        match self {
            Self::Names(names) | Self::Scale(names) => names.contains(&value).then(|| json!(value)),
            Self::Level => value.parse().ok().filter(|level| (1..=WORST_LEVEL).contains(level)).map(|level| json!(level)),
            Self::Slugs => text_operand(value),
        }
    }

    /// Returns the position of a value in the form. It is the same for all values of a filter whose options are in the
    /// order of the facet.
    fn position(&self, value: &str) -> usize {
        match self {
            Self::Names(_) | Self::Slugs => 0,
            Self::Scale(names) => names.iter().rev().position(|name| *name == value).unwrap_or(names.len()),
            Self::Level => value.parse().unwrap_or(usize::MAX),
        }
    }
}

impl Choice {
    fn read(value: &Json) -> Self {
        Self {
            value: value["value"].as_str().map_or_else(|| value["value"].to_string(), str::to_owned),
            label: value["label"].as_str().unwrap_or_default().to_owned(),
            count: value["count"].as_i64().unwrap_or_default(),
            is_selected: value["selected"] == json!(true),
        }
    }
}

fn text_operand(text: &str) -> Option<Json> {
    (text.chars().count() <= MAX_TEXT).then(|| json!(text))
}

/// Returns an object in which these keys lead to a value.
pub fn nested(path: &[&str], value: Json) -> Json {
    path.iter().rev().fold(value, |inner, key| json!({ (*key): inner }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level() -> Filter {
        Filter {
            name: "level",
            label: "Level",
            control: Control::Facet { field: "evidenceLevel", values: Values::Level },
            path: &["outcomes", "some", "evidenceLevel", "in"],
        }
    }

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn a_filter_is_an_operand_of_where_and_refuses_other_values() {
        assert_eq!(
            level().condition(&texts(&["2", "1"])).unwrap(),
            json!({"outcomes": {"some": {"evidenceLevel": {"in": [2, 1]}}}})
        );
        for wrong in ["0", "6", "x", ""] {
            let refused = level().condition(&texts(&["1", wrong])).unwrap_err();
            assert_eq!(refused, "The filter \"level\" does not have this value.");
        }
        assert!(level().condition(&vec!["1".to_owned(); MAX_VALUES + 1]).is_err());
        let name = Filter { name: "name", label: "Name", control: Control::Text, path: &["name", "contains"] };
        assert_eq!(name.condition(&texts(&["x"])).unwrap(), json!({"name": {"contains": "x"}}));
        assert!(name.condition(&["x".repeat(101)]).is_err());
        assert_eq!(name.condition(&texts(&["x", "y"])).unwrap_err(), "The parameter \"name\" is given twice.");
    }

    #[test]
    fn what_can_be_chosen_is_the_facet_in_the_order_of_the_scale_with_every_chosen_value() {
        let list = json!({"facets": {"evidenceLevel": [
            {"value": 5, "label": "5", "count": 9, "selected": false},
            {"value": 1, "label": "1", "count": 2, "selected": true},
        ]}});
        let choice =
            |value: &str, count, is_selected| Choice { value: value.into(), label: value.into(), count, is_selected };
        let found = level().choices(&list, &texts(&["1", "3"])).unwrap();
        assert_eq!(found, [choice("1", 2, true), choice("3", 0, true), choice("5", 9, false)]);
    }
}
