//! Typed ids: `Procedure:42`. They are opaque to clients.

use super::{
    catalog::{Catalog, ObjectType, Target, with_article},
    problem::Problem,
};

/// Reads the type and the primary key from an id.
///
/// # Errors
/// `BAD_ID` if the text is not an id of this service.
pub fn parse(catalog: &Catalog, id: &str) -> Result<(Target, i64), Problem> {
    let bad =
        || Problem::new(Problem::BAD_ID, "This is not an id of this service. Use the values of the field `id` unchanged.");
    let (name, key) = id.split_once(':').ok_or_else(bad)?;
    let object = catalog.object_named(name).filter(|object| object.content().is_some());
    let target = object.and_then(ObjectType::as_target).ok_or_else(bad)?;
    // Only the spelling that the service writes is accepted: no sign, no leading zero.
    let plain = !key.is_empty() && !key.starts_with('0') && key.bytes().all(|byte| byte.is_ascii_digit());
    let key = plain.then(|| key.parse().ok()).flatten().ok_or_else(bad)?;
    Ok((target, key))
}

/// Reads the primary key from an id of a certain type.
///
/// # Errors
/// `BAD_ID` if the text is not an id of this service; `WRONG_ID_TYPE` if it is the id of another type.
pub fn parse_as(catalog: &Catalog, object: &ObjectType, id: &str) -> Result<i64, Problem> {
    let (found, key) = parse(catalog, id)?;
    if found.ix == object.ix {
        return Ok(key);
    }
    let (found, wanted) = (with_article(catalog.target(found).name), with_article(object.name));
    let message = format!("This is the id of {found}; the id of {wanted} is required.");
    Err(Problem::new(Problem::WRONG_ID_TYPE, message))
}
