//! The lists of procedures and conditions on the first page of the explorer.

use maud::{Markup, html};
use serde::Deserialize;

use crate::pages::{
    Site,
    components::{self, Named, Page},
};

/// Procedures and conditions.
#[derive(Debug, Deserialize)]
pub struct Lists {
    procedures: Page<Procedure>,
    conditions: Page<Condition>,
}

#[derive(Debug, Deserialize)]
struct Procedure {
    #[serde(flatten)]
    named: Named,
    description: String,
}

#[derive(Debug, Deserialize)]
struct Condition {
    #[serde(flatten)]
    named: Named,
    description: String,
}

impl Lists {
    /// Both lists with their numbers.
    pub fn view(&self, site: &Site) -> Markup {
        let procedure =
            |one: &Procedure| html! { p.name { (components::procedure(site, &one.named)) } p { (one.description) } };
        let condition =
            |one: &Condition| html! { p.name { (components::condition(site, &one.named)) } p { (one.description) } };
        let title = |name: &str, number: usize| html! { h2 { (name) " " span.count { (number) } } };
        html! {
            (title("Procedures", self.procedures.total_count)) (list(site, "explore/procedures", &self.procedures, procedure))
            (title("Conditions", self.conditions.total_count)) (list(site, "explore/conditions", &self.conditions, condition))
        }
    }
}

fn list<T>(site: &Site, all: &str, page: &Page<T>, entry: impl Fn(&T) -> Markup) -> Markup {
    html! {
        @if page.nodes.is_empty() {
            (components::none("None."))
        } @else {
            ul.plain { @for one in &page.nodes { li.card { (entry(one)) } } }
        }
        (page.rest(site, Some(all)))
    }
}
