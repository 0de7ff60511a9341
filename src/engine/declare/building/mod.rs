//! Building the catalog: types declare their fields, and the builder collects the declarations.

mod builder;
mod declaration;
mod field;
mod members;
mod through;

pub use builder::CatalogBuilder;
pub use declaration::{Declaration, FORMERLY};
pub use members::Members;
