//! `library { attribution }`: how to credit the content.
//!
//! It is one object of the library and not a field of every record, because all records would have the same one, and a
//! record has its own revision already.

use crate::{
    engine::{
        plan::{
            ResponseKey,
            cost::OBJECT,
            planner::{Failed, Planner},
            response_key,
            selection::Selected,
        },
        problem::EngineError,
        register,
        run::json::JsonWriter,
    },
    graphql::schema::{Schema, TYPE_NAME},
};

/// Name of the type.
const TYPE: &str = "Attribution";

/// The text of a credit.
const TEXT: &str = "Dermagraph content library. Educational content, not medical advice.";

/// The licence of the content, as an SPDX expression. It is that of the program.
const LICENCE: &str = "MIT OR Apache-2.0";

/// Maximum bytes of a value.
const FIELD_BYTES: u64 = TEXT.len() as u64;

/// Declares the type.
pub fn declare(schema: &mut Schema) {
    let about = "How to credit the content that comes with the program. An operator who serves other content states the terms \
                 of that content.";
    let fields = vec![
        register::field("text", "String!", "Text of the credit."),
        register::field(
            "licence",
            "String!",
            "Licence of the content, as an SPDX expression; https://spdx.org/licenses has the texts. Works that the content \
             cites belong to their authors, and terminology codes to their publishers (see `CodeSystem`).",
        ),
        register::field(
            "revision",
            "Int!",
            "Revision of the library, to state in the credit. Each record has one of its own, too.",
        ),
    ];
    register::object(schema, TYPE, about, fields, &[]);
}

/// The plan of the object.
pub struct AttributionPlan {
    cost_item: usize,
    fields: Vec<(ResponseKey, AttributionField)>,
}

enum AttributionField {
    Text(&'static str),
    Revision,
}

impl AttributionPlan {
    /// Plans the object.
    pub fn new<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<Self, Failed> {
        let cost_item = planner.cost.item(&planner.path, OBJECT);
        let mut fields = Vec::new();
        for selected in planner.collect(&selected.sets, TYPE)? {
            planner.cost.output(selected.key, FIELD_BYTES);
            let field = match selected.name {
                "text" => AttributionField::Text(TEXT),
                "licence" => AttributionField::Text(LICENCE),
                "revision" => AttributionField::Revision,
                TYPE_NAME => AttributionField::Text(TYPE),
                _ => return Err(planner.unknown(&selected)),
            };
            fields.push((response_key(selected.key), field));
        }
        Ok(Self { cost_item, fields })
    }

    /// Writes the object as JSON.
    ///
    /// # Errors
    /// If the response becomes too long.
    pub fn write(&self, revision: i64, writer: &mut JsonWriter) -> Result<(), EngineError> {
        writer.written[self.cost_item] += 1;
        writer.braces(&self.fields, |writer, field| {
            match field {
                AttributionField::Text(text) => writer.text(text),
                AttributionField::Revision => writer.int(revision),
            }
            Ok(())
        })
    }
}
