//! An index of tantivy, a library for full-text search, with the same texts of outcomes.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use dermagraph::store::DatabaseUrl;
use tantivy::{
    Index, IndexReader, TantivyDocument,
    collector::{Count, TopDocs},
    query::{Query, QueryParser, RegexQuery},
    schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use crate::Failure;

/// The memory that tantivy uses to create the index, in bytes.
const MEMORY: usize = 256 << 20;

/// Number of records on a page.
const PAGE: usize = 20;

/// The index, and the database with the records.
pub struct TantivyIndex {
    content: rusqlite::Connection,
    index: Index,
    reader: IndexReader,
    texts: [Field; 3],
    /// How long it took to create the index.
    pub created_in: Duration,
    /// The size of its files, in bytes.
    pub size: u64,
}

impl TantivyIndex {
    /// Creates the index of the outcomes of a database in a folder; `None` for PostgreSQL.
    pub fn open(database: &DatabaseUrl, folder: &Path) -> Result<Option<Self>, Failure> {
        let DatabaseUrl::Sqlite(path) = database else { return Ok(None) };
        let content = rusqlite::Connection::open(path).map_err(text)?;
        let mut schema = Schema::builder();
        let id = schema.add_u64_field("id", FAST);
        let indexing = TextFieldIndexing::default().set_tokenizer("en_stem");
        let indexing = indexing.set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let options = TextOptions::default().set_indexing_options(indexing);
        let texts = ["slug", "expected_effect", "patient_summary"].map(|name| schema.add_text_field(name, options.clone()));
        let folder = folder.join("tantivy");
        fs::create_dir_all(&folder).map_err(text)?;
        let started = Instant::now();
        let index = Index::create_in_dir(&folder, schema.build()).map_err(text)?;
        let mut writer = index.writer::<TantivyDocument>(MEMORY).map_err(text)?;
        let select = "SELECT id, slug, expected_effect, COALESCE(patient_summary, '') FROM treatment_outcome";
        let mut statement = content.prepare(select).map_err(text)?;
        let mut rows = statement.query([]).map_err(text)?;
        while let Some(row) = rows.next().map_err(text)? {
            let mut document = TantivyDocument::new();
            document.add_u64(id, row.get::<_, i64>(0).map_err(text)?.unsigned_abs());
            for (at, field) in texts.iter().enumerate() {
                document.add_text(*field, row.get::<_, String>(at + 1).map_err(text)?);
            }
            writer.add_document(document).map_err(text)?;
        }
        drop(rows);
        drop(statement);
        writer.commit().map_err(text)?;
        writer.wait_merging_threads().map_err(text)?;
        let created_in = started.elapsed();
        let files = fs::read_dir(&folder).map_err(text)?.flatten();
        let size = files.filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        let reader = index.reader().map_err(text)?;
        Ok(Some(Self { content, index, reader, texts, created_in, size }))
    }

    /// Reads the first page of a search: the ids and slugs of the best twenty records, and the number of all.
    /// `prefix` is true if the text is the beginning of words.
    pub fn first_page(&self, wanted: &str, prefix: bool) -> Result<(), Failure> {
        let query: Box<dyn Query> = if prefix {
            Box::new(RegexQuery::from_pattern(&format!("{wanted}.*"), self.texts[1]).map_err(text)?)
        } else {
            let mut parser = QueryParser::for_index(&self.index, self.texts.to_vec());
            parser.set_conjunction_by_default();
            parser.set_field_boost(self.texts[0], 10.0);
            parser.set_field_boost(self.texts[1], 2.0);
            parser.parse_query(wanted).map_err(text)?
        };
        let searcher = self.reader.searcher();
        let (best, _) = searcher.search(&query, &(TopDocs::with_limit(PAGE).order_by_score(), Count)).map_err(text)?;
        let mut slug = self.content.prepare_cached("SELECT slug FROM treatment_outcome WHERE id = ?1").map_err(text)?;
        for (_, found) in best {
            let ids = searcher.segment_reader(found.segment_ord).fast_fields().u64("id").map_err(text)?;
            let id = ids.first(found.doc_id).unwrap_or_default();
            slug.query_row([id.cast_signed()], |row| row.get::<_, String>(0)).map_err(text)?;
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the error by value")]
fn text(failure: impl ToString) -> Failure {
    failure.to_string()
}
