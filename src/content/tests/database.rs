//! Migrations, entities and declarations describe the same tables.

use std::collections::BTreeSet;

use dermagraph_migration::{
    Migrator, MigratorTrait, SchemaManager,
    table::{NewTable, integer, nullable, text},
};
use rusqlite::Connection;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Database, DatabaseConnection, DatabaseTransaction, EntityTrait,
    IdenStatic as _, Iterable as _, Set, TransactionTrait as _,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    content::catalog,
    engine::catalog::{Field, Kind, ObjectType, Scalar, Via},
    entity,
};

/// A migrated SQLite database in a temporary file.
struct TestDatabase {
    folder: TempDir,
    database: DatabaseConnection,
}

impl TestDatabase {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("library.db").display());
        let database = Database::connect(url).await.unwrap();
        Migrator::up(&database, None).await.unwrap();
        Self { folder, database }
    }

    /// The tables of the library, with their columns and indexes.
    fn tables(&self) -> Tables {
        Tables(Connection::open(self.folder.path().join("library.db")).unwrap())
    }
}

struct Tables(Connection);

impl Tables {
    fn column<T: rusqlite::types::FromSql + Ord>(&self, sql: &str, table: &str) -> BTreeSet<T> {
        let mut statement = self.0.prepare(sql).unwrap();
        statement.query_map([table], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn names(&self) -> BTreeSet<String> {
        self.column("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> ?1", "seaql_migrations")
    }

    fn columns(&self, table: &str) -> BTreeSet<String> {
        self.column("SELECT name FROM pragma_table_info(?1)", table)
    }

    fn mandatory_columns(&self, table: &str) -> BTreeSet<String> {
        self.column("SELECT name FROM pragma_table_info(?1) WHERE \"notnull\"", table)
    }

    fn foreign_keys(&self, table: &str) -> BTreeSet<String> {
        self.column("SELECT \"from\" FROM pragma_foreign_key_list(?1)", table)
    }

    /// The columns of each index.
    fn indexes(&self, table: &str) -> Vec<Vec<String>> {
        let sql =
            "SELECT l.name, COALESCE(i.name, 'an expression') FROM pragma_index_list(?1) l, pragma_index_info(l.name) i
            ORDER BY l.name, i.seqno";
        let mut statement = self.0.prepare(sql).unwrap();
        let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let mut indexes: Vec<(String, Vec<String>)> = Vec::new();
        for (index, column) in rows.map(Result::unwrap) {
            match indexes.last_mut() {
                Some((name, columns)) if *name == index => columns.push(column),
                _ => indexes.push((index, vec![column])),
            }
        }
        indexes.into_iter().map(|(_, columns)| columns).collect()
    }

    /// The first columns of all indexes, including the primary key.
    fn index_heads(&self, table: &str) -> BTreeSet<String> {
        let sql = "SELECT i.name FROM pragma_index_list(?1) l, pragma_index_info(l.name) i
            WHERE i.seqno = 0 AND i.name IS NOT NULL
            UNION SELECT name FROM pragma_table_info(?1) WHERE pk = 1";
        self.column(sql, table)
    }
}

fn stored() -> impl Iterator<Item = (&'static ObjectType, &'static str)> {
    catalog().objects().filter_map(|object| object.table().map(|table| (object, table)))
}

#[tokio::test]
async fn migrations_can_be_applied_reverted_and_applied_again() {
    let fresh = TestDatabase::new().await;
    let before = fresh.tables().names();
    Migrator::down(&fresh.database, None).await.unwrap();
    assert_eq!(fresh.tables().names(), BTreeSet::new());
    Migrator::up(&fresh.database, None).await.unwrap();
    assert_eq!(fresh.tables().names(), before);
}

#[tokio::test]
async fn every_table_has_an_entity_with_its_columns() {
    async fn select<E: EntityTrait>(_: E, fresh: &TestDatabase, seen: &mut BTreeSet<String>) {
        let name = E::default().table_name();
        let rows = E::find().all(&fresh.database).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(rows.len(), 0, "{name} starts empty");
        let never_null = E::Column::iter().filter(|column| !column.def().is_null()).map(|column| column.as_str().to_owned());
        assert_eq!(never_null.collect::<BTreeSet<_>>(), fresh.tables().mandatory_columns(name), "{name}: never null");
        seen.insert(name.to_owned());
    }
    macro_rules! select_all {
        ($($($module:ident)::+),+ $(,)?) => {{
            let fresh = TestDatabase::new().await;
            let mut seen = BTreeSet::new();
            $(select(entity::$($module)::+::Entity, &fresh, &mut seen).await;)+
            assert_eq!(seen, fresh.tables().names());
        }};
    }
    select_all!(
        adjunct,
        adjunct_use,
        adverse_effect,
        api_key,
        biological_target,
        body_area,
        code,
        condition,
        contraindication,
        device,
        device_use,
        evidence,
        former_slug,
        idempotency_key,
        outcome_effect,
        outcome_measure,
        procedure,
        record_change,
        revision,
        search_block,
        source,
        synonym,
        treatment_outcome,
        link::adjunct_source,
        link::biological_target_source,
        link::condition_ancestor,
        link::condition_body_area,
        link::condition_source,
        link::device_source,
        link::outcome_measure_condition,
        link::outcome_measure_source,
        link::procedure_adjunct,
        link::procedure_body_area,
        link::procedure_contraindicated_condition,
        link::procedure_device,
        link::procedure_source,
        link::procedure_target,
        link::treatment_outcome_adjunct,
        link::treatment_outcome_also_covers,
        link::treatment_outcome_condition,
        link::treatment_outcome_measure,
        link::treatment_outcome_source,
        link::treatment_outcome_target,
    );
}

#[tokio::test]
async fn every_declared_column_exists_and_is_mandatory_if_it_is_never_null() {
    let tables = TestDatabase::new().await.tables();
    for (object, table) in stored() {
        let (columns, mandatory) = (tables.columns(table), tables.mandatory_columns(table));
        for field in &object.fields {
            let Some(column) = field.column else { continue };
            let list = matches!(field.kind, Kind::Scalars(_) | Kind::Values(_) | Kind::Refs(_));
            assert!(columns.contains(column), "{table}.{column} for {}.{}", object.name, field.name);
            assert_eq!(mandatory.contains(column), field.required || list, "{table}.{column} is mandatory");
        }
    }
}

#[tokio::test]
async fn every_relation_has_its_columns() {
    let tables = TestDatabase::new().await.tables();
    let has = |table: &str, wanted: &[&str]| {
        let columns = tables.columns(table);
        assert!(wanted.iter().all(|column| columns.contains(*column)), "{table} has {wanted:?}");
    };
    for field in catalog().objects().flat_map(|object| &object.fields) {
        match &field.kind {
            Kind::Parts { part, owner } => has(part.table, &["id", "position", owner]),
            Kind::Many(many) => match many.via {
                // The two fields that it names have their own tables.
                Via::Through(_) => {}
                Via::ForeignKey { column, order } => {
                    has(many.target.table, &[column]);
                    has(many.target.table, order.as_slice());
                }
                Via::Link { table, .. } => {
                    has(table, &["id", "owner_id", "position", "target_id"]);
                    for switches in 0..1 << many.switches.len() {
                        let values: Vec<bool> = (0..many.switches.len()).map(|bit| switches >> bit & 1 == 1).collect();
                        has(table, (many.required_flag)(&values).as_slice());
                    }
                }
            },
            _ => {}
        }
    }
}

#[tokio::test]
async fn every_column_to_filter_sort_or_join_by_has_an_index() {
    let tables = TestDatabase::new().await.tables();
    for table in tables.names() {
        let (keys, heads) = (tables.foreign_keys(&table), tables.index_heads(&table));
        assert!(keys.is_subset(&heads), "{table}: {keys:?} in {heads:?}");
    }
    for (object, table) in stored() {
        let heads = tables.index_heads(table);
        let with_index =
            |field: &&Field| field.indexed && matches!(field.kind, Kind::Id(_) | Kind::Scalar(_) | Kind::One(_));
        for field in object.fields.iter().filter(with_index) {
            let column = field.column.unwrap();
            assert!(heads.contains(column), "{table}.{column} has no index");
        }
    }
}

#[tokio::test]
async fn the_list_of_keys_has_an_index_in_its_order() {
    let tables = TestDatabase::new().await.tables();
    assert!(tables.indexes("api_key").contains(&["created_at", "id"].map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn every_sortable_column_has_an_index_in_its_order() {
    let tables = TestDatabase::new().await.tables();
    let mut missing = Vec::new();
    for (object, role) in catalog().contents() {
        let indexes = tables.indexes(role.table);
        let order = object.field(role.default_order).and_then(|field| field.column).unwrap();
        let columns = object.fields.iter().filter(|field| field.indexed && matches!(field.kind, Kind::Scalar(_)));
        for column in columns.filter_map(|field| field.column).filter(|column| *column != "slug") {
            let mut wanted = vec![column, order, "id"];
            wanted.dedup();
            // A slug is unique, so no column need follow it.
            wanted.truncate(wanted.iter().position(|column| *column == "slug").map_or(wanted.len(), |at| at + 1));
            missing.extend((!indexes.iter().any(|columns| columns == &wanted)).then_some((role.table, wanted)));
        }
    }
    assert!(missing.is_empty(), "no index of {missing:?}");
}

#[tokio::test]
async fn an_enumeration_has_an_index_in_the_declared_order() {
    let tables = TestDatabase::new().await.tables();
    let mut missing = Vec::new();
    for (object, role) in catalog().contents() {
        let table = role.table;
        let order = object.field(role.default_order).and_then(|field| field.column).unwrap();
        let tail = if order == "slug" { r#""slug""#.to_owned() } else { format!(r#""{order}", "id""#) };
        for field in object.fields.iter().filter(|field| field.indexed) {
            let (Kind::Scalar(Scalar::Choice(ix)), Some(column)) = (&field.kind, field.column) else { continue };
            let values = catalog().choice(*ix).values.iter().enumerate();
            let ranks: Vec<String> = values.map(|(rank, (name, _))| format!(" WHEN '{name}' THEN {rank}")).collect();
            let ranks = ranks.concat();
            let wanted =
                format!(r#"CREATE INDEX "{table}_{column}_rank_idx" ON "{table}" ((CASE "{column}"{ranks} END), {tail})"#);
            let found: BTreeSet<String> = tables
                .column("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name = ?1", table);
            missing.extend((!found.contains(&wanted)).then_some(wanted));
        }
    }
    assert!(missing.is_empty(), "create these indexes in a migration: {missing:#?}");
}

#[tokio::test]
async fn the_indexes_of_a_new_table_end_in_its_default_order() {
    let fresh = TestDatabase::new().await;
    let table = NewTable::content(&SchemaManager::new(&fresh.database), "guideline");
    let table = table.indexed(text("name")).indexed(nullable(integer("year"))).ordered_by("name");
    table.create(&SchemaManager::new(&fresh.database)).await.unwrap();
    let mut indexes = fresh.tables().indexes("guideline");
    indexes.sort();
    assert_eq!(indexes, [&["name", "id"][..], &["revision", "name", "id"], &["slug"], &["year", "name", "id"]]);
}

async fn write_condition(database: &DatabaseTransaction, id: i64, parent_id: Option<i64>) {
    let condition = entity::condition::ActiveModel {
        id: Set(id),
        slug: Set(format!("condition-{id}")),
        formerly: Set(json!([])),
        revision: Set(1),
        notice: Set("Educational.".to_owned()),
        name: Set(format!("Condition {id}")),
        aliases: Set(json!([])),
        kind: Set("SCAR".to_owned()),
        parent_id: Set(parent_id),
        description: Set("A scar.".to_owned()),
        signs: Set(json!([])),
        causes: Set(json!([])),
        diagnose_first: Set(None),
        diagnosis_note: Set(None),
        review: Set(None),
        sources: Set(json!([])),
        field_sources: Set(json!([])),
    };
    condition.insert(database).await.unwrap();
}

fn code(condition: Option<i64>, adjunct: Option<i64>) -> entity::code::ActiveModel {
    entity::code::ActiveModel {
        condition_id: Set(condition),
        adjunct_id: Set(adjunct),
        position: Set(0),
        system: Set("MESH".to_owned()),
        code: Set("D002921".to_owned()),
        display: Set("Cicatrix".to_owned()),
        r#match: Set("EXACT".to_owned()),
        sources: Set(json!([])),
        ..Default::default()
    }
}

#[tokio::test]
async fn records_can_be_written_in_any_order_and_cannot_be_deleted_while_referred_to() {
    let TestDatabase { database, folder: _folder } = TestDatabase::new().await;
    let writing = database.begin().await.unwrap();
    write_condition(&writing, 2, Some(1)).await;
    write_condition(&writing, 1, None).await;
    writing.commit().await.unwrap();

    entity::condition::Entity::delete_by_id(1).exec(&database).await.expect_err("condition 2 refers to it");
    assert_eq!(entity::condition::Entity::find().all(&database).await.unwrap().len(), 2);
}

#[tokio::test]
async fn parts_have_one_owner_and_are_deleted_with_it() {
    let TestDatabase { database, folder: _folder } = TestDatabase::new().await;
    let writing = database.begin().await.unwrap();
    write_condition(&writing, 1, None).await;
    code(Some(1), None).insert(&writing).await.unwrap();
    code(None, None).insert(&writing).await.expect_err("it has no owner");
    code(Some(1), Some(1)).insert(&writing).await.expect_err("it has two owners");
    writing.commit().await.unwrap();

    entity::condition::Entity::delete_by_id(1).exec(&database).await.unwrap();
    assert_eq!(entity::code::Entity::find().all(&database).await.unwrap().len(), 0);
}
