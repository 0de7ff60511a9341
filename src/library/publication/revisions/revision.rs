//! Revisions: one row for each publication.

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Order, Query, SelectStatement},
};
use time::OffsetDateTime;

use super::checksum::LibraryChecksum;
use crate::{
    engine::catalog::Catalog,
    library::{
        document::dates::timestamp,
        error::LibraryError,
        publication::{
            report::PublicationReport,
            row_stream::{RowStream, Rows},
            sink::RowSink,
        },
    },
};

const TABLE: &str = "revision";

pub(in crate::library) const FIRST: i64 = 1;

/// Maximum length of the message of a revision, in characters.
pub const MAX_MESSAGE: usize = 500;

#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::library) struct Revision {
    /// Its number, from 1; 0 before the first publication.
    pub number: i64,
    /// The highest id that was ever assigned to a record.
    pub last_id: i64,
    pub checksum: LibraryChecksum,
}

/// The author of a revision, and the reason for it.
#[derive(Clone, Debug, Default)]
pub(in crate::library) struct Signature {
    /// The name of an API key or the subject of a token; `None` if a command publishes.
    pub author: Option<String>,
    /// The reason as the author writes it; `None` if the author states none.
    pub message: Option<String>,
}

impl Revision {
    /// Reads the latest revision.
    ///
    /// # Errors
    /// If the database cannot be read, or the stored checksum is invalid.
    pub async fn latest(db: &impl ConnectionTrait) -> Result<Self, LibraryError> {
        let mut select = Query::select();
        select.order_by("id", Order::Desc).limit(1);
        Self::read(select, db).await
    }

    /// Reads the revision with a number. If there is none, returns the default, whose number is 0.
    pub async fn numbered(number: i64, db: &impl ConnectionTrait) -> Result<Self, LibraryError> {
        let mut select = Query::select();
        select.and_where(Expr::col("id").eq(number));
        Self::read(select, db).await
    }

    async fn read(mut select: SelectStatement, db: &impl ConnectionTrait) -> Result<Self, LibraryError> {
        select.columns(["id", "last_id", "checksum"]).from(TABLE);
        let Some(row) = db.query_one(&select).await? else { return Ok(Self::default()) };
        let (number, last_id) = (row.try_get("", "id")?, row.try_get("", "last_id")?);
        let checksum = row.try_get::<String>("", "checksum")?.parse();
        let checksum = checksum.map_err(|_| LibraryError::Damaged(format!("revision {number} has no valid checksum.")))?;
        Ok(Self { number, last_id, checksum })
    }

    /// Writes the revision, which is published at `now`. `report` has its changes.
    pub async fn publish<T: RowSink>(
        &self,
        target: &mut T,
        catalog: &Catalog,
        report: &PublicationReport,
        Signature { author, message }: &Signature,
        now: OffsetDateTime,
    ) -> Result<(), LibraryError> {
        let mut rows = Rows::default();
        rows.name(["id", "published_at", "summary", "last_id", "checksum", "author", "message", "records"]);
        let checksum = self.checksum.to_string();
        rows.values.extend([
            self.number.into(),
            timestamp(now)?.into(),
            report.summary(catalog).into(),
            self.last_id.into(),
            checksum.into(),
        ]);
        let records = i32::try_from(report.records()).unwrap_or(i32::MAX);
        rows.values.extend([author.clone().into(), message.clone().into(), records.into()]);
        target.write(TABLE, None, &mut RowStream::just(T::rows(rows)?)).await
    }
}
