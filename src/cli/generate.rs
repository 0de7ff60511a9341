//! `dermagraph generate`: writes a made-up library of any size as documents.

use std::path::PathBuf;

use clap::{Args, value_parser};

use super::documents::{say, sentence_of};
use crate::{
    generate::{Plan, Size, documents},
    library::{self, LibraryError},
};

/// Arguments of `generate`.
#[derive(Args)]
pub struct GenerateArgs {
    /// Folder for the documents; it is created when it is missing, and must be empty when it is not
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Number of procedures
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = value_parser!(u32).range(1..))]
    procedures: u32,
    /// Number of treatment outcomes, which the procedures share evenly
    #[arg(long, value_name = "NUMBER", default_value_t = 4_000)]
    outcomes: u32,
    /// Number of conditions [default: one for ten procedures, more where procedures have many outcomes]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    conditions: Option<u32>,
    /// Number of sources [default: one for five outcomes]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    sources: Option<u32>,
    /// Outcomes of the first procedure, up to 5000; the others share the rest [default: as many as the others]
    #[arg(long, value_name = "NUMBER")]
    largest: Option<u32>,
    /// Another library of the same size for another number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

/// Generates documents, all or none.
pub fn run(args: &GenerateArgs) -> Result<(), String> {
    let &GenerateArgs { ref folder, procedures, outcomes, conditions, sources, largest, seed } = args;
    let plan = Plan::new(Size { procedures, outcomes, conditions, sources, largest, seed });
    let plan = plan.map_err(|failure| failure.to_string())?;
    library::write_files(folder, documents(&plan), false).map_err(|failure| match failure {
        LibraryError::NotEmpty(_) => format!("{failure} Give another one."),
        failure => sentence_of(&failure),
    })?;
    say(&format!("Generated {plan} in {}.", folder.display()));
    Ok(())
}
