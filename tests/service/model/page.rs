//! Pages according to the Relay specification (<https://relay.dev/graphql/connections.htm>), and the expected
//! connections.

use std::fmt;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::shape::Type;

/// Default number of entries of a page.
const DEFAULT: usize = 20;

/// The number of entries, and the end of the list from which they are counted.
#[derive(Clone, Copy, Debug)]
pub enum Size {
    Default,
    First(usize),
    Last(usize),
    /// A number of entries from the start, and the number of entries that are skipped before them.
    Skip(usize, usize),
}

/// A page of a list; cursors are positions of entries.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub size: Size,
    pub after: Option<usize>,
    pub before: Option<usize>,
}

/// The selection on every connection.
pub const SELECTION: &str = "{ nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor \
    endCursor } totalCount }";

impl Page {
    /// Returns the page of this size without cursors.
    pub fn of(size: Size) -> Self {
        Self { size, after: None, before: None }
    }

    /// Returns the entries of the page of a list with `count` entries, and whether there are more after and before it.
    ///
    /// With `first`, `hasNextPage` says whether there are entries between the end of the page and `before`. With `last`, it
    /// is true if and only if there is a `before`, because the entry of `before` follows the page.
    pub fn cut(self, count: usize) -> (std::ops::Range<usize>, bool, bool) {
        let start = self.after.map_or(0, |after| after + 1);
        let end = self.before.unwrap_or(count).max(start);
        let (after, before) = (self.after.is_some(), self.before.is_some());
        match self.size {
            Size::Default | Size::First(_) => {
                let size = if let Size::First(size) = self.size { size } else { DEFAULT };
                (start..end.min(start + size), end - start > size, after)
            }
            Size::Last(size) => (start.max(end.saturating_sub(size))..end, before, end - start > size),
            Size::Skip(size, skipped) => {
                let start = skipped.min(count);
                (start..count.min(start + size), count - start > size, skipped > 0 && count > 0)
            }
        }
    }

    /// Returns the arguments. `cursors` are those of the list.
    pub fn arguments(self, cursors: &[String]) -> String {
        let cursor =
            |name: &str, at: Option<usize>| at.map(|at| format!(" {name}: \"{}\"", cursors[at])).unwrap_or_default();
        format!("{}{}{}", self.size, cursor("after", self.after), cursor("before", self.before))
    }

    /// Returns the expected response to [`SELECTION`] on a list with these ids and cursors.
    pub fn expected(self, of: Type, ids: &[i64], cursors: &[String]) -> Json {
        let (page, next, previous) = self.cut(ids.len());
        let node = |at: usize| json!({"id": format!("{}:{}", of.name(), ids[at])});
        json!({
            "nodes": page.clone().map(node).collect::<Vec<_>>(),
            "edges": page.clone().map(|at| json!({"cursor": cursors[at], "node": node(at)})).collect::<Vec<_>>(),
            "pageInfo": {
                "hasNextPage": next,
                "hasPreviousPage": previous,
                "startCursor": page.clone().next().map(|at| &cursors[at]),
                "endCursor": page.last().map(|at| &cursors[at]),
            },
            "totalCount": ids.len(),
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::First(size) => write!(f, "first: {size}"),
            Self::Last(size) => write!(f, "last: {size}"),
            Self::Skip(size, skipped) => write!(f, "first: {size} offset: {skipped}"),
        }
    }
}

/// Generates sizes from either end.
pub fn sizes() -> impl Strategy<Value = Size> {
    prop_oneof![1 => Just(Size::Default), 3 => (0..6_usize).prop_map(Size::First), 3 => (0..6_usize).prop_map(Size::Last)]
}

/// Returns the pages of a whole list, read from the start, from the end, and by number up to an empty page.
pub fn walks(count: usize, size: usize) -> Vec<Page> {
    let mut pages = vec![Page::of(Size::First(size)), Page::of(Size::Last(size))];
    let mut at = size;
    while at < count {
        pages.push(Page { after: Some(at - 1), ..Page::of(Size::First(size)) });
        pages.push(Page { before: Some(count - at), ..Page::of(Size::Last(size)) });
        at += size;
    }
    pages.extend((0..=count.div_ceil(size)).map(|number| Page::of(Size::Skip(size, number * size))));
    pages
}
