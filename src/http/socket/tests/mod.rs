//! What stories cannot show while no subscription is endless.

mod endless;
mod protocol;
