//! Resolvers of async-graphql with data loaders over SeaORM models, as its documentation shows them.

use std::collections::HashMap;

use async_graphql::{
    ComplexObject, Context, EmptyMutation, EmptySubscription, Error, ID, Object, OneofObject, Result, Schema, SimpleObject,
    dataloader::{DataLoader, Loader},
    runtime::{TokioSpawner, TokioTimer},
};

use super::{
    cursor,
    levels::Levels as _,
    rows::{ConditionRow, OutcomeRow, ProcedureRow, SourceRow},
    seaorm::SeaOrm,
};

/// The schema of the resolvers.
pub type Resolvers = Schema<Query, EmptyMutation, EmptySubscription>;

/// Builds the schema for a database.
pub fn schema(database: SeaOrm) -> Resolvers {
    Schema::build(Query, EmptyMutation, EmptySubscription).data(database).finish()
}

/// The loaders of one request.
pub fn loaders(database: &SeaOrm) -> DataLoader<Batches> {
    DataLoader::new(Batches(database.clone()), TokioSpawner::current(), TokioTimer::default())
}

/// Reads in one statement the rows that many resolvers need.
pub struct Batches(SeaOrm);

/// The first outcomes of a procedure.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OutcomesOf {
    procedure: i64,
    first: u32,
}

/// A condition by id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConditionKey(i64);

/// A source by id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceKey(i64);

impl Loader<OutcomesOf> for Batches {
    type Value = Vec<TreatmentOutcome>;
    type Error = Error;

    async fn load(&self, keys: &[OutcomesOf]) -> Result<HashMap<OutcomesOf, Self::Value>> {
        let mut found: HashMap<OutcomesOf, Self::Value> = HashMap::with_capacity(keys.len());
        // All keys of one level have the same page size, except if a query selects the field twice under aliases.
        let sizes: std::collections::BTreeSet<u32> = keys.iter().map(|key| key.first).collect();
        for first in sizes {
            let procedures: Vec<i64> = keys.iter().filter(|key| key.first == first).map(|key| key.procedure).collect();
            for row in self.0.outcomes(&procedures, i64::from(first) + 1).await? {
                let key = OutcomesOf { procedure: row.procedure_id, first };
                found.entry(key).or_default().push(row.into());
            }
        }
        Ok(found)
    }
}

impl Loader<ConditionKey> for Batches {
    type Value = Condition;
    type Error = Error;

    async fn load(&self, keys: &[ConditionKey]) -> Result<HashMap<ConditionKey, Condition>> {
        let ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let rows = self.0.conditions(&ids).await?;
        Ok(rows.into_iter().map(|row| (ConditionKey(row.id), row.into())).collect())
    }
}

impl Loader<SourceKey> for Batches {
    type Value = Source;
    type Error = Error;

    async fn load(&self, keys: &[SourceKey]) -> Result<HashMap<SourceKey, Source>> {
        let ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let rows = self.0.sources(&ids).await?;
        Ok(rows.into_iter().map(|row| (SourceKey(row.id), row.into())).collect())
    }
}

/// The query root.
pub struct Query;

#[Object]
impl Query {
    async fn procedures(&self, context: &Context<'_>, first: u32) -> Result<ProcedureConnection> {
        let size = first as usize;
        let mut rows = context.data::<SeaOrm>()?.procedures(i64::from(first) + 1).await?;
        let has_next_page = rows.len() > size;
        rows.truncate(size);
        let end_cursor = rows.last().map(|last| cursor::of_procedure(&last.name, last.id));
        let nodes = rows.into_iter().map(Procedure::from).collect();
        Ok(ProcedureConnection { nodes, page_info: PageInfo { has_next_page, end_cursor } })
    }

    async fn procedure(&self, context: &Context<'_>, by: ProcedureBy) -> Result<Option<Procedure>> {
        let ProcedureBy::Slug(slug) = by;
        Ok(context.data::<SeaOrm>()?.procedure(&slug).await?.map(Procedure::from))
    }
}

/// Selects a procedure.
#[derive(OneofObject)]
pub enum ProcedureBy {
    /// By slug.
    Slug(String),
}

#[derive(SimpleObject)]
pub struct ProcedureConnection {
    nodes: Vec<Procedure>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
pub struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Procedure {
    #[graphql(skip)]
    key: i64,
    slug: String,
    name: String,
    category: String,
    description: String,
}

#[ComplexObject]
impl Procedure {
    async fn id(&self) -> ID {
        format!("Procedure:{}", self.key).into()
    }

    async fn outcomes(&self, context: &Context<'_>, first: u32) -> Result<TreatmentOutcomeConnection> {
        let key = OutcomesOf { procedure: self.key, first };
        let mut nodes = context.data::<DataLoader<Batches>>()?.load_one(key).await?.unwrap_or_default();
        let has_next_page = nodes.len() > first as usize;
        nodes.truncate(first as usize);
        let end_cursor = nodes.last().map(|last| cursor::of_outcome(last.position, last.key));
        Ok(TreatmentOutcomeConnection { nodes, page_info: PageInfo { has_next_page, end_cursor } })
    }
}

#[derive(SimpleObject)]
pub struct TreatmentOutcomeConnection {
    nodes: Vec<TreatmentOutcome>,
    page_info: PageInfo,
}

#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub struct TreatmentOutcome {
    #[graphql(skip)]
    key: i64,
    #[graphql(skip)]
    position: i64,
    #[graphql(skip)]
    condition_id: i64,
    #[graphql(skip)]
    cited: Vec<i64>,
    expected_effect: String,
    grade: String,
    certainty: String,
    evidence_level: Option<i32>,
    response_variability: String,
}

#[ComplexObject]
impl TreatmentOutcome {
    async fn id(&self) -> ID {
        format!("TreatmentOutcome:{}", self.key).into()
    }

    async fn condition(&self, context: &Context<'_>) -> Result<Option<Condition>> {
        context.data::<DataLoader<Batches>>()?.load_one(ConditionKey(self.condition_id)).await
    }

    async fn sources(&self, context: &Context<'_>, first: u32) -> Result<SourceConnection> {
        let keys: Vec<SourceKey> = self.cited.iter().take(first as usize).copied().map(SourceKey).collect();
        let found = context.data::<DataLoader<Batches>>()?.load_many(keys.iter().copied()).await?;
        Ok(SourceConnection { nodes: keys.iter().filter_map(|key| found.get(key)).cloned().collect() })
    }
}

#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub struct Condition {
    #[graphql(skip)]
    key: i64,
    name: String,
}

#[ComplexObject]
impl Condition {
    async fn id(&self) -> ID {
        format!("Condition:{}", self.key).into()
    }
}

#[derive(SimpleObject)]
pub struct SourceConnection {
    nodes: Vec<Source>,
}

#[derive(SimpleObject, Clone)]
pub struct Source {
    title: String,
    year: Option<i32>,
}

impl From<ProcedureRow> for Procedure {
    fn from(ProcedureRow { id, slug, name, category, description }: ProcedureRow) -> Self {
        Self { key: id, slug, name, category, description }
    }
}

impl From<OutcomeRow> for TreatmentOutcome {
    fn from(row: OutcomeRow) -> Self {
        Self {
            key: row.id,
            position: row.position.into(),
            condition_id: row.condition_id,
            cited: row.sources,
            expected_effect: row.expected_effect,
            grade: row.grade,
            certainty: row.certainty,
            evidence_level: row.evidence_level,
            response_variability: row.response_variability,
        }
    }
}

impl From<ConditionRow> for Condition {
    fn from(ConditionRow { id, name }: ConditionRow) -> Self {
        Self { key: id, name }
    }
}

impl From<SourceRow> for Source {
    fn from(SourceRow { title, year, .. }: SourceRow) -> Self {
        Self { title, year }
    }
}
