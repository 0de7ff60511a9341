//! Filters of a list. Each is a part of the form, a parameter of the address, and an operand of `where` or a variable.
//!
//! The options of most filters are the values of a facet of the list, in the same response as its entries. So each option
//! shows how many entries have its value and match all other filters. A value that no entry has is not offered. Other
//! filters have options without numbers, such as the minimum on a scale, or the values of related records.

use serde_json::{Value as Json, json};

use crate::{
    content::MAX_SLUG,
    pages::{components::LEVELS, search, words},
};

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
    /// The keys of `where` that lead to the operand. If the filter is not an operand, the first key is a variable of
    /// the document instead.
    pub path: &'static [&'static str],
    /// A sentence below its values; `None` if its label says enough.
    pub note: Option<&'static str>,
}

/// The values that users can choose in a filter.
#[derive(Debug)]
pub enum Control {
    /// A text to search for. It adds nothing to `where`: it sets the variable `search` of the document.
    Search,
    /// Any of the values of a facet.
    Facet {
        /// The field of `facets`.
        field: &'static str,
        /// The form of its values.
        values: Values,
    },
    /// Any value of a facet of the related records, which the response has as `related`. Its counts are not shown, because
    /// they count related records and not entries.
    Related {
        /// The field of `facets`.
        field: &'static str,
        /// The form of its values.
        values: Values,
    },
    /// Records by their slugs. Only links on other pages set this filter. The form has no visible field for it.
    Linked,
    /// One of these values of an enumeration, the weakest first: entries with that value or a stronger one.
    AtLeast(&'static [&'static str]),
    /// Whether an entry has related records. The path leads to the list of them.
    Presence {
        /// Label for entries with some.
        some: &'static str,
        /// Label for entries without any.
        none: &'static str,
    },
    /// Whether records without an entry are shown too. It adds nothing to `where`: it sets the variable `gaps` of the
    /// document.
    Gaps,
}

/// The value of [`Control::Gaps`] in the address.
const SHOWN: &str = "shown";

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
pub struct FilterOption {
    /// The value in the address.
    pub value: String,
    pub label: String,
    /// Number of entries that have the value and match all other filters; `None` if the response does not count them.
    pub count: Option<i64>,
    /// Whether the address has it.
    pub is_selected: bool,
}

impl Filter {
    /// Returns the `where`, or the variable, for the values of the address.
    ///
    /// # Errors
    /// Returns a message for the user if a value is not one of the filter, or if there are too many values.
    pub fn condition(&self, values: &[String]) -> Result<Json, String> {
        let single = || match values {
            [one] => Ok(one),
            _ => Err(format!("The parameter \"{}\" is given twice.", self.name)),
        };
        let operand = match &self.control {
            Control::Search => {
                let text = single()?;
                search::check(text)?;
                Some(json!(text))
            }
            Control::AtLeast(names) => Some(single()?).filter(|one| names.contains(&one.as_str())).map(|one| json!(one)),
            Control::Presence { .. } => {
                Some(single()?).filter(|one| ["some", "none"].contains(&one.as_str())).map(|one| nested(&[one], json!({})))
            }
            Control::Gaps => Some(single()?).filter(|one| *one == SHOWN).map(|_| json!(true)),
            Control::Facet { .. } | Control::Related { .. } | Control::Linked if values.len() > MAX_VALUES => {
                return Err(format!("The filter \"{}\" has at most {MAX_VALUES} values.", self.name));
            }
            Control::Facet { values: known, .. } | Control::Related { values: known, .. } => {
                values.iter().map(|value| known.operand(value)).collect()
            }
            Control::Linked => values.iter().map(|value| slug_operand(value)).collect(),
        };
        let operand = operand.ok_or_else(|| format!("The filter \"{}\" does not have this value.", self.name))?;
        Ok(nested(self.path, operand))
    }

    /// Returns the options of the form; none for a search, and none for a filter that only links set. `data` is the
    /// response, and `chosen` the values of the address. Each chosen value is an option, even if no entry has it.
    pub fn options(&self, data: &Json, chosen: &[String]) -> Vec<FilterOption> {
        let option =
            |value: String, label, count| FilterOption { is_selected: chosen.contains(&value), value, label, count };
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut options: Vec<FilterOption> = match &self.control {
            Control::Search | Control::Linked => return Vec::new(),
            Control::Facet { field, .. } => {
                let found = data["list"]["facets"][field].as_array().into_iter().flatten();
                let mut found: Vec<FilterOption> =
                    found.map(|one| option(text(&one["value"]), text(&one["label"]), one["count"].as_i64())).collect();
                // If the response has candidates (see `RelatedRecords`), only these can be chosen. If it does not have all
                // candidates, all options stay.
                let nodes = data[field]["nodes"].as_array();
                if let Some(candidates) = nodes.filter(|_| data[field]["pageInfo"]["hasNextPage"] == false) {
                    found.retain_mut(|option| {
                        let is_candidate = candidates.iter().any(|one| one["slug"] == option.value.as_str());
                        option.count = if is_candidate { option.count } else { Some(0) };
                        is_candidate || option.is_selected
                    });
                }
                found
            }
            Control::Related { field, .. } => {
                let found = data["related"]["facets"][field].as_array().into_iter().flatten();
                found.map(|one| option(text(&one["value"]), text(&one["label"]), None)).collect()
            }
            Control::AtLeast(names) => {
                names.iter().rev().map(|name| option((*name).to_owned(), words::capitalised(name), None)).collect()
            }
            Control::Presence { some, none } => [("some", *some), ("none", *none)]
                .map(|(value, label)| option(value.to_owned(), label.to_owned(), None))
                .into(),
            Control::Gaps => vec![option(SHOWN.to_owned(), words::capitalised(SHOWN), None)],
        };
        for value in chosen {
            if !options.iter().any(|option| option.value == *value) {
                let is_slug = matches!(
                    self.control,
                    Control::Facet { values: Values::Slugs, .. } | Control::Related { values: Values::Slugs, .. }
                );
                let label = if is_slug { value.clone() } else { words::capitalised(value) };
                // Only the options of a facet have numbers.
                let count = matches!(self.control, Control::Facet { .. }).then_some(0);
                options.push(option(value.clone(), label, count));
            }
        }
        if let Control::Facet { values, .. } = &self.control {
            options.sort_by_key(|option| values.position(&option.value));
        }
        options
    }

    /// Reports whether it is an operand of `where`.
    pub fn is_operand(&self) -> bool {
        !matches!(self.control, Control::Search | Control::Gaps)
    }
}

impl Values {
    fn operand(&self, value: &str) -> Option<Json> {
        match self {
            Self::Names(names) | Self::Scale(names) => names.contains(&value).then(|| json!(value)),
            Self::Level => (1..=LEVELS).find(|level| level.to_string() == value).map(|level| json!(level)),
            Self::Slugs => slug_operand(value),
        }
    }

    /// Returns the position of a value in the form. If the options are in the order of the facet, all values have the same
    /// position.
    fn position(&self, value: &str) -> usize {
        match self {
            Self::Names(_) | Self::Slugs => 0,
            Self::Scale(names) => names.iter().rev().position(|name| *name == value).unwrap_or(names.len()),
            Self::Level => value.parse().unwrap_or(usize::MAX),
        }
    }
}

fn slug_operand(slug: &str) -> Option<Json> {
    (slug.chars().count() <= MAX_SLUG).then(|| json!(slug))
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
            note: None,
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
        for wrong in ["0", "6", "x", "", "+1", "01"] {
            let refused = level().condition(&texts(&["1", wrong])).unwrap_err();
            assert_eq!(refused, "The filter \"level\" does not have this value.");
        }
        assert!(level().condition(&vec!["1".to_owned(); MAX_VALUES + 1]).is_err());
    }

    #[test]
    fn a_search_is_one_text_within_the_limits() {
        let control = Control::Search;
        let search = Filter { name: "name", label: "Search", control, path: &["search", "text"], note: None };
        assert_eq!(search.condition(&texts(&["hair loss"])).unwrap(), json!({"search": {"text": "hair loss"}}));
        assert_eq!(search.condition(&texts(&["x", "y"])).unwrap_err(), "The parameter \"name\" is given twice.");
        assert!(search.condition(&["x".repeat(101)]).unwrap_err().starts_with("Search for at most 100 characters"));
    }

    #[test]
    fn a_slug_may_have_128_characters() {
        let facet = Control::Facet { field: "conditions", values: Values::Slugs };
        for control in [facet, Control::Linked] {
            let filter = Filter { control, ..level() };
            assert!(filter.condition(&["x".repeat(128)]).is_ok() && filter.condition(&["x".repeat(129)]).is_err());
        }
    }

    #[test]
    fn the_options_are_the_values_of_the_facet_and_every_chosen_value_in_the_order_of_the_scale() {
        let data = json!({"list": {"facets": {"evidenceLevel": [
            {"value": 5, "label": "5", "count": 9},
            {"value": 1, "label": "1", "count": 2},
        ]}}});
        let option = |value: &str, count, is_selected| FilterOption {
            value: value.into(),
            label: value.into(),
            count: Some(count),
            is_selected,
        };
        let found = level().options(&data, &texts(&["1", "3"]));
        assert_eq!(found, [option("1", 2, true), option("3", 0, true), option("5", 9, false)]);
    }

    #[test]
    fn related_records_are_present_or_not() {
        let control = Control::Presence { some: "With outcomes", none: "Without outcomes" };
        let treated = Filter { name: "outcomes", label: "Outcomes", control, path: &["outcomes"], note: None };
        assert_eq!(treated.condition(&texts(&["none"])).unwrap(), json!({"outcomes": {"none": {}}}));
        assert!(treated.condition(&texts(&["every"])).is_err() && treated.condition(&texts(&["some", "none"])).is_err());
        let found: Vec<_> =
            treated.options(&json!({}), &texts(&["none"])).into_iter().map(|one| (one.label, one.is_selected)).collect();
        assert_eq!(found, [("With outcomes".into(), false), ("Without outcomes".into(), true)]);
    }

    #[test]
    fn a_minimum_accepts_one_value_and_options_of_related_records_have_no_numbers() {
        let control = Control::AtLeast(&["MODEST", "VERY_HELPFUL"]);
        let least = Filter { name: "least", label: "Least", control, path: &["grade", "gte"], note: None };
        assert_eq!(least.condition(&texts(&["MODEST"])).unwrap(), json!({"grade": {"gte": "MODEST"}}));
        assert_eq!(least.condition(&texts(&["NONE"])).unwrap_err(), "The filter \"least\" does not have this value.");
        assert_eq!(least.condition(&texts(&["MODEST", "x"])).unwrap_err(), "The parameter \"least\" is given twice.");
        let shown = |options: Vec<FilterOption>| -> Vec<_> {
            options.into_iter().map(|one| (one.label, one.count, one.is_selected)).collect()
        };
        let found = shown(least.options(&json!({}), &texts(&["MODEST"])));
        assert_eq!(found, [("Very helpful".into(), None, false), ("Modest".into(), None, true)]);

        let control = Control::Related { field: "bodyAreas", values: Values::Slugs };
        let area = Filter {
            name: "area",
            label: "Area",
            control,
            path: &["conditions", "some", "bodyAreas", "some", "slug", "in"],
            note: None,
        };
        let data = json!({"related": {"facets": {"bodyAreas": [{"value": "face", "label": "Face"}]}}});
        let found = shown(area.options(&data, &texts(&["nose"])));
        assert_eq!(found, [("Face".into(), None, false), ("nose".into(), None, true)]);
    }
}
