//! One statement for the whole response, which the database writes as JSON.

use std::rc::Rc;

use rusqlite::{Connection, functions::FunctionFlags, named_params};
use sqlx::{AssertSqlSafe, PgPool};

use super::{RivalError, cursor};
use crate::question::{Question, Root};

/// On SQLite, on the serving thread.
pub struct OnSqlite {
    connection: Rc<Connection>,
    list: String,
    page: String,
}

impl OnSqlite {
    /// Creates the rival, and adds the functions for cursors to the database connection.
    pub fn new(connection: Rc<Connection>) -> rusqlite::Result<Self> {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function("cursor_of_procedure", 2, flags, |context| {
            let name: Option<String> = context.get(0)?;
            let id: Option<i64> = context.get(1)?;
            Ok(name.zip(id).map(|(name, id)| cursor::of_procedure(&name, id)))
        })?;
        connection.create_scalar_function("cursor_of_outcome", 2, flags, |context| {
            let position: Option<i64> = context.get(0)?;
            let id: Option<i64> = context.get(1)?;
            Ok(position.zip(id).map(|(position, id)| cursor::of_outcome(position, id)))
        })?;
        let put = |sql: &str| sql.replace("{card}", include_str!("sql/card.sqlite.sql"));
        let (list, page) = (put(include_str!("sql/list.sqlite.sql")), put(include_str!("sql/page.sqlite.sql")));
        Ok(Self { connection, list, page })
    }

    /// Returns the response to a query as JSON.
    pub fn execute(&self, question: &Question) -> Result<Vec<u8>, RivalError> {
        let Question { root, outcomes, sources } = question;
        let text: String = match root {
            Root::List { procedures } => self.connection.prepare_cached(&self.list)?.query_row(
                named_params! { ":procedures": procedures, ":outcomes": outcomes, ":sources": sources },
                |row| row.get(0),
            )?,
            Root::Page { slug } => self
                .connection
                .prepare_cached(&self.page)?
                .query_row(named_params! { ":slug": slug, ":outcomes": outcomes, ":sources": sources }, |row| row.get(0))?,
        };
        Ok(text.into_bytes())
    }
}

/// On PostgreSQL, through SQLx.
#[derive(Clone)]
pub struct OnPostgres {
    pool: PgPool,
    list: String,
    page: String,
}

impl OnPostgres {
    /// Creates the rival with a pool.
    pub fn new(pool: PgPool) -> Self {
        let last_procedure = "(array_agg(p.id ORDER BY p.name DESC, p.id DESC))[1]";
        let last_outcome = "(array_agg(o.id ORDER BY o.position DESC, o.id DESC))[1]";
        let of_procedure = cursor_in_sql(cursor::PROCEDURES, "to_json(max(p.name))::text", last_procedure);
        let of_outcome = cursor_in_sql(cursor::OUTCOMES, "max(o.position)", last_outcome);
        let put = |sql: &str| {
            sql.replace("{card}", include_str!("sql/card.postgres.sql"))
                .replace("{outcomes}", include_str!("sql/outcomes.postgres.sql"))
                .replace("{cursor_of_procedure}", &of_procedure)
                .replace("{cursor_of_outcome}", &of_outcome)
        };
        let (list, page) = (put(include_str!("sql/list.postgres.sql")), put(include_str!("sql/page.postgres.sql")));
        Self { pool, list, page }
    }

    /// Returns the response to a query as JSON.
    pub async fn execute(&self, question: &Question) -> Result<Vec<u8>, RivalError> {
        let Question { root, outcomes, sources } = question;
        let (outcomes, sources) = (i64::from(*outcomes), i64::from(*sources));
        let query = match root {
            Root::List { procedures } => sqlx::query_scalar(AssertSqlSafe(self.list.as_str())).bind(i64::from(*procedures)),
            Root::Page { slug } => sqlx::query_scalar(AssertSqlSafe(self.page.as_str())).bind(slug.as_str()),
        };
        let text: String = query.bind(outcomes).bind(sources).fetch_one(&self.pool).await?;
        Ok(text.into_bytes())
    }
}

/// Returns the SQL of the cursor of the last row of a page, from the SQL of its key and of its id; null if there is no row.
fn cursor_in_sql(fingerprint: u32, key: &str, id: &str) -> String {
    let json = format!("'[{fingerprint},' || {key} || ',' || {id} || ']'");
    // PostgreSQL writes base64 with line breaks, in an alphabet that is not safe in URLs.
    format!(r"rtrim(translate(encode(convert_to({json}, 'UTF8'), 'base64'), E'+/\n', '-_'), '=')")
}
