//! The form, the number of entries, the links to files and the link to the next page, which all lists have.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{Chosen, MAX_ENTRIES, filter::Filter};
use crate::pages::{Site, search::MAX_TEXT};

/// The form with the filters and the order.
pub fn head(chosen: &Chosen, site: &Site, data: &Json) -> Markup {
    let orders = chosen.list.orders;
    html! {
        form.filters action={ (site.root) (chosen.path()) } method="get" role="search" aria-label="Filters" {
            @for filter in chosen.list.filters { (field(chosen, filter, data)) }
            @if orders.len() > 1 {
                label {
                    span { "Order" }
                    select name="order" {
                        @for order in orders { option value=(order.name) selected[order.name == chosen.order.name] { (order.label) } }
                    }
                }
            }
            div.actions {
                button type="submit" { "Show" }
                @if !chosen.values.is_empty() { a href={ (site.root) (chosen.path()) } { "Clear filters" } }
            }
        }
    }
}

fn field(chosen: &Chosen, filter: &Filter, data: &Json) -> Markup {
    let value = chosen.values.iter().find(|(one, _)| one.name == filter.name).map_or("", |(_, value)| value.as_str());
    html! {
        label {
            span { (filter.label) }
            @match filter.options(data) {
                Some(options) => select name=(filter.name) {
                    option value="" { "Any" }
                    @for (option, words) in &options { option value=(option) selected[option == value] { (words) } }
                },
                None => input type="search" name=(filter.name) value=(value) maxlength=(MAX_TEXT) autocomplete="off";
            }
        }
    }
}

/// The number of entries with the links to files, and the links to other pages of the list.
pub fn position(chosen: &Chosen, site: &Site, data: &Json) -> (Markup, Markup) {
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
        @if total == 0 { p.absent { "The library has nothing that matches. That does not mean that there is nothing." } }
    };
    let next =
        list["pageInfo"]["endCursor"].as_str().filter(|_| !chosen.is_whole() && list["pageInfo"]["hasNextPage"] == true);
    let pages = html! {
        @if next.is_some() || chosen.after.is_some() {
            nav.pages aria-label="Pages" {
                @if chosen.after.is_some() { a href=(link(&[])) { "First page" } }
                @if let Some(next) = next { a.button rel="next" href=(link(&[("after", next)])) { "Next page" } }
            }
        }
    };
    (number, pages)
}
