//! `dermagraph generate`: generates a library of any size and writes it as content documents.

use std::path::PathBuf;

use clap::{Args, value_parser};

use crate::{
    cli::documents::{error_message, print_line},
    content,
    generate::{LibrarySize, RequestedSize, documents},
    library::{self, LibraryError},
};

/// Arguments of `generate`.
#[derive(Args)]
pub struct GenerateArgs {
    /// Folder for the documents; created if it is missing, and refused if it is not empty
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Number of procedures
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = value_parser!(u32).range(1..))]
    procedures: u32,
    /// Number of treatment outcomes, distributed evenly among the procedures
    #[arg(long, value_name = "NUMBER", default_value_t = 4_000)]
    outcomes: u32,
    /// Number of conditions [default: one for ten procedures, or more if procedures have many outcomes]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    conditions: Option<u32>,
    /// Number of sources [default: one for five outcomes]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    sources: Option<u32>,
    /// Outcomes of the first procedure, up to 5000; the other procedures share the rest [default: as many as the others]
    #[arg(long, value_name = "NUMBER")]
    largest: Option<u32>,
    /// Seed of the random numbers; a different seed generates a different library of the same size
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

/// Generates all documents, or none.
pub fn run(args: &GenerateArgs) -> Result<(), String> {
    let &GenerateArgs { ref folder, procedures, outcomes, conditions, sources, largest, seed } = args;
    let size = LibrarySize::new(RequestedSize { procedures, outcomes, conditions, sources, largest, seed });
    let size = size.map_err(|failure| failure.to_string())?;
    library::write_files(content::catalog(), folder, documents(&size), false).map_err(|failure| match failure {
        LibraryError::NotEmpty(_) => format!("{failure} Name another one."),
        failure => error_message(&failure),
    })?;
    print_line(&format!("Generated {size} in {}.", folder.display()))
}
