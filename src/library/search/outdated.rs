//! Comparing the index with the terms that this version of the program derives.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use sea_orm::{ConnectionTrait, Statement};

use super::{numbered_terms::NumberedTerms, terms};
use crate::{
    engine::search::{block::each_posting, statements, term_position::TermPosition},
    library::{
        error::LibraryError,
        records::{content_table::ContentTable, documents::LoadedLibrary},
    },
};

/// Number of blocks that are read by one statement.
const BLOCKS: i64 = 5_000;

/// Maximum number of different terms in the cache. When there are more, the cache is emptied, which changes no result.
const MAX_TERMS: usize = 200_000;

/// The postings of a record: their number, and the sum of their hashes.
type PostingsDigest = (u64, u64);

/// Counts the records whose postings differ from those that this version of the program derives from their documents.
/// Also counts the ids in the index of a type that belong to no record of that type.
pub(in crate::library) async fn outdated(
    library: &LoadedLibrary<'_>,
    tables: &[ContentTable<'_>],
    db: &impl ConnectionTrait,
) -> Result<usize, LibraryError> {
    let (mut outdated, mut numbers) = (HashSet::new(), NumberedTerms::default());
    for table in tables {
        let ix = table.object.ix;
        let mut stored = stored(table.object.name, db).await?;
        for (slug, document) in library.documents.of(ix) {
            let Some(id) = library.ids.id(ix, slug) else { continue };
            let mut derived = PostingsDigest::default();
            for term in terms::of_document(library, table.object, slug, &document.fields, |_| true, &mut numbers) {
                let (term, position) = numbers.term(term);
                add(&mut derived, term, position);
            }
            if numbers.text_count() > MAX_TERMS {
                numbers = NumberedTerms::default();
            }
            if stored.remove(&id).unwrap_or_default() != derived {
                outdated.insert(id);
            }
        }
        outdated.extend(stored.into_keys());
    }
    Ok(outdated.len())
}

fn add((count, sum): &mut PostingsDigest, term: &str, position: &TermPosition) {
    let mut hasher = DefaultHasher::new();
    (term, position).hash(&mut hasher);
    (*count, *sum) = (*count + 1, sum.wrapping_add(hasher.finish()));
}

/// Reads the postings of the records of a type. Postings in a wrong block are left out, because a search does not find
/// them there.
async fn stored(type_name: &str, db: &impl ConnectionTrait) -> Result<HashMap<i64, PostingsDigest>, LibraryError> {
    let (mut found, mut last, mut after) = (HashMap::new(), (String::new(), -1), (String::new(), -1_i64));
    loop {
        let values = [type_name.into(), after.0.as_str().into(), after.1.into(), BLOCKS.into()];
        let next = Statement::from_sql_and_values(db.get_database_backend(), statements::NEXT, values);
        let rows = db.query_all_raw(next).await?;
        for row in &rows {
            after = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let begins_after_last = last < after;
            let postings: Vec<u8> = row.try_get_by_index(2)?;
            each_posting(&postings, |term, record, position| {
                last = (term.to_owned(), record);
                if begins_after_last && last >= after {
                    add(found.entry(record).or_default(), term, position);
                }
            })?;
        }
        if rows.is_empty() {
            return Ok(found);
        }
    }
}
