//! Lists of ids that are cut to their pages before anything is read, since their order is their own and nothing filters. What many
//! lists share is read once.

use std::cmp::Ordering;

use super::{
    order::OrderKey,
    page::Page,
    plan::{By, Fetch},
    run::Groups,
    statement::Entry,
};
use crate::store::statement::Param;

/// An entry of a page, in the order in which pages are read.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its row.
    pub row: usize,
    /// Its place in its list, from 1.
    pub position: i64,
    /// The id that stands there.
    pub id: i64,
}

impl Fetch {
    /// True when its lists are cut before anything is read.
    pub fn is_cut(&self) -> bool {
        matches!(self.by, By::Lists)
            && self.filter.is_none()
            && self.keys.len() == 2
            && self.keys.first().is_some_and(OrderKey::is_position)
    }

    /// The pages of lists, each in the order in which it is read: from its end when it is asked for by `last`.
    pub fn cut(&self, lists: &[Entry]) -> Vec<Entry> {
        let Some(page) = &self.page else { return lists.to_vec() };
        let mut cut = Vec::new();
        for list in lists.chunk_by(|one, other| one.list == other.list) {
            let within = list.iter().copied().filter(|entry| is_within(page, entry));
            let size = page.size + usize::from(self.extra_row);
            if page.backward {
                cut.extend(within.rev().take(size));
            } else {
                cut.extend(within.take(size));
            }
        }
        cut
    }
}

/// Whether an entry is between the cursors of a page.
fn is_within(page: &Page, entry: &Entry) -> bool {
    let beyond = |bound: &Option<Vec<Option<Param>>>| match bound.as_deref() {
        Some([Some(Param::Int(position)), Some(Param::Int(id))]) => Some((entry.position, entry.id).cmp(&(*position, *id))),
        _ => None,
    };
    beyond(&page.after).is_none_or(Ordering::is_gt) && beyond(&page.before).is_none_or(Ordering::is_lt)
}

/// The places of entries whose rows were found by their ids, and which of them are in which list.
pub fn places(entries: &[Entry], found: &Groups) -> (Vec<Place>, Groups) {
    let mut places = Vec::with_capacity(entries.len());
    let mut lists = Groups::default();
    for Entry { list, position, id } in entries {
        if let Some((row, _)) = found.get(*id) {
            lists.add(*list, places.len());
            places.push(Place { row, position: *position, id: *id });
        }
    }
    (places, lists)
}
