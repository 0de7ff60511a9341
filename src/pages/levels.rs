//! The evidence levels of a claim.
//!
//! A claim is listed under its own condition, under the narrower conditions that it names, and under the conditions that its
//! evidence studied. For each of these conditions, it has an evidence level of its own, which can be
//! missing. So a page about one condition
//! shows the level for that condition, and not the level of the whole claim.

use maud::{Markup, html};
use serde::Deserialize;

use super::{
    components::{self, Named},
    words,
};

/// The evidence level of a claim for each condition that it is listed under.
#[derive(Debug, Deserialize)]
pub struct Levels(Vec<Entry>);

/// The evidence level for one condition.
#[derive(Debug, Deserialize)]
struct Entry {
    condition: Named,
    role: Role,
    level: Option<i64>,
}

/// Why a claim is listed under a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Role {
    Treated,
    AlsoCovered,
    Studied,
}

impl Levels {
    /// Returns the level for a condition; `None` if there is no evidence with a level about exactly this condition.
    pub fn of(&self, condition: &str) -> Option<i64> {
        self.entry(condition)?.level
    }

    /// Returns a remark if the claim is about another condition; otherwise `None`.
    pub fn remark(&self, condition: &str) -> Option<String> {
        let claim = self.0.iter().find(|entry| entry.role == Role::Treated)?;
        let name = words::lowercase_first(&claim.condition.name);
        match self.entry(condition)?.role {
            Role::Treated => None,
            Role::AlsoCovered => Some(format!("listed under {name}")),
            Role::Studied => Some(format!("evidence of a claim about {name}")),
        }
    }

    /// The level for a condition, with a remark if the claim is about another condition. For `None`, the levels for all
    /// conditions.
    pub fn marks(&self, condition: Option<&str>) -> Markup {
        match (condition, self.0.as_slice()) {
            (Some(condition), _) => html! {
                (components::level(self.of(condition)))
                @if let Some(remark) = self.remark(condition) { span.origin { (words::uppercase_first(&remark)) } }
            },
            (None, [only]) => components::level(only.level),
            (None, several) => html! {
                span.levels {
                    "Evidence level: "
                    @for (at, entry) in several.iter().enumerate() {
                        @if at > 0 { ", " }
                        span.level { (words::lowercase_first(&entry.condition.name)) " " @match entry.level { Some(level) => (components::short_level(Some(level))), None => "none" } }
                    }
                }
            },
        }
    }

    fn entry(&self, condition: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.condition.slug == condition)
    }
}

/// Puts the claims with the best evidence about a condition first. Claims of one level keep their order.
pub fn sort<T>(claims: &mut [T], condition: &str, levels: impl Fn(&T) -> &Levels) {
    claims.sort_by_key(|claim| levels(claim).of(condition).unwrap_or(i64::MAX));
}
