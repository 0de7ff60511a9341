//! The version of the index: what its terms depend on, apart from the texts.

use twox_hash::XxHash3_64;

use crate::engine::catalog::{Catalog, Searched};

/// Version of the analyser, of the terms and of the blocks. Increase it with each change after which the index of a text
/// differs; a test fails until then.
pub const TERMS: u32 = 1;

/// Returns the version of the indexes that this version of the program writes. It depends on [`TERMS`], and on the
/// searched fields of each type, also of parts and value objects, and their roles.
#[must_use]
pub fn index_version(catalog: &Catalog) -> i64 {
    let fields = catalog.objects().flat_map(|object| {
        object.searched_fields(catalog).map(move |field| {
            let role = field.searched.map(Searched::number);
            format!("{}.{} {role:?}", object.name, field.name)
        })
    });
    let mut fields: Vec<String> = fields.collect();
    fields.sort_unstable();
    XxHash3_64::oneshot(format!("{TERMS} {}", fields.join(" ")).as_bytes()).cast_signed()
}
