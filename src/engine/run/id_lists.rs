//! Cuts lists of ids to their pages before their records are read. This is possible if there is no filter, no search
//! and no `orderBy`, because the entries are then in the order of the lists. A record that several lists contain is
//! read once.

use std::cmp::Ordering;

use super::level::RowRanges;
use crate::{
    engine::{
        plan::{
            By, Fetch,
            arguments::{order::OrderKey, page::Page},
        },
        sql::template::ListEntry,
    },
    store::reading::statement::Param,
};

/// An entry of a page, in the order in which the page is read.
#[derive(Clone, Copy, Debug)]
pub struct PageEntry {
    /// Number of its row.
    pub row: usize,
    /// Its position in its list, from 1.
    pub position: i64,
    pub id: i64,
}

impl Fetch {
    /// Reports whether it reads lists of ids that can be cut to their pages before their records are read.
    pub fn has_cut_lists(&self) -> bool {
        matches!(self.by, By::Lists)
            && self.filter.is_none()
            && self.search.is_none()
            && self.sort_keys.len() == 2
            && self.sort_keys.first().is_some_and(OrderKey::is_position)
    }

    /// Returns the pages of lists. The entries of a page are in the order in which they are read: in reverse order for
    /// `last`.
    pub fn cut_lists(&self, lists: &[ListEntry]) -> Vec<ListEntry> {
        let Some(page) = &self.page else { return lists.to_vec() };
        let mut pages = Vec::new();
        for list in lists.chunk_by(|one, other| one.list == other.list) {
            let between = list.iter().copied().filter(|entry| is_between_cursors(page, entry));
            let size = page.size + usize::from(self.extra_row);
            if page.backward {
                pages.extend(between.rev().take(size));
            } else {
                pages.extend(between.skip(page.offset).take(size));
            }
        }
        pages
    }
}

/// Reports whether an entry is between the cursors of a page.
fn is_between_cursors(page: &Page, entry: &ListEntry) -> bool {
    let compared_to = |cursor: &Option<Vec<Option<Param>>>| match cursor.as_deref() {
        Some([Some(Param::Int(position)), Some(Param::Int(id))]) => Some((entry.position, entry.id).cmp(&(*position, *id))),
        _ => None,
    };
    let at_cursor = |order: Ordering| page.inclusive && order.is_eq();
    compared_to(&page.after).is_none_or(|order| order.is_gt() || at_cursor(order))
        && compared_to(&page.before).is_none_or(|order| order.is_lt() || at_cursor(order))
}

/// Finds the rows of entries by their ids. Returns the entries that have a row, and for each list the range of its entries.
pub fn page_entries(entries: &[ListEntry], rows_by_id: &RowRanges) -> (Vec<PageEntry>, RowRanges) {
    let mut found = Vec::with_capacity(entries.len());
    let mut lists = RowRanges::default();
    for ListEntry { list, position, id } in entries {
        if let Some((row, _)) = rows_by_id.get(*id) {
            lists.add(*list, found.len());
            found.push(PageEntry { row, position: *position, id: *id });
        }
    }
    (found, lists)
}
