//! Updating the index in a publication: only blocks with postings that differ are written.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{Expr, ExprTrait as _, Query},
};
use serde_json::json;

use super::{
    numbered_terms::{NumberedTerm, NumberedTerms},
    search_index::{Posting, TABLE, rows_of, version_row},
    terms,
};
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::Field,
        declare::FORMERLY,
        search::{
            self,
            block::{Block, BlockWriter, MAX_BLOCK, USUAL_BLOCK, each_posting},
            statements,
        },
    },
    library::{
        error::LibraryError,
        publication::{
            batch_writer::MAX_ROWS,
            differences::Changes,
            revision::FIRST,
            row_stream::{RowStream, Rows},
            sink::{RowSink as _, StatementSink},
            write_rows::RowSource,
        },
        records::{content_table::ID, row_reader::padded, stored_record::column_of},
    },
};

/// Number of records whose postings are compared before blocks are read.
const RECORDS: usize = 1_000;
/// Number of postings whose blocks are read by one statement.
const POSTINGS: usize = 2_000;

/// The version of an index that two versions of the program have written. No version of the program has this one, so each
/// reports the index as that of another version until it is rebuilt.
const MIXED_VERSIONS: i64 = 0;

/// Changes the index of the records that a publication adds, changes and removes. `source` must have the stored records that
/// are changed or removed. The version of an index of another version becomes [`MIXED_VERSIONS`].
///
/// # Errors
/// If the database cannot be read or written, or a block is damaged.
pub(in crate::library) async fn update_postings(
    source: &RowSource,
    changes: &Changes,
    db: &impl ConnectionTrait,
) -> Result<(), LibraryError> {
    for at in 0..source.tables.len() {
        let records = affected(source, changes, at);
        for records in records.chunks(RECORDS) {
            let mut differing = BTreeMap::new();
            for record in records {
                compare(source, at, record, &mut differing);
            }
            let differing: Vec<(Posting, bool)> = differing.into_iter().collect();
            for differing in differing.chunks(POSTINGS) {
                change(source.tables[at].object.name, differing, db).await?;
            }
        }
    }
    let catalog = source.library.catalog;
    if source.revision == FIRST {
        StatementSink(db).write(TABLE, None, &mut RowStream::just(version_row(catalog))).await?;
    } else {
        // Another version of the program wrote the index, and this one has changed a part of it.
        let mut update = Query::update();
        update.table(TABLE).value("record_id", MIXED_VERSIONS);
        update.and_where(Expr::col("type").eq("")).and_where(Expr::col("record_id").ne(search::index_version(catalog)));
        db.execute(&update).await?;
    }
    Ok(())
}

/// A record whose terms may differ.
struct AffectedRecord<'c> {
    slug: &'c Arc<str>,
    /// The fields whose terms may differ; `None` if those of all fields may.
    fields: Option<&'c [&'static str]>,
    /// True if its former slugs differ.
    renamed: bool,
}

/// Returns the records of a table whose terms may differ.
fn affected<'c>(source: &RowSource, changes: &'c Changes, at: usize) -> Vec<AffectedRecord<'c>> {
    let object = source.tables[at].object;
    let searched: Vec<_> = object.searched_fields(source.library.catalog).collect();
    let is_searched = |field: &&str| searched.iter().any(|searched| searched.name == *field);
    // The terms of a synonym depend on several fields together.
    let has_synonyms = searched.iter().any(|field| field.is_synonym());
    let whole = |slug| AffectedRecord { slug, fields: None, renamed: false };
    let differing = changes.changed[at].iter().filter_map(|record| {
        let (slug, renamed) = (&record.slug, record.has_changed(FORMERLY));
        let fields = (!renamed && !has_synonyms).then_some(record.fields());
        (renamed || record.fields().iter().any(is_searched)).then_some(AffectedRecord { slug, fields, renamed })
    });
    let gone = changes.removed.iter().filter(|(ix, _)| *ix == object.ix).map(|(_, slug)| whole(slug));
    changes.added[at].iter().map(whole).chain(differing).chain(gone).collect()
}

/// Adds the postings of a record that differ, each with true if it is added to the index, or false if it is removed.
fn compare(source: &RowSource, at: usize, affected: &AffectedRecord<'_>, differing: &mut BTreeMap<Posting, bool>) {
    let (table, library, AffectedRecord { slug, fields, renamed }) = (&source.tables[at], &source.library, affected);
    let ix = table.object.ix;
    let Some(id) = library.ids.id(ix, slug) else { return };
    let is_compared = |field: &Field| fields.is_none_or(|fields| fields.contains(&field.name));
    let (mut before, mut numbers) = (BTreeSet::new(), NumberedTerms::default());
    let document = library.documents.get(ix, slug);
    if let Some(stored) = library.stored.get(ix, slug) {
        before.extend(terms::of_stored(library.catalog, table, slug, stored, is_compared, &mut numbers));
        if *renamed {
            // The row has the new slug already, but the index has the old one, which is among the former slugs.
            let column = table.columns.iter().find(|column| column.key == FORMERLY);
            let former =
                column.zip(document).map(|(column, document)| column_of(library, table, column, slug, &document.fields));
            for former in former.unwrap_or_default().list().iter().filter_map(CanonicalValue::as_str) {
                before.extend(terms::of_stored(library.catalog, table, former, stored, is_compared, &mut numbers));
            }
        }
    }
    let after = document
        .map(|document| terms::of_document(library, table.object, slug, &document.fields, is_compared, &mut numbers));
    let after: BTreeSet<NumberedTerm> = after.unwrap_or_default().into_iter().collect();
    let posting = |term: &NumberedTerm| Posting::new(&numbers, *term, id);
    differing.extend(before.difference(&after).map(|term| (posting(term), false)));
    // The row of a renamed record has the new slug already, so `before` contains terms that the index lacks. All terms
    // of such a record are therefore added. A term that is already in the index is not added twice.
    let added = after.iter().filter(|term| *renamed || !before.contains(term));
    differing.extend(added.map(|term| (posting(term), true)));
}

struct StoredBlock {
    id: i64,
    block: Block,
}

/// Adds postings to their blocks, and removes others from them.
async fn change(type_name: &str, differing: &[(Posting, bool)], db: &impl ConnectionTrait) -> Result<(), LibraryError> {
    let stored = covering(type_name, differing, db).await?;
    let (mut changed, mut new, mut emptied) = (Rows::default(), Vec::new(), Vec::new());
    let block_of = |posting: &Posting| {
        stored.partition_point(|one| (&one.block.term, one.block.record) <= (&posting.term, posting.record))
    };
    for differing in differing.chunk_by(|(one, _), (other, _)| block_of(one) == block_of(other)) {
        let known = block_of(&differing[0].0).checked_sub(1).map(|at| &stored[at]);
        let mut blocks = updated_blocks(known.map(|known| &known.block), differing)?;
        let Some(known) = known else {
            // These postings precede all blocks of the type.
            if let Some(first) = blocks.first_mut() {
                (first.term, first.record) = (String::new(), 0);
            }
            new.append(&mut blocks);
            continue;
        };
        if blocks.is_empty() {
            emptied.push(known.id);
            continue;
        }
        let first = blocks.remove(0);
        if first.postings != known.block.postings {
            if changed.names.is_empty() {
                changed.name([ID, "type", "term", "record_id", "postings"]);
            }
            let Block { term, record, .. } = &known.block;
            let key = [known.id.into(), type_name.into(), term.as_str().into(), (*record).into()];
            changed.values.extend(key.into_iter().chain([first.postings.into()]));
        }
        new.append(&mut blocks);
    }
    let mut sink = StatementSink(db);
    sink.write(TABLE, Some(&["postings"]), &mut RowStream::just(changed)).await?;
    sink.write(TABLE, None, &mut RowStream::just(rows_of(type_name, new))).await?;
    for emptied in emptied.chunks(MAX_ROWS) {
        db.execute(Query::delete().from_table(TABLE).and_where(Expr::col(ID).is_in(padded(emptied)))).await?;
    }
    Ok(())
}

/// Reads the blocks to which these postings belong, in the order of the index.
async fn covering(
    type_name: &str,
    differing: &[(Posting, bool)],
    db: &impl ConnectionTrait,
) -> Result<Vec<StoredBlock>, LibraryError> {
    let mut keys: Vec<_> = differing.iter().map(|(posting, _)| json!([posting.term, posting.record])).collect();
    keys.dedup();
    let backend = db.get_database_backend();
    let sql = if backend == DbBackend::Sqlite { statements::COVERING_SQLITE } else { statements::COVERING_POSTGRES };
    let keys = serde_json::Value::Array(keys).to_string();
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, [type_name.into(), keys.into()])).await?;
    let mut stored = Vec::with_capacity(rows.len());
    for row in rows {
        let block =
            Block { term: row.try_get_by_index(1)?, record: row.try_get_by_index(2)?, postings: row.try_get_by_index(3)? };
        stored.push(StoredBlock { id: row.try_get_by_index(0)?, block });
    }
    Ok(stored)
}

/// Adds and removes the differing postings of a block, and returns the new blocks: none if no posting is left, several if one
/// would be too long.
fn updated_blocks(block: Option<&Block>, differing: &[(Posting, bool)]) -> Result<Vec<Block>, LibraryError> {
    let mut postings = BTreeSet::new();
    if let Some(block) = block {
        each_posting(&block.postings, |term, record, position| {
            postings.insert(Posting { term: term.to_owned(), record, position: position.clone() });
        })?;
    }
    for (posting, is_added) in differing {
        if *is_added {
            postings.insert(posting.clone())
        } else {
            postings.remove(posting)
        };
    }
    let write = |size| {
        let mut writer = BlockWriter::new(size);
        for Posting { term, record, position } in &postings {
            writer.add(term, *record, position);
        }
        writer.finish()
    };
    let blocks = write(MAX_BLOCK);
    Ok(if blocks.len() > 1 { write(USUAL_BLOCK) } else { blocks })
}
