//! [`BulkDatabase`] for PostgreSQL, with `COPY`. It prepares no statements, so it works through a pooler.

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, postgres::PgRow};
use tokio::sync::mpsc::{Receiver, Sender};

use super::{
    BulkDatabase, BulkError,
    rows::{Batch, CopyDecoder, SIGNATURE},
    table::{Column, Kind, Table, quoted},
};
use crate::store::{
    DatabaseUrl, cause,
    connect::{
        migrate::{MIGRATIONS, POSTGRES_TABLES},
        open::connect,
        transaction::{LIMITS as PUBLISHING, LOCK_REVISIONS, READING, WRITING},
    },
};

/// The statements that disable the time limits of the database role for a copy, because those limits are meant for
/// queries. A copy waits at most ten seconds for a lock.
const LIMITS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL lock_timeout = '10s'";

/// The key of the advisory lock of copies: "dermcopy" in ASCII. A source takes the lock in shared mode, a target in
/// exclusive mode. So a copy fails if source and target are the same database under two addresses.
const LOCK: i64 = 0x6465_726d_636f_7079;

/// The statement that lists the foreign keys, each with the statements that drop and create it.
const FOREIGN_KEYS: &str = r#"
SELECT c.relname::text AS "table", format('ALTER TABLE %I DROP CONSTRAINT %I', c.relname, k.conname) AS "drop",
    format('ALTER TABLE %I ADD CONSTRAINT %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) AS "create"
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND n.nspname = current_schema() ORDER BY k.conname"#;

/// The statement that lists the indexes that belong to no constraint, each with the statements that drop and create it.
const INDEXES: &str = r#"
SELECT c.relname::text AS "table", format('DROP INDEX %I', i.relname) AS "drop", pg_get_indexdef(i.oid) AS "create"
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid)
ORDER BY i.relname"#;

/// A database with an open transaction.
pub struct Postgres {
    connection: PgConnection,
    /// The statements that create the dropped indexes and foreign keys again.
    dropped: Vec<String>,
    /// The tables that were filled, quoted for SQL.
    filled: Vec<String>,
}

impl Postgres {
    pub async fn source(url: &DatabaseUrl, address: &str) -> Result<Self, BulkError> {
        let mut source = Self::begin(url, address, READING).await?;
        source.lock("pg_try_advisory_xact_lock_shared").await?;
        Ok(source)
    }

    pub async fn target(url: &DatabaseUrl, address: &str) -> Result<Self, BulkError> {
        let mut target = Self::begin(url, address, WRITING).await?;
        target.lock("pg_try_advisory_xact_lock").await?;
        target.execute(LOCK_REVISIONS).await?;
        Ok(target)
    }

    pub async fn publishing(url: &DatabaseUrl, address: &str) -> Result<Self, BulkError> {
        let mut database = Self::begin(url, address, WRITING).await?;
        database.execute(&format!("{PUBLISHING}; {LOCK_REVISIONS}")).await?;
        Ok(database)
    }

    async fn begin(url: &DatabaseUrl, address: &str, mode: &str) -> Result<Self, BulkError> {
        let mut database = Self { connection: connect(url, address).await?, dropped: Vec::new(), filled: Vec::new() };
        database.execute(&format!("BEGIN TRANSACTION {mode}; {LIMITS}")).await?;
        Ok(database)
    }

    /// Locks the database against other copies.
    async fn lock(&mut self, how: &str) -> Result<(), BulkError> {
        let locked = self.rows(&format!("SELECT {how}({LOCK})")).await?;
        match locked.first().map(|row| row.try_get(0)).transpose()? {
            Some(true) => Ok(()),
            _ => Err(BulkError::Locked),
        }
    }

    async fn execute(&mut self, sql: &str) -> Result<(), BulkError> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn rows(&mut self, sql: &str) -> Result<Vec<PgRow>, BulkError> {
        Ok(sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await?)
    }
}

impl BulkDatabase for Postgres {
    async fn tables(&mut self) -> Result<Vec<Table>, BulkError> {
        let sql = format!(
            "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL) FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             WHERE c.relname IN ({POSTGRES_TABLES}) AND c.relname <> '{MIGRATIONS}'
             AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
             ORDER BY c.relname COLLATE \"C\", a.attnum"
        );
        let mut tables: Vec<Table> = Vec::new();
        for row in self.rows(&sql).await? {
            let (table, name, ty): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let Some((kind, width)) = kind(&ty) else {
                return Err(BulkError::Tables(format!("{name} of {table} has the type {ty}, which is not supported")));
            };
            if tables.last().is_none_or(|last| last.name != table) {
                tables.push(Table { name: table, columns: Vec::new() });
            }
            tables.last_mut().map(|table| table.columns.push(Column { name, kind, width })).unwrap_or_default();
        }
        Ok(tables)
    }

    async fn count(&mut self, table: &Table) -> Result<u64, BulkError> {
        let rows = self.rows(&format!("SELECT COUNT(*) FROM {}", table.quoted())).await?;
        let count: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    async fn read(&mut self, table: &Table, rows: Sender<Batch>) -> Result<(), BulkError> {
        let columns: Vec<String> = table.columns.iter().map(selected).collect();
        let sql = format!("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)", columns.join(", "), table.quoted());
        let mut stream = self.connection.copy_out_raw(&sql).await?;
        let (mut incoming, mut batch) = (CopyDecoder::default(), Batch::default());
        while let Some(piece) = stream.try_next().await? {
            incoming.read(&piece, &mut batch);
            if batch.is_full() {
                rows.send(std::mem::take(&mut batch)).await.map_err(|_| BulkError::Stopped)?;
            }
        }
        if batch.is_empty() { Ok(()) } else { rows.send(batch).await.map_err(|_| BulkError::Stopped) }
    }

    async fn clear(&mut self, tables: &[Table]) -> Result<(), BulkError> {
        // Creating foreign keys and indexes again at the end takes a fraction of the time of updating them for each
        // row.
        for sql in [FOREIGN_KEYS, INDEXES] {
            for row in self.rows(sql).await? {
                let table: String = row.try_get("table")?;
                if tables.iter().any(|other| other.name == table) {
                    self.execute(row.try_get("drop")?).await?;
                    self.dropped.push(row.try_get("create")?);
                }
            }
        }
        self.filled = tables.iter().map(Table::quoted).collect();
        self.execute(&format!("TRUNCATE {}", self.filled.join(", "))).await
    }

    async fn write(&mut self, table: &Table, mut rows: Receiver<Batch>) -> Result<(), BulkError> {
        let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", table.quoted(), table.columns());
        let mut copying = self.connection.copy_in_raw(&sql).await?;
        copying.send([SIGNATURE.as_slice(), &[0; 8]].concat()).await?;
        while let Some(batch) = rows.recv().await {
            copying.send(outgoing(&batch, table)?).await?;
        }
        copying.send((-1_i16).to_be_bytes().as_slice()).await?;
        copying.finish().await?;
        Ok(())
    }

    async fn restore(&mut self, tables: &[Table]) -> Result<(), BulkError> {
        // In reverse order: indexes were dropped last and are created first, because foreign keys use them.
        while let Some(sql) = self.dropped.pop() {
            self.execute(&sql).await?;
        }
        for table in tables {
            let name = table.quoted();
            let identity = format!(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = {}::regclass AND attidentity <> ''",
                literal(&name)
            );
            for row in self.rows(&identity).await? {
                let column: String = row.try_get(0)?;
                self.execute(&format!(
                    "SELECT setval(pg_get_serial_sequence({}, {}), COALESCE((SELECT MAX({}) FROM {name}), 0) + 1, false)",
                    literal(&name),
                    literal(&column),
                    quoted(&column)
                ))
                .await?;
            }
        }
        Ok(())
    }

    async fn roll_back(mut self) -> Result<(), BulkError> {
        self.execute("ROLLBACK").await
    }

    async fn commit(mut self) -> Result<(), BulkError> {
        sqlx::raw_sql("COMMIT").execute(&mut self.connection).await.map_err(cause::of_bulk_commit)?;
        // The planner needs statistics of the new rows at once, and autovacuum would analyze the tables only later.
        if let Err(failure) = self.execute(&format!("ANALYZE {}", self.filled.join(", "))).await {
            tracing::warn!(error = &failure as &dyn std::error::Error, "cannot analyze the tables that were filled");
        }
        Ok(())
    }
}

/// Returns the type of the values of a column, and the number of bytes of its integers; `None` for types that no migration
/// uses.
fn kind(ty: &str) -> Option<(Kind, usize)> {
    Some(match ty {
        "smallint" => (Kind::Int, 2),
        "integer" => (Kind::Int, 4),
        "bigint" => (Kind::Int, 8),
        "double precision" => (Kind::Float, 8),
        "boolean" => (Kind::Boolean, 1),
        // jsonb is missing, because it does not store the text unchanged.
        "text" | "character varying" | "json" => (Kind::Text, 0),
        "bytea" => (Kind::Bytes, 0),
        _ => return None,
    })
}

/// Returns the SQL expression that reads a column in the encoding of a [`Batch`].
fn selected(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        Kind::Int => format!("{name}::bigint"),
        // Negative zero becomes zero, because SQLite does not store its sign.
        Kind::Float => format!("{name} + 0"),
        Kind::Boolean | Kind::Bytes => name,
        Kind::Text => format!("{name}::text"),
    }
}

/// Encodes rows for a table. Its integers may have fewer bytes than those of a batch.
fn outgoing(batch: &Batch, table: &Table) -> Result<Vec<u8>, BulkError> {
    let mut bytes = Vec::new();
    for row in batch.rows() {
        bytes.extend(u16::try_from(table.columns.len()).unwrap_or(u16::MAX).to_be_bytes());
        for (field, column) in row.zip(&table.columns) {
            let Some(mut field) = field else {
                bytes.extend((-1_i32).to_be_bytes());
                continue;
            };
            if column.kind == Kind::Int {
                field = narrowed(field, column.width).ok_or_else(|| BulkError::value(table, column))?;
            }
            bytes.extend(i32::try_from(field.len()).unwrap_or(i32::MAX).to_be_bytes());
            bytes.extend(field);
        }
    }
    Ok(bytes)
}

/// Returns the last `width` bytes of an integer; `None` if the value needs more bytes.
fn narrowed(integer: &[u8], width: usize) -> Option<&[u8]> {
    let (before, rest) = integer.split_at_checked(integer.len().checked_sub(width)?)?;
    let sign = if rest.first()? & 0x80 == 0 { 0 } else { 0xff };
    before.iter().all(|byte| *byte == sign).then_some(rest)
}

/// Quotes a text for SQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_narrowed_when_they_fit() {
        for (number, width, fits) in
            [(-1, 4, true), (i64::from(i32::MIN), 4, true), (1 << 31, 4, false), (-40_000, 2, false), (i64::MIN, 8, true)]
        {
            let bytes = number.to_be_bytes();
            let expected = fits.then(|| &bytes[8 - width..]);
            assert_eq!(narrowed(&bytes, width), expected, "{number}");
        }
    }
}
