//! The entities of the library, one table a file. They know no GraphQL and make no queries.
//!
//! Content tables (`procedure`, `condition` ..) have an id that is unique among all content, a slug, the revision of their
//! last change and a notice. Part tables (`code`, `contraindication` ..) hold rows that belong to one piece of content.
//! Link tables ([`link`]) join content to content. Value objects stand in JSON columns of their owner, with ids where
//! they refer to content.

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
pub mod link;
pub mod outcome_effect;
pub mod outcome_measure;
pub mod procedure;
pub mod revision;
pub mod source;
pub mod treatment_outcome;
