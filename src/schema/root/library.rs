//! The root field `library`: the latest revision, the notice, the credit, and the numbers of records.

use super::{Root, RootAction, RootPlan, Running};
use crate::{
    content,
    engine::{
        catalog::{Catalog, ObjectType, words},
        plan::{
            ResponseKey,
            attribution::AttributionPlan,
            cost::{OBJECT_POINTS, TOTAL_COUNT},
            planner::{Failed, Planner},
            response_key,
            selection::Selected,
        },
        problem::EngineError,
        register,
        run::{count, json::JsonWriter},
    },
    graphql::{
        schema::{Field, Schema, TYPE_NAME, TypeKind},
        tree::OperationKind,
    },
    store::Snapshot,
};

/// Maximum bytes of a scalar, except for the notice. The longest one is a time.
const FIELD_BYTES: u64 = 24;

/// Name of the root field.
const FIELD: &str = "library";

/// The notice that must be shown with all content.
const NOTICE: &str = "Educational content, not medical advice. It does not replace a consultation with a qualified clinician. \
Each record states in its notice and status how far it has been reviewed.";

/// The root field.
pub struct Library;

impl Root for Library {
    fn declare(&self, schema: &mut Schema, catalog: &'static Catalog) {
        declare(schema, catalog);
    }

    fn fields(&self, _catalog: &'static Catalog, kind: OperationKind) -> Vec<Field> {
        let about = match kind {
            OperationKind::Query => "The library and its latest revision.",
            OperationKind::Subscription => "The library: now, and again after each publication.",
            OperationKind::Mutation => return Vec::new(),
        };
        vec![register::field(FIELD, "Library!", about)]
    }

    fn plan<'q>(&self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Option<Result<RootAction, Failed>> {
        (selected.name == FIELD).then(|| Ok(RootAction::Read(Box::new(LibraryPlan::new(planner, selected)?))))
    }
}

/// Declares the types of the field.
fn declare(schema: &mut Schema, catalog: &Catalog) {
    let about = "Date and time (RFC 3339): `2026-11-22T19:43:00Z`.";
    schema.declare("DateTime", about, TypeKind::Scalar(Some("https://datatracker.ietf.org/doc/html/rfc3339".to_owned())));
    let counts = catalog.contents().map(|(_, role)| {
        let about = format!("Number of {}.", words(role.plural));
        register::field(role.plural, "Int!", &about)
    });
    register::object(schema, "LibraryCounts", "Number of records of each content type.", counts.collect(), &[]);
    let fields = vec![
        register::field(
            "revision",
            "Int!",
            "Number of the latest publication; each publication adds one. 0 before the first.",
        ),
        register::field("publishedAt", "DateTime", "Time of the latest publication. Null before the first."),
        register::field("notice", "String!", "Notice that must be shown with all content."),
        register::field("attribution", "Attribution!", "How to credit the content."),
        register::field("counts", "LibraryCounts!", "Number of records of each content type."),
    ];
    register::object(schema, "Library", "The library in its latest revision.", fields, &[]);
}

/// The plan of the field.
struct LibraryPlan {
    cost_item: usize,
    fields: Vec<(ResponseKey, LibraryField)>,
}

enum LibraryField {
    TypeName,
    Revision,
    PublishedAt,
    Notice,
    Attribution(AttributionPlan),
    Counts(CountsPlan),
}

/// The plan of `counts`.
struct CountsPlan {
    cost_item: usize,
    fields: Vec<(ResponseKey, CountsField)>,
}

enum CountsField {
    TypeName,
    Of(&'static ObjectType),
}

impl LibraryPlan {
    fn new<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<Self, Failed> {
        let cost_item = planner.cost.item(&planner.path, OBJECT_POINTS);
        let mut fields = Vec::new();
        for selected in planner.collect(&selected.sets, "Library")? {
            planner.cost.output(selected.key, if selected.name == "notice" { NOTICE.len() as u64 } else { FIELD_BYTES });
            let field = match selected.name {
                "revision" => LibraryField::Revision,
                "publishedAt" => LibraryField::PublishedAt,
                "notice" => LibraryField::Notice,
                "attribution" => {
                    LibraryField::Attribution(planner.within(selected.key, |planner| planner.attribution(&selected))?)
                }
                "counts" => {
                    LibraryField::Counts(planner.within(selected.key, |planner| CountsPlan::new(planner, &selected))?)
                }
                TYPE_NAME => LibraryField::TypeName,
                _ => return Err(planner.unknown(&selected)),
            };
            fields.push((response_key(selected.key), field));
        }
        Ok(Self { cost_item, fields })
    }

    async fn write(&self, snapshot: &mut Snapshot, writer: &mut JsonWriter) -> Result<(), EngineError> {
        let latest = snapshot.latest_revision().await?;
        let (number, published) = latest.map_or((0, None), |revision| (revision.number, Some(revision.published_at)));
        if let Some(used) = &mut writer.used {
            used.list("Library");
        }
        let mut counts = Vec::new();
        for (_, field) in &self.fields {
            if let LibraryField::Counts(plan) = field {
                counts.extend(plan.read(snapshot).await?);
            }
        }
        let mut counts = counts.into_iter();
        writer.written[self.cost_item] += 1;
        writer.braces(&self.fields, |writer, field| {
            match field {
                LibraryField::TypeName => writer.text("Library"),
                LibraryField::Revision => writer.int(number),
                LibraryField::PublishedAt => match &published {
                    Some(published) => writer.text(published),
                    None => writer.raw("null")?,
                },
                LibraryField::Notice => writer.text(NOTICE),
                LibraryField::Attribution(attribution) => writer.library_attribution(attribution, number)?,
                LibraryField::Counts(plan) => plan.write(&mut counts, writer)?,
            }
            Ok(())
        })
    }
}

impl RootPlan for LibraryPlan {
    fn run<'a>(&'a self, snapshot: &'a mut Snapshot, writer: &'a mut JsonWriter) -> Running<'a> {
        Box::pin(self.write(snapshot, writer))
    }
}

impl CountsPlan {
    fn new<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<Self, Failed> {
        let object =
            |name: &str| content::catalog().contents().find(|(_, role)| role.plural == name).map(|(object, _)| object);
        let selected = planner.collect(&selected.sets, "LibraryCounts")?;
        let cost_item = planner.cost.item(&planner.path, OBJECT_POINTS + TOTAL_COUNT * selected.len() as u64);
        let mut fields = Vec::new();
        for selected in &selected {
            planner.cost.output(selected.key, FIELD_BYTES);
            let field = match object(selected.name) {
                Some(object) => CountsField::Of(object),
                None if selected.name == TYPE_NAME => CountsField::TypeName,
                None => return Err(planner.unknown(selected)),
            };
            fields.push((response_key(selected.key), field));
        }
        Ok(Self { cost_item, fields })
    }

    /// Returns the types that are counted, in the order of the fields.
    fn counted(&self) -> impl Iterator<Item = &'static ObjectType> {
        self.fields.iter().filter_map(|(_, field)| if let CountsField::Of(object) = field { Some(*object) } else { None })
    }

    /// Reads the selected counts in one statement.
    async fn read(&self, snapshot: &mut Snapshot) -> Result<Vec<i64>, EngineError> {
        Ok(count::rows_of(snapshot, &self.counted().collect::<Vec<_>>()).await?)
    }

    /// Writes the object as JSON, with the counts that [`Self::read`] returned.
    fn write(&self, counts: &mut impl Iterator<Item = i64>, writer: &mut JsonWriter) -> Result<(), EngineError> {
        writer.written[self.cost_item] += 1;
        if let Some(used) = &mut writer.used {
            self.counted().for_each(|object| used.list(object.name));
        }
        writer.braces(&self.fields, |writer, field| {
            match field {
                CountsField::TypeName => writer.text("LibraryCounts"),
                CountsField::Of(_) => writer.int(counts.next().unwrap_or_default()),
            }
            Ok(())
        })
    }
}
