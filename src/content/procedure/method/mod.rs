//! How a procedure is done: technique, settings, variants, the course of a visit, and combinations.

mod combinations;
mod parameters;
mod technique;
pub(super) mod variants;
mod visit;

pub use combinations::Combinations;
pub use parameters::Parameter;
pub use technique::{GeneralEffectiveness, Technique};
pub use variants::Variant;
pub use visit::{Anaesthesia, DeviceUse, Instruction, Step};
