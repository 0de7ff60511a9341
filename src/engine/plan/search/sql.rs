//! The SQL of a search, over the table of terms.

use super::{FUZZY, Match, NEAR_PERCENT, Near, Search, Terms};
use crate::{
    engine::{
        catalog::Searched,
        search::TERMS,
        sql::{template::Template, writer::Sql},
    },
    store::reading::statement::{Dialect, Param, Read},
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
        let several = self.is_of_several_types();
        let scored = self.write_scored(sql);
        let found = sql.once(|sql| {
            let share = format!(" * c.words * c.words / {}", self.words().max(1).pow(2));
            sql.push("SELECT c.id, c.score").push(if several { &share } else { "" }).push(" AS score FROM ");
            // SQLite keeps the order of a cross join. The other table has a row for each type.
            sql.table(&scored, "c").by_dialect(" CROSS JOIN ", " JOIN ").push("(SELECT ");
            sql.push(if several { "type, " } else { "" }).push("MAX(score) AS best FROM ").name(&scored);
            sql.push(" WHERE words = most").push(if several {
                " GROUP BY type) AS b ON c.type = b.type"
            } else {
                ") AS b ON TRUE"
            });
            sql.push(" WHERE c.words = c.most OR c.score >= b.best");
        });
        sql.table(&found, FOUND);
        found
    }

    /// Writes the matching records with their points as a table `(type, id, score, words, most)`. `words` is the number of
    /// words that a record has, and `most` the greatest of them in its type.
    fn write_scored(&self, sql: &mut Sql) -> String {
        let several = self.is_of_several_types();
        let of_type = if several { "type, " } else { "" };
        let words = 0..self.words().max(1);
        let list = |write: &dyn Fn(usize) -> String| words.clone().map(write).collect::<Vec<_>>();
        let has = list(&|at| format!("CASE WHEN p{at} IS NULL THEN 0 ELSE 1 END")).join(" + ");
        // One row for each record: sorting the matches is what takes the time.
        let matched = sql.once(|sql| {
            let points = list(&|at| format!(", MAX(CASE WHEN word = {at} THEN points END) AS p{at}")).concat();
            sql.push("SELECT ").push(of_type).push("record_id AS id, MAX(CASE WHEN word < 0 THEN points END) AS whole");
            sql.push(&points).push(" FROM (");
            self.write_matches(sql, false, false);
            sql.push(") AS m GROUP BY ").push(of_type).push("record_id");
        });
        let counted = sql.once(|sql| {
            let counts = list(&|at| format!(", COUNT(p{at}) AS n{at}")).concat();
            sql.push("SELECT ").push(of_type).push("MAX(").push(&has).push(") AS most").push(&counts).push(" FROM ");
            sql.name(&matched).push(if several { " GROUP BY type" } else { "" });
        });
        let weighted = sql.once(|sql| {
            let percent = list(&|at| format!(", {} AS r{at}", rarity(at))).concat();
            let counts = list(&|at| format!("COALESCE(NULLIF(n{at}, 0), {})", i32::MAX));
            let (least, end) = if counts.len() > 1 { (sql_least(sql.dialect()), ")") } else { ("", "") };
            sql.push("SELECT ").push(of_type).push("most").push(&percent).push(" FROM (SELECT *, ").push(least);
            sql.push(&counts.join(", ")).push(end).push(" AS least FROM ").name(&counted).push(") AS n");
        });
        sql.once(|sql| {
            let points = list(&|at| format!(" + COALESCE(c.p{at} * r.r{at} / 100, 0)")).concat();
            sql.push("SELECT ").push(if several { "c.type, " } else { "" }).push("c.id, COALESCE(c.whole, 0)").push(&points);
            sql.push(" AS score, ").push(&has).push(" AS words, r.most FROM ").table(&matched, "c");
            sql.by_dialect(" CROSS JOIN ", " JOIN ").table(&weighted, "r");
            sql.push(if several { " ON c.type = r.type" } else { " ON TRUE" });
        })
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
        let is_near = |one: &&Match| matches!(one.terms, Terms::Near(_));
        let matches: Vec<Match> = self.matches.iter().filter(is_near).cloned().collect();
        if matches.is_empty() {
            return None;
        }
        let mut sql = Sql::new(dialect);
        sql.push("SELECT DISTINCT word, term FROM (");
        let types = self.types.iter().chain(&self.synonyms).copied().collect();
        Self { matches, types, in_any_type: true, ..self.clone() }.write_matches(&mut sql, true, false);
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
            let fuzzy = matches!(one.terms, Terms::Near(_)).then(|| FUZZY.to_string());
            self.write_selected(sql, &word, &one.percent.to_string(), how.then_some(fuzzy.as_deref().unwrap_or("i.role")));
            sql.push(" FROM ").table(TERMS, "i").push(" WHERE ");
            match &one.terms {
                Terms::Near(near) => self.write_near(sql, near),
                terms => {
                    self.write_type(sql, "i");
                    write_terms(sql, "i", terms);
                }
            }
            self.write_limits(sql, of_keys);
        }
        if !self.synonyms.is_empty() && !self.phrases.is_empty() && !self.in_any_type {
            sql.push(" UNION ALL ");
            let kind = Searched::Typed.index().to_string();
            self.write_selected(sql, "q.word", "q.percent", how.then_some(&kind));
            sql.push(" FROM ");
            self.write_synonyms(sql);
            sql.by_dialect(" CROSS JOIN ", " JOIN ").table(TERMS, "i").push(" ON ");
            self.write_type(sql, "i");
            sql.push(" AND i.term = m.term");
            self.write_limits(sql, of_keys);
        }
    }

    /// Writes what is selected of a matching row of the index `i`. `kind` is the kind of match as SQL, if it is selected.
    fn write_selected(&self, sql: &mut Sql, word: &str, percent: &str, kind: Option<&str>) {
        sql.push("SELECT ").push(word).push(" AS word, ");
        sql.push(if self.is_of_several_types() { "i.type, " } else { "" });
        sql.push("i.weight * ").push(percent).push(" / 100 AS points, i.record_id");
        if let Some(kind) = kind {
            sql.push(", ").push(kind).push(" AS how, i.field, COALESCE(i.word, i.term) AS term");
        }
    }

    /// Writes the condition that a row `i` has the term of a similar word, and that neither its type nor a synonym has the
    /// word itself. The types without the word are found first, so that only their rows are read.
    fn write_near(&self, sql: &mut Sql, near: &Near) {
        if self.is_of_several_types() && !self.in_any_type {
            sql.push("i.type IN (SELECT y.value FROM ").texts(self.types(), "y").push(" WHERE TRUE");
            self.write_unless(sql, near, Some("y.value"));
            sql.push(")");
        } else {
            self.write_type(sql, "i");
            self.write_unless(sql, near, None);
        }
        sql.push(" AND i.term").in_texts(near.terms.clone());
    }

    /// Writes the conditions that no term has the word of similar ones, each preceded by ` AND `: in one type and in
    /// synonyms, or in all types of the search and in synonyms.
    fn write_unless(&self, sql: &mut Sql, near: &Near, of_type: Option<&str>) {
        let is_equal = Terms::Among(near.unless.clone());
        for terms in std::iter::once(is_equal).chain(near.prefix.clone().map(Terms::Begin)) {
            sql.push(" AND NOT EXISTS (SELECT 1 FROM ").table(TERMS, "e").push(" WHERE ");
            if let Some(of_type) = of_type {
                sql.push("e.type IN (").push(of_type);
                for name in &self.synonyms {
                    sql.push(", ").bind(Param::Text((*name).to_owned()));
                }
                sql.push(")");
            } else {
                let synonyms = self.synonyms.iter().map(|name| (*name).to_owned());
                sql.column("e", "type").in_texts(self.types().into_iter().chain(synonyms).collect());
            }
            write_terms(sql, "e", &terms);
            sql.push(")");
        }
    }

    fn types(&self) -> Vec<String> {
        self.types.iter().map(|name| (*name).to_owned()).collect()
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

    /// Writes the phrases `q(phrase, word, term, percent)`, a row for each word of a phrase and for each similar word, joined
    /// to their synonyms `e` and the meanings `m` of these. SQLite keeps the order of a cross join. Without statistics, it
    /// would start with the largest table.
    fn write_synonyms(&self, sql: &mut Sql) {
        let mut before = "(";
        for (at, phrase) in self.phrases.iter().enumerate() {
            for (word, term) in phrase.words.clone().flat_map(|word| phrase.terms.iter().map(move |term| (word, term))) {
                let row = format!("{before}SELECT {at} AS phrase, {word} AS word, {SYNONYM_PERCENT} AS percent, ");
                sql.push(&row).bind(Param::Text(term.clone())).push(" AS term");
                before = " UNION ALL ";
            }
            if let Some(near) = &phrase.near {
                let percent = u32::from(SYNONYM_PERCENT) * u32::from(NEAR_PERCENT) / 100;
                sql.push(&format!(" UNION ALL SELECT {at}, {}, {percent}, y.value FROM ", phrase.words.start));
                sql.texts(near.terms.clone(), "y").push(" WHERE TRUE");
                self.write_unless(sql, near, None);
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

/// Writes the condition that a row has one of these terms, preceded by ` AND `.
fn write_terms(sql: &mut Sql, alias: &str, terms: &Terms) {
    sql.push(" AND ").column(alias, "term");
    match terms {
        Terms::Is(term) => _ = sql.push(" = ").bind(Param::Text(term.clone())),
        Terms::Among(terms) | Terms::Near(Near { terms, .. }) => _ = sql.in_texts(terms.clone()),
        Terms::Begin(start) => {
            sql.push(" >= ").bind(Param::Text(start.clone())).push(" AND ").column(alias, "term").push(" < ");
            // No term contains the last code point.
            sql.bind(Param::Text(format!("{start}\u{10ffff}")));
        }
    }
}

/// Returns the function of a database that returns the least of its arguments, with the opening parenthesis.
fn sql_least(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Sqlite { "MIN(" } else { "LEAST(" }
}

/// Returns the percentage of the points of a word that count, as SQL: the more records have the word, in comparison with the
/// rarest word of the text (`least`), the fewer. So `IPL laser` first finds what is called IPL.
fn rarity(word: usize) -> String {
    /// Ratios to the least number of records, and the percentages below them.
    const STEPS: [(u32, u8); 5] = [(2, 100), (4, 80), (8, 65), (16, 50), (32, 40)];
    /// The percentage of more frequent words.
    const FREQUENT: u8 = 30;
    // A quotient does not exceed the range of integers.
    let step = |(ratio, percent): &(u32, u8)| format!("WHEN n{word} / {ratio} < least THEN {percent} ");
    format!("CASE {}ELSE {FREQUENT} END", STEPS.iter().map(step).collect::<String>())
}
