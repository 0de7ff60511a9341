//! Files and folders: reading documents from YAML files, and writing an export.

mod earlier_export;
pub(super) mod emit;
pub(super) mod export;
pub(super) mod folder;
pub(super) mod id_list;
mod other_files;
pub(super) mod read_file;
mod replacement;
mod splice;
pub(super) mod starter;
pub(super) mod texts;
pub(super) mod yaml;
