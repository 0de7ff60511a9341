//! Plans credits: the objects of type `Attribution`.

use super::{
    Fetch, ResponseKey,
    cost::OBJECT_POINTS,
    planner::{Failed, Planner},
    response_key,
    selection::Selected,
};
use crate::{engine::catalog::Credit, graphql::schema::TYPE_NAME, store::reading::statement::Read};

/// Name of the type.
pub const ATTRIBUTION: &str = "Attribution";

const FIELD_BYTES: u64 = 100;

/// How a credit is written.
pub struct AttributionPlan {
    /// Index of its item in the cost.
    pub cost_item: usize,
    /// The credit of the content.
    pub credit: &'static Credit,
    /// Its fields.
    pub fields: Vec<(ResponseKey, AttributionField)>,
}

/// How a field of a credit is written.
pub enum AttributionField {
    /// This text.
    Constant(&'static str),
    /// The text of the credit.
    Text,
    /// The path of the page of the record, or null.
    Path,
    /// The revision of the record or of the library.
    Revision,
}

/// How the credit of a record is written.
pub struct RecordAttribution {
    /// Its fields.
    pub plan: AttributionPlan,
    /// Column of the text that names the record.
    pub label: usize,
    /// Column of the slug.
    pub slug: usize,
    /// Column of the revision.
    pub revision: usize,
    /// The path of the pages of the type's records, to which the slug is added; `None` if they have no pages.
    pub pages: Option<&'static str>,
}

impl<'q> Planner<'q> {
    /// Plans a credit.
    pub fn attribution(&mut self, selected: &Selected<'q>) -> Result<AttributionPlan, Failed> {
        let cost_item = self.cost.item(&self.path, OBJECT_POINTS);
        let credit = &self.catalog.credit;
        let mut fields = Vec::new();
        for selected in self.collect(&selected.sets, ATTRIBUTION)? {
            self.cost.output(selected.key, FIELD_BYTES);
            let field = match selected.name {
                "text" => AttributionField::Text,
                "path" => AttributionField::Path,
                "licence" => AttributionField::Constant(credit.licence),
                "revision" => AttributionField::Revision,
                TYPE_NAME => AttributionField::Constant(ATTRIBUTION),
                _ => return Err(self.unknown(&selected)),
            };
            fields.push((response_key(selected.key), field));
        }
        Ok(AttributionPlan { cost_item, credit, fields })
    }

    /// Plans the credit of the records of a fetch.
    pub fn record_attribution(&mut self, selected: &Selected<'q>, fetch: &mut Fetch) -> Result<RecordAttribution, Failed> {
        let plan = self.attribution(selected)?;
        let role = fetch.target.content().ok_or_else(|| self.unknown(selected))?;
        let label = fetch.target.field(role.label).and_then(|field| field.column).ok_or_else(|| self.unknown(selected))?;
        Ok(RecordAttribution {
            plan,
            label: fetch.column(label, Read::Text),
            slug: fetch.column("slug", Read::Text),
            revision: fetch.column("revision", Read::Int),
            pages: role.pages,
        })
    }
}
