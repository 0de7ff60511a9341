//! Assigning ids to new records.

use std::{collections::HashSet, sync::Arc};

use rayon::prelude::*;

use super::write_rows::RowSource;
use crate::{
    engine::catalog::ObjectIx,
    library::{files::id_list::IdList, publication::differences::Changes, records::record_map::RecordMap},
};

/// Assigns ids to new records. A record that `given` lists gets its id from there. The others get ids above `last`, the
/// highest id that was ever assigned, in the order of types, and within a type in the order of their documents. An
/// export writes records in the order of ids, so its documents have the same order. Returns the new highest id.
pub(in crate::library::publication) fn assign_ids(
    source: &mut RowSource,
    changes: &Changes,
    last: i64,
    given: &IdList,
) -> i64 {
    let RowSource { tables, library, .. } = source;
    let (mut new, mut last, mut used) = (Vec::new(), last.max(given.last), HashSet::new());
    for (table, added) in tables.iter().zip(&changes.added) {
        let ix = table.object.ix;
        let (mut listed, mut others) = (Vec::new(), Vec::new());
        for slug in added {
            match given.ids.get(ix, slug) {
                Some(id) if used.insert(*id) => listed.push((Arc::clone(slug), *id)),
                _ => others.push(Arc::clone(slug)),
            }
        }
        library.ids.assign(RecordMap::of_type(ix, listed));
        let first = last + 1;
        last += i64::try_from(others.len()).unwrap_or_default();
        new.push((ix, others, first));
    }
    let assigned = |(ix, added, first): &(ObjectIx, Vec<Arc<str>>, i64)| {
        let location =
            |slug: &Arc<str>| library.get(*ix, slug)?.location.as_ref().map(|location| (&location.file, location.at));
        let mut sorted_slugs: Vec<_> = added.iter().map(|slug| (location(slug), slug)).collect();
        sorted_slugs.sort_by_key(|(location, _)| *location);
        RecordMap::of_type(*ix, sorted_slugs.into_iter().map(|(_, slug)| Arc::clone(slug)).zip(*first..))
    };
    for ids_of_type in new.par_iter().map(assigned).collect::<Vec<_>>() {
        library.ids.assign(ids_of_type);
    }
    last
}
