//! Lists of the explorer: filters and an order in the address, pages by cursor, and files with all entries.

mod declared;
mod export;
mod filter;
mod form;
mod values;
mod view;

use serde_json::{Value as Json, json};

use self::{
    declared::Order,
    filter::{Control, Filter, MAX_VALUES, nested},
};
pub use self::{
    declared::{LISTS, List, MAP},
    export::Format,
    values::{CATEGORIES, GRADES, KINDS},
};
use super::Parts;
use crate::{
    engine::plan::arguments::page::MAX_PAGE_SIZE,
    pages::{PageRequest, Site, request::encode},
};

/// Number of entries of a page.
const PAGE: usize = 50;
/// Maximum number of entries of a file, or of a page that shows all entries. Each request for them is charged to the
/// client.
pub const MAX_ENTRIES: usize = 1000;

/// The filters, the order, the position and the format that a user has chosen in a list.
#[derive(Clone)]
pub struct Chosen {
    list: &'static List,
    /// The filters that are used, each with its values in the order of the address.
    values: Vec<(&'static Filter, Vec<String>)>,
    /// The chosen order; `None` for the default order.
    order: Option<&'static Order>,
    after: Option<String>,
    format: Format,
}

impl Chosen {
    /// Reads the parameters of an address. Blank parameters, which forms send, and unknown ones are ignored.
    ///
    /// # Errors
    /// Returns a message for the user if a parameter has a value that the list does not have, or several values where only
    /// one is possible.
    pub fn read(list: &'static List, parameters: &[(String, String)]) -> Result<Self, String> {
        let given = |name: &str| -> Vec<String> {
            let found = parameters.iter().filter(|(key, value)| key == name && !value.trim().is_empty());
            let mut values = Vec::new();
            for (_, value) in found {
                // No filter accepts more values, and each one is compared with all before it.
                if values.len() > MAX_VALUES {
                    break;
                }
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            values
        };
        let value = |name: &str| match given(name).as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            _ => Err(format!("The parameter \"{name}\" is given twice.")),
        };
        let mut values = Vec::new();
        for filter in list.filters {
            let given = given(filter.name);
            if !given.is_empty() {
                filter.condition(&given)?;
                values.push((filter, given));
            }
        }
        let order = value("order")?.map(|name| list.orders.iter().find(|order| order.name == name));
        let order = order.map(|found| found.ok_or("The list does not have this order.")).transpose()?;
        let format = value("format")?.map_or(Ok(Format::Page), |name| Format::read(list, &name))?;
        Ok(Self { list, values, order, after: value("after")?, format })
    }

    /// Returns the format of the response.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Reports whether the response has all entries rather than one page of them.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.list.is_whole || self.format != Format::Page
    }

    /// Returns its request.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        let related = self.related(|_| true);
        let of_related = related.clone().zip(self.list.related).map(|(inner, records)| nested(records.path, inner));
        let others = self.values.iter().filter(|(filter, _)| self.related_path(filter).is_none() && filter.is_operand());
        let conditions = others.filter_map(|(filter, values)| filter.condition(values).ok());
        let candidates = self.related(|filter| !matches!(filter.control, Control::Facet { .. }));
        // The records without an entry (`gaps`) are requested only with the first page of the entries.
        let gaps = self.values.iter().find(|(one, _)| matches!(one.control, Control::Gaps) && self.after.is_none());
        let order = self.order.or(self.default_order()).into_iter().flat_map(|order| order.keys);
        let order: Vec<Json> = order.map(|path| sort_key(path)).collect();
        let first = if self.is_whole() { MAX_PAGE_SIZE } else { PAGE };
        let variables = [
            all(of_related.into_iter().chain(conditions).collect()).map(|filter| ("where", filter)),
            related.zip(self.list.related).map(|(filter, records)| (records.variable, filter)),
            candidates.as_ref().map(|_| ("withCandidates", json!(true))),
            candidates.map(|filter| ("candidates", filter)),
            self.inner(&["search"], |_| true).map(|search| ("search", search)),
            Some(order).filter(|keys| !keys.is_empty()).map(|keys| ("orderBy", json!(keys))),
            Some(("first", json!(first))),
            self.after.as_ref().map(|after| ("after", json!(after))),
            gaps.map(|_| ("gaps", json!(true))),
            gaps.and_then(|_| self.inner(&["procedure"], |_| true)).map(|filter| ("procedures", filter)),
        ];
        PageRequest::new(self.list.document, variables.into_iter().flatten())
    }

    /// Returns the path of a filter within the related records ([`declared::RelatedRecords`]); `None` if it does not
    /// filter them.
    fn related_path(&self, filter: &Filter) -> Option<&'static [&'static str]> {
        filter.path.strip_prefix(self.list.related?.path)
    }

    /// Returns the condition that a related record has to match: the conditions of the used filters of related records,
    /// combined with `and`. It includes only filters for which `accepts` returns true. `None` if there are none.
    fn related(&self, accepts: impl Fn(&Filter) -> bool) -> Option<Json> {
        self.inner(self.list.related?.path, accepts)
    }

    /// Combines with `and` the conditions of the used filters whose path ([`Filter::path`]) begins with `path` and for which
    /// `accepts` returns true. The result is the value at the end of `path`. `None` if there are no such filters.
    fn inner(&self, path: &[&str], accepts: impl Fn(&Filter) -> bool) -> Option<Json> {
        let used = self.values.iter().filter(|(filter, _)| filter.path.starts_with(path) && accepts(filter));
        let conditions = used.filter_map(|(filter, values)| {
            let condition = filter.condition(values).ok()?;
            path.iter().try_fold(&condition, |inner, key| inner.get(key)).cloned()
        });
        all(conditions.collect())
    }

    /// Returns the same choice, with the position after this cursor.
    #[must_use]
    pub fn after(&self, cursor: &str) -> Self {
        Self { after: Some(cursor.to_owned()), ..self.clone() }
    }

    /// Returns the order that applies if the user has chosen none; `None` for a search, which has the best match first.
    fn default_order(&self) -> Option<&'static Order> {
        let is_search = self.values.iter().any(|(filter, _)| matches!(filter.control, Control::Search));
        self.list.orders.first().filter(|_| !is_search)
    }

    /// Returns the same choice with another text to search for, at the first page.
    fn searching(&self, text: &str) -> Self {
        let mut other = Self { after: None, ..self.clone() };
        for (filter, values) in &mut other.values {
            if matches!(filter.control, Control::Search) {
                *values = vec![text.to_owned()];
            }
        }
        other
    }

    /// Returns the same choice without a value of a filter, at the first page.
    pub(super) fn without(&self, filter: &Filter, value: &str) -> Self {
        let mut rest = Self { after: None, ..self.clone() };
        for (one, values) in &mut rest.values {
            values.retain(|other| one.name != filter.name || other != value);
        }
        rest.values.retain(|(_, values)| !values.is_empty());
        rest
    }

    /// Returns the values of a filter; empty if it is not used.
    pub(super) fn values(&self, filter: &Filter) -> &[String] {
        self.values.iter().find(|(one, _)| one.name == filter.name).map_or(&[], |(_, values)| values)
    }

    /// Adds the entries of the next page to the data. Returns the cursor after which entries follow; `None` if there are no
    /// more, or if [`MAX_ENTRIES`] are read. `data` is `Null` before the first page.
    pub fn add_page(&self, data: &mut Json, mut page: Json) -> Option<String> {
        let next = &page["list"]["pageInfo"];
        let next = next["hasNextPage"].as_bool().unwrap_or(false).then(|| next["endCursor"].as_str().map(str::to_owned));
        match data["list"]["nodes"].as_array_mut() {
            Some(nodes) => nodes.extend(page["list"]["nodes"].as_array_mut().map(std::mem::take).unwrap_or_default()),
            None => *data = page,
        }
        let read = data["list"]["nodes"].as_array().map_or(0, Vec::len);
        next.flatten().filter(|_| self.is_whole() && read < MAX_ENTRIES)
    }

    /// Reports whether nothing is chosen. Search engines list only that page.
    pub(super) fn is_default(&self) -> bool {
        self.address(&[]) == self.path() && self.after.is_none()
    }

    /// Reports whether the list is the evidence map.
    pub(super) fn is_map(&self) -> bool {
        self.list.name == MAP.name
    }

    /// Returns the path of the list from the root of the service.
    #[must_use]
    pub fn path(&self) -> String {
        format!("explore/{}", self.list.name)
    }

    /// Returns the address from the root of the service: the chosen filters and order, followed by the parameters
    /// `others`.
    pub(super) fn address(&self, others: &[(&str, &str)]) -> String {
        let chosen =
            self.values.iter().flat_map(|(filter, values)| values.iter().map(|value| (filter.name, value.as_str())));
        let default = self.default_order().map(|order| order.name);
        let order = self.order.map(|order| order.name).filter(|name| Some(*name) != default);
        let parameters: Vec<String> = chosen
            .chain(order.map(|name| ("order", name)))
            .chain(others.iter().copied())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        if parameters.is_empty() { self.path() } else { format!("{}?{}", self.path(), parameters.join("&")) }
    }

    /// Makes the page from the data of its request.
    ///
    /// # Errors
    /// Returns an error if the data does not have the form of the request.
    pub(super) fn parts(&self, site: &Site, data: Json) -> Result<Parts, serde_json::Error> {
        let head = form::head(self, site, &data);
        let (number, next) = form::totals_and_links(self, site, &data);
        let entries = (self.list.view)(site, data)?;
        Ok(Parts {
            title: self.list.title.to_owned(),
            description: self.list.description.to_owned(),
            json_ld: None,
            record: None,
            main: maud::html! { p.lead { (self.list.description) } (head) (number) h2.visually-hidden { "Entries" } (entries) (next) },
        })
    }
}

/// Returns a filter that combines these conditions with `and`; `None` if there are none.
fn all(mut conditions: Vec<Json>) -> Option<Json> {
    if conditions.len() < 2 { conditions.pop() } else { Some(json!({"and": conditions})) }
}

/// Returns a sort key: `["outcomes", "count", "DESC"]` is `{outcomes: {count: DESC}}`.
fn sort_key(path: &[&str]) -> Json {
    let (direction, keys) = path.split_last().map_or(("ASC", path), |(last, keys)| (*last, keys));
    nested(keys, json!(direction))
}

#[cfg(test)]
mod tests;
