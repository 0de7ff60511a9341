//! Checks of texts: formats, dates, language and readability, and texts that stand for a missing value.

pub(in crate::library) mod dates;
mod english;
pub(in crate::library) mod format;
pub(super) mod placeholder;
mod readability;
