//! Declares the type of credits.

use super::{field, object};
use crate::{engine::plan::attribution::ATTRIBUTION, graphql::schema::Schema};

pub(super) fn declare(schema: &mut Schema) {
    let about = "How to credit the content that comes with the program. An operator who serves other content must \
                 publish the terms of that content.";
    let fields = vec![
        field("text", "String!", "Text of the credit. The credit of a record contains its name or title, and its revision."),
        field(
            "path",
            "String",
            "Path of the page of the record on this service; null if it has none, and for the library as a whole.",
        ),
        field(
            "licence",
            "String!",
            "Licence of the content, as an SPDX expression; https://spdx.org/licenses has the texts. Works that the content \
             cites belong to their authors, and terminology codes to their publishers (see `CodeSystem`).",
        ),
        field("revision", "Int!", "Revision that changed the record last; for the library, its latest one."),
    ];
    object(schema, ATTRIBUTION, about, fields, &[]);
}
