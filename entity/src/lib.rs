//! The entities of the library, one table per file; [`link`] has all link tables. They do not depend on GraphQL, and
//! they contain no queries.
//!
//! Content tables (`procedure`, `condition` and others) have an id that is unique among all records, a slug, the
//! revision of the last change, and a notice. Part tables (`code`, `contraindication` and others) have rows that belong
//! to one record. Link tables connect records. Value objects are stored in JSON columns of their owner; they refer to
//! records by id.

pub mod adjunct;
pub mod adjunct_use;
pub mod adverse_effect;
pub mod api_key;
pub mod biological_target;
pub mod body_area;
pub mod code;
pub mod condition;
pub mod contraindication;
pub mod device;
pub mod device_use;
pub mod evidence;
pub mod former_slug;
pub mod idempotency_key;
pub mod link;
pub mod outcome_effect;
pub mod outcome_measure;
pub mod procedure;
pub mod record_change;
pub mod revision;
pub mod search_block;
pub mod source;
pub mod synonym;
pub mod treatment_outcome;
