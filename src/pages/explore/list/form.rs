//! The form, the number of entries, the links to files and the link to the next page, which all lists have.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    Chosen, MAX_ENTRIES,
    filter::{Control, Filter, FilterOption, MAX_VALUES},
};
use crate::pages::{
    Site,
    components::page_links,
    search::{self, MAX_TEXT},
    words,
};

/// Maximum number of links that remove a value. Each link repeats all other values, so the length of all links grows with
/// the square of their number.
const MAX_LINKS: usize = 20;

/// The form with the filters and the order, and what is chosen in it.
pub fn head(chosen: &Chosen, site: &Site, data: &Json) -> Markup {
    let orders = chosen.list.orders;
    if chosen.list.filters.is_empty() && orders.len() < 2 {
        return html! {};
    }
    let filters: Vec<(&Filter, Vec<FilterOption>)> =
        chosen.list.filters.iter().map(|one| (one, one.options(data, chosen.values(one)))).collect();
    html! {
        form.filters action={ (site.root) (chosen.path()) } method="get" role="search" aria-label="Filters" {
            @for (filter, options) in &filters {
                @match filter.control {
                    Control::Search => (search_field(chosen, filter)),
                    Control::Linked => { @for value in chosen.values(filter) { input type="hidden" name=(filter.name) value=(value); } }
                    Control::AtLeast(_) | Control::Presence { .. } => (one_of(filter, options)),
                    Control::Gaps => (switch(filter, options)),
                    Control::Facet { .. } | Control::Related { .. } => (facet(filter, options)),
                }
            }
            @if orders.len() > 1 { (order(chosen)) }
            div.actions { button type="submit" { "Show" } }
        }
        (selected(chosen, site, &filters))
        (search::suggestion(data["list"]["didYouMean"].as_str(), |text| {
            format!("{}{}", site.root, chosen.searching(text).address(&[]))
        }))
    }
}

/// The field to choose the order. The value of the default order is empty. So if the user enters a text to search for and
/// chooses no order, the form sends none, and the list has the best match first.
fn order(chosen: &Chosen) -> Markup {
    let default = chosen.default_order();
    let others = chosen.list.orders.iter().filter(|order| default.is_none_or(|default| default.name != order.name));
    html! {
        label.order {
            span { "Order" }
            select name="order" {
                option value="" { (default.map_or("Best match", |order| order.label)) }
                @for order in others {
                    @let is_chosen = chosen.order.is_some_and(|one| one.name == order.name);
                    option value=(order.name) selected[is_chosen] { (order.label) }
                }
            }
        }
    }
}

fn search_field(chosen: &Chosen, filter: &Filter) -> Markup {
    let value = chosen.values(filter).first().map_or("", String::as_str);
    html! {
        label {
            span { (filter.label) }
            input type="search" name=(filter.name) value=(value) maxlength=(MAX_TEXT) autocomplete="off";
        }
    }
}

/// A checkbox.
fn switch(filter: &Filter, options: &[FilterOption]) -> Markup {
    html! {
        @for option in options {
            label.switch {
                input type="checkbox" name=(filter.name) value=(option.value) checked[option.is_selected];
                span { (filter.label) }
            }
        }
    }
}

/// A field to choose one value or any value, for filters that accept only one value.
fn one_of(filter: &Filter, options: &[FilterOption]) -> Markup {
    html! {
        label {
            span { (filter.label) }
            select name=(filter.name) {
                option value="" { "Any" }
                @for option in options { option value=(option.value) selected[option.is_selected] { (option.label) } }
            }
        }
    }
}

/// The values of a facet with the number of entries that have each. Any number of them can be chosen.
fn facet(filter: &Filter, options: &[FilterOption]) -> Markup {
    let chosen = options.iter().filter(|option| option.is_selected).count();
    html! {
        details.facet name="facet" {
            summary { (filter.label) @if chosen > 0 { " " span.count { (chosen) " chosen" } } }
            fieldset {
                legend.visually-hidden { (filter.label) }
                @if options.is_empty() { p.absent { "No entry has a value." } }
                @for option in options {
                    label {
                        input type="checkbox" name=(filter.name) value=(option.value) checked[option.is_selected];
                        span { (option.label) }
                        @if let Some(count) = option.count { " " span.count { (words::number(count)) } }
                    }
                }
                @if let Some(note) = filter.note { p.about { (note) } }
                @if options.len() >= MAX_VALUES { p.about { "The " (MAX_VALUES) " most frequent values are shown." } }
                div.show { button type="submit" { "Show" } }
            }
        }
    }
}

/// What is chosen. Each of the first values has a link that removes it.
fn selected(chosen: &Chosen, site: &Site, filters: &[(&Filter, Vec<FilterOption>)]) -> Markup {
    if chosen.values.is_empty() {
        return html! {};
    }
    let label = |options: &[FilterOption], value: &str| {
        let option = options.iter().find(|option| option.value == value);
        option.map_or_else(|| format!("“{value}”"), |option| option.label.clone())
    };
    let mut values = Vec::new();
    for (filter, options) in filters {
        values.extend(chosen.values(filter).iter().map(|value| (filter, options, value)));
    }
    let others = values.len().saturating_sub(MAX_LINKS);
    html! {
        ul.selected aria-label="Chosen filters" {
            @for (filter, options, value) in values.into_iter().take(MAX_LINKS) {
                li {
                    a href={ (site.root) (chosen.without(filter, value).address(&[])) } {
                        span.visually-hidden { "Remove " }
                        (filter.label) ": " (label(options, value))
                        span aria-hidden="true" { " ×" }
                    }
                }
            }
            @if others > 0 { li { "and " (others) " more" } }
            li { a.clear href={ (site.root) (chosen.path()) } { "Clear filters" } }
        }
    }
}

/// The number of entries with the links to files, and the links to other pages of the list.
pub fn totals_and_links(chosen: &Chosen, site: &Site, data: &Json) -> (Markup, Markup) {
    let list = &data["list"];
    let total = list["totalCount"].as_u64().unwrap_or(0);
    let shown = list["nodes"].as_array().map_or(0, Vec::len);
    let link = |others: &[(&str, &str)]| format!("{}{}", site.root, chosen.address(others));
    let number = html! {
        div.found {
            p {
                @if total == 1 { "1 entry" } @else { (total) " entries" }
                @if chosen.after.is_some() { ", " (shown) " on this page" }
                @else if (shown as u64) < total { ", the first " (shown) " are shown" }
                "."
            }
            @if total > 0 {
                p.files {
                    "Download "
                    @for (at, format) in chosen.list.formats().iter().enumerate() {
                        @if at > 0 { " · " }
                        a href=(link(&[("format", format.name())])) download { (format.title()) }
                    }
                    @if total > MAX_ENTRIES as u64 { " (the first " (MAX_ENTRIES) ")" }
                }
            }
        }
        @if total == 0 { p.absent { "The library has nothing that matches. It does not cover everything." } }
    };
    let next =
        list["pageInfo"]["endCursor"].as_str().filter(|_| !chosen.is_whole() && list["pageInfo"]["hasNextPage"] == true);
    let first = chosen.after.is_some().then(|| link(&[]));
    (number, page_links(first, next.map(|next| link(&[("after", next)]))))
}
