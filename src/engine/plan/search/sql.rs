//! The SQL of a search, over the table of terms.

use super::{FUZZY, Match, Search, Terms};
use crate::{
    engine::{
        catalog::Searched,
        search::TERMS,
        sql::{template::Template, writer::Sql},
    },
    store::statement::{Dialect, Param, Read},
};

/// Maximum number of similar words that are read for all words of a text together. The most similar one of each word is
/// selected.
const MAX_SIMILAR: usize = 200;

/// Alias of the found records in statements.
const FOUND: &str = "s";

/// Percentage of the points of a term that count for a synonym of it.
const SYNONYM_PERCENT: u8 = 60;

impl Search {
    /// Writes the found records as a table `s(id, score)` that is computed once for the statement. Each type is searched like
    /// its own list. In a list of several types, the points of a record are multiplied by the square of the fraction of the words
    /// that it has, because another type may have records with more of them: two words of a summary precede one of a name.
    ///
    /// Returns the name of the table.
    pub fn write_found(&self, sql: &mut Sql) -> String {
        let (of_type, each_type) = if self.is_of_several_types() { ("type, ", " GROUP BY type") } else { ("", "") };
        let matched = sql.once(|sql| {
            sql.push("SELECT ").push(of_type).push("word, record_id, MAX(points) AS points FROM (");
            self.write_matches(sql, false, false);
            sql.push(") AS m GROUP BY ").push(of_type).push("word, record_id");
        });
        let counted = sql.once(|sql| {
            sql.push("SELECT ").push(of_type);
            sql.push("record_id AS id, SUM(points) AS score, COUNT(CASE WHEN word >= 0 THEN 1 END) AS words FROM ");
            sql.name(&matched).push(" GROUP BY ").push(of_type).push("record_id");
        });
        let found = sql.once(|sql| {
            let share = format!(" * c.words * c.words / {}", self.words().max(1).pow(2));
            sql.push("SELECT c.id, c.score").push(if of_type.is_empty() { "" } else { &share }).push(" AS score FROM ");
            sql.table(&counted, "c").push(" JOIN (SELECT ").push(of_type).push("MAX(words) AS words FROM ");
            sql.name(&counted).push(each_type).push(") AS b ON c.words = b.words");
            sql.push(if of_type.is_empty() { "" } else { " AND c.type = b.type" });
        });
        sql.table(&found, FOUND);
        found
    }

    /// Writes the score of a found record.
    pub fn write_score(sql: &mut Sql) {
        sql.column(FOUND, "score");
    }

    /// Writes the condition that joins the found records to rows with the alias `t`.
    pub fn write_join(sql: &mut Sql) {
        sql.push(" ON ").column("t", "id").push(" = ").column(FOUND, "id");
    }

    /// Returns the statement that reads the matches in records: record, index of the word, points, index of the kind of
    /// match, field, term.
    pub fn matches_template(&self, dialect: Dialect) -> Template {
        let mut sql = Sql::new(dialect);
        sql.push("SELECT record_id, word, points, how, field, term FROM (");
        self.write_matches(&mut sql, true, true);
        sql.push(") AS m WHERE word >= 0 ORDER BY record_id, word, points DESC, field, how, term");
        sql.finish(vec![Read::Int, Read::Int, Read::Int, Read::Int, Read::Text, Read::Text])
    }

    /// Returns the statement for the similar words of words that match nothing else: the index of the word, the similar word.
    /// `None` if no word can have any.
    pub fn similar_template(&self, dialect: Dialect) -> Option<Template> {
        let is_near = |one: &&Match| matches!(one.terms, Terms::Near { .. });
        let matches: Vec<Match> = self.matches.iter().filter(is_near).cloned().collect();
        if matches.is_empty() {
            return None;
        }
        let mut sql = Sql::new(dialect);
        sql.push("SELECT DISTINCT word, term FROM (");
        Self { matches, in_any_type: true, ..self.clone() }.write_matches(&mut sql, true, false);
        sql.push(") AS m ORDER BY word, term LIMIT ").push(&MAX_SIMILAR.to_string());
        Some(sql.finish(vec![Read::Int, Read::Text]))
    }

    /// Returns the statement for the synonyms of phrases: the index of the phrase, the words that are searched as well. `None` if
    /// no content has synonyms.
    pub fn synonyms_template(&self, dialect: Dialect) -> Option<Template> {
        if self.phrases.is_empty() || self.synonyms.is_empty() {
            return None;
        }
        let mut sql = Sql::new(dialect);
        sql.push("SELECT DISTINCT q.phrase, COALESCE(m.word, m.term) AS words FROM ");
        self.write_synonyms(&mut sql);
        sql.push(" ORDER BY q.phrase, words");
        Some(sql.finish(vec![Read::Int, Read::Text]))
    }

    /// Writes the matching rows of the index: the index of the word (-1 for the whole text), the points and the record. With
    /// `how`, they also have the kind of match, the field and the term. With `of_keys`, only the records whose keys are
    /// bound are searched.
    fn write_matches(&self, sql: &mut Sql, how: bool, of_keys: bool) {
        if self.matches.is_empty() {
            sql.push("SELECT -1 AS word, type, 0 AS points, record_id, role AS how, field, term FROM ").name(TERMS);
            sql.push(" WHERE FALSE");
            return;
        }
        for (at, one) in self.matches.iter().enumerate() {
            sql.push(if at == 0 { "" } else { " UNION ALL " });
            let word = one.word.map_or_else(|| "-1".to_owned(), |word| word.to_string());
            let fuzzy = matches!(one.terms, Terms::Near { .. }).then(|| FUZZY.to_string());
            self.write_selected(sql, &word, one.percent, how.then_some(fuzzy.as_deref().unwrap_or("i.role")));
            sql.push(" FROM ").table(TERMS, "i").push(" WHERE ");
            self.write_type(sql, "i");
            match &one.terms {
                Terms::Is(term) => _ = sql.push(" AND i.term = ").bind(Param::Text(term.clone())),
                Terms::Begin(start) => write_begin(sql, "i", start),
                Terms::Near { terms, unless, is_prefix } => {
                    sql.push(" AND i.term").in_texts(terms.clone());
                    self.write_unless(sql, |sql| _ = sql.push(" AND e.term").in_texts(unless.to_vec()));
                    if *is_prefix {
                        self.write_unless(sql, |sql| write_begin(sql, "e", &unless[0]));
                    }
                }
            }
            self.write_limits(sql, of_keys);
        }
        if !self.synonyms.is_empty() && !self.phrases.is_empty() && !self.in_any_type {
            sql.push(" UNION ALL ");
            let kind = Searched::Typed.index().to_string();
            self.write_selected(sql, "q.word", SYNONYM_PERCENT, how.then_some(&kind));
            sql.push(" FROM ");
            self.write_synonyms(sql);
            sql.by_dialect(" CROSS JOIN ", " JOIN ").table(TERMS, "i").push(" ON ");
            self.write_type(sql, "i");
            sql.push(" AND i.term = m.term");
            self.write_limits(sql, of_keys);
        }
    }

    /// Writes what is selected of a matching row of the index `i`. `kind` is the kind of match as SQL, if it is selected.
    fn write_selected(&self, sql: &mut Sql, word: &str, percent: u8, kind: Option<&str>) {
        sql.push("SELECT ").push(word).push(" AS word, ");
        sql.push(if self.is_of_several_types() { "i.type, " } else { "" });
        sql.push("i.weight * ").push(&percent.to_string()).push(" / 100 AS points, i.record_id");
        if let Some(kind) = kind {
            sql.push(", ").push(kind).push(" AS how, i.field, COALESCE(i.word, i.term) AS term");
        }
    }

    /// Writes the condition that no term `e` of the same type and no synonym matches, preceded by ` AND `.
    fn write_unless(&self, sql: &mut Sql, write_match: impl FnOnce(&mut Sql)) {
        sql.push(" AND NOT EXISTS (SELECT 1 FROM ").table(TERMS, "e").push(" WHERE ");
        if self.is_of_several_types() && !self.in_any_type {
            sql.push("e.type IN (i.type");
            for name in &self.synonyms {
                sql.push(", ").bind(Param::Text((*name).to_owned()));
            }
            sql.push(")");
        } else {
            let types = self.types.iter().chain(&self.synonyms);
            sql.column("e", "type").in_texts(types.map(|name| (*name).to_owned()).collect());
        }
        write_match(sql);
        sql.push(")");
    }

    /// Writes the conditions on the field and the record of a matching row, each preceded by ` AND `.
    fn write_limits(&self, sql: &mut Sql, of_keys: bool) {
        if !self.fields.is_empty() {
            sql.push(" AND i.field").in_texts(self.fields.clone());
        }
        if of_keys {
            sql.push(" AND i.record_id").in_keys();
        }
    }

    /// Writes the phrases `q(phrase, word, term)`, a row for each word of a phrase, joined to their synonyms `e` and the meanings
    /// `m` of these. SQLite keeps the order of a cross join. Without statistics, it would start with the largest table.
    fn write_synonyms(&self, sql: &mut Sql) {
        let mut before = "(";
        for (at, phrase) in self.phrases.iter().enumerate() {
            for (word, term) in phrase.words.clone().flat_map(|word| phrase.terms.iter().map(move |term| (word, term))) {
                let row = format!("{before}SELECT {at} AS phrase, {word} AS word, ");
                sql.push(&row).bind(Param::Text(term.clone())).push(" AS term");
                before = " UNION ALL ";
            }
        }
        sql.push(") AS q").by_dialect(" CROSS JOIN ", " JOIN ").table(TERMS, "e").push(" ON e.term = q.term AND e.type");
        sql.in_texts(self.synonyms.iter().map(|name| (*name).to_owned()).collect());
        sql.push(" AND e.role = ").push(&Searched::Typed.index().to_string());
        sql.by_dialect(" CROSS JOIN ", " JOIN ").table(TERMS, "m").push(" ON m.record_id = e.record_id AND m.role = ");
        sql.push(&Searched::Meaning.index().to_string());
    }

    fn write_type(&self, sql: &mut Sql, alias: &str) {
        sql.column(alias, "type");
        match self.types.as_slice() {
            [one] => _ = sql.push(" = ").bind(Param::Text((*one).to_owned())),
            types => _ = sql.in_texts(types.iter().map(|name| (*name).to_owned()).collect()),
        }
    }
}

/// Writes the condition that a term begins with a text, preceded by ` AND `.
fn write_begin(sql: &mut Sql, alias: &str, start: &str) {
    sql.push(" AND ").column(alias, "term").push(" >= ").bind(Param::Text(start.to_owned()));
    // No term contains the last code point.
    sql.push(" AND ").column(alias, "term").push(" < ").bind(Param::Text(format!("{start}\u{10ffff}")));
}
