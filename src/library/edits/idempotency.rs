//! Idempotency keys: a client that does not know whether its edit was published sends it again with the same key.

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Query},
};

use crate::library::{
    document::dates::timestamp,
    error::LibraryError,
    problem::{Problem, ProblemCode},
};
use serde_json::{Value as Json, json};
use time::{Duration, OffsetDateTime};

const TABLE: &str = "idempotency_key";

/// How long a key is stored: longer than any client retries.
const RETENTION: Duration = Duration::days(1);

/// Maximum length of a stored report, in bytes. Usual ones are much shorter.
const MAX_REPORT: usize = 256 * 1024;

/// The key of an edit.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// Identifies the principal that sent the edit. Keys of different principals are independent.
    pub author: String,
    /// The key, which the client has chosen.
    pub key: String,
    /// A hash of the request. Another request with the same key is refused.
    pub request: String,
}

impl IdempotencyKey {
    /// Returns the report of the edit that was published with this key before; `None` if there was none.
    ///
    /// # Errors
    /// If the key belongs to another request, or the database cannot be read.
    pub(in crate::library) async fn report(
        &self,
        db: &impl ConnectionTrait,
        now: OffsetDateTime,
    ) -> Result<Option<Json>, LibraryError> {
        let mut select = Query::select();
        select.columns(["request", "report"]).from(TABLE);
        select.and_where(Expr::col("author").eq(self.author.as_str())).and_where(Expr::col("key").eq(self.key.as_str()));
        select.and_where(Expr::col("created_at").gt(timestamp(now - RETENTION)?));
        let Some(row) = db.query_one(&select).await? else { return Ok(None) };
        if row.try_get::<String>("", "request")? != self.request {
            let sentence = "This key belongs to another mutation that you have sent. Choose a new one.".to_owned();
            let problem = Problem::of_argument("idempotencyKey".into(), ProblemCode::IdempotencyMismatch, sentence);
            return Err(LibraryError::Problems(vec![problem]));
        }
        let report = serde_json::from_str(&row.try_get::<String>("", "report")?);
        Ok(Some(report.map_err(|_| LibraryError::Damaged("the report of a mutation is not JSON.".to_owned()))?))
    }

    /// Stores the report of an edit, in the transaction that publishes it. A report that is too long is stored without its
    /// changes and warnings; the history has the changes. Removes the keys that are too old.
    pub(in crate::library) async fn store(
        &self,
        db: &impl ConnectionTrait,
        mut report: Json,
        now: OffsetDateTime,
    ) -> Result<(), LibraryError> {
        let mut delete = Query::delete();
        delete.from_table(TABLE).and_where(Expr::col("created_at").lte(timestamp(now - RETENTION)?));
        db.execute(&delete).await?;
        let mut text = report.to_string();
        if text.len() > MAX_REPORT {
            for list in ["changes", "warnings"] {
                report[list] = json!([]);
            }
            text = report.to_string();
        }
        let mut insert = Query::insert();
        insert.into_table(TABLE).columns(["author", "key", "request", "report", "created_at"]);
        let values = [&*self.author, &self.key, &self.request, &text, &timestamp(now)?];
        insert.values_panic(values.map(Expr::from));
        db.execute(&insert).await?;
        Ok(())
    }
}
