//! Names of records: ids and slugs in arguments, current and former slugs, and renaming stored records.

pub(in crate::library) mod current_slugs;
pub(in crate::library) mod former_slugs;
pub(in crate::library) mod record_name;
pub(in crate::library) mod rename;
