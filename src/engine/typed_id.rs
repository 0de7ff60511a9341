//! Typed ids: `Procedure:42`. Clients must not look inside.

use super::{
    catalog::{Catalog, ObjectType},
    problem::Problem,
};

/// The type and the primary key in an id.
///
/// # Errors
/// `BAD_ID` when this service never gave such an id.
pub fn parse<'c>(catalog: &'c Catalog, id: &str) -> Result<(&'c ObjectType, i64), Problem> {
    let bad =
        || Problem::new(Problem::BAD_ID, "This is not an id of this service. Take ids from the field `id` as they are.");
    let (name, key) = id.split_once(':').ok_or_else(bad)?;
    let object = catalog.object_named(name).filter(|object| object.content().is_some()).ok_or_else(bad)?;
    // Only the one spelling that the service gives: no sign, no leading zero.
    let plain = !key.is_empty() && !key.starts_with('0') && key.bytes().all(|byte| byte.is_ascii_digit());
    let key = plain.then(|| key.parse().ok()).flatten().ok_or_else(bad)?;
    Ok((object, key))
}

/// The primary key in an id of a known type.
///
/// # Errors
/// `BAD_ID` as above; `WRONG_ID_TYPE` when it is the id of something else.
pub fn parse_as(catalog: &Catalog, object: &ObjectType, id: &str) -> Result<i64, Problem> {
    let (found, key) = parse(catalog, id)?;
    if found.ix == object.ix {
        return Ok(key);
    }
    let message = format!("This is the id of a {}; a {} is asked for here.", found.name, object.name);
    Err(Problem::new(Problem::WRONG_ID_TYPE, message))
}
