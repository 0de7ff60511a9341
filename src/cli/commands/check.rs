//! `dermagraph check`: lists the problems of content documents.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use time::OffsetDateTime;

use crate::{
    cli::{
        DatabaseArgs,
        documents::{ConsoleProgress, print_line, read, refuse},
    },
    content,
    library::{self, DocumentFile, DocumentInFile, Problem, ProblemCode, PublishOptions},
    plural,
    store::Writer,
};

/// Arguments of `check`.
#[derive(Args)]
pub struct CheckArgs {
    /// Content documents: files, or folders that are searched for *.yaml and *.yml
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Check the documents as changes of the library in the database, not as a complete library
    #[arg(long)]
    against_database: bool,
    /// Check identifiers and addresses of sources too, and list statements whose only source is a secondary one
    #[arg(long, conflicts_with = "against_database")]
    references: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Checks content documents and lists every problem.
pub async fn run(args: CheckArgs) -> Result<(), String> {
    let files = read(&args.paths)?;
    if args.against_database {
        let (options, progress) = (PublishOptions { dry_run: true, ..PublishOptions::default() }, ConsoleProgress::new());
        let import = async |writer: &Writer| library::import(content::catalog(), writer, &files, options, &progress).await;
        args.database.run(import).await?;
    } else {
        let report = library::check(content::catalog(), OffsetDateTime::now_utc, &files);
        refuse(&report.problems)?;
        if args.references {
            references(&files)?;
        }
    }
    print_line(&format!("No problems in {}.", plural::count(files.len(), "file")))
}

/// Checks identifiers and addresses of sources (`--references`). Prints all notes and errors, and fails if there is an
/// error.
fn references(files: &[DocumentFile]) -> Result<(), String> {
    let in_files = library::documents(content::catalog(), OffsetDateTime::now_utc, files);
    let documents: Vec<_> = in_files
        .iter()
        .map(|DocumentInFile { type_name, slug, fields, .. }| content::Document { type_name, slug, fields })
        .collect();
    let problem = |remark: content::Remark| {
        let DocumentInFile { file, at, .. } = &in_files[remark.document];
        let sentence = if remark.is_error { remark.sentence } else { format!("Note: {}", remark.sentence) };
        Problem {
            file: Some(Arc::clone(file)),
            position: Some(*at),
            path: remark.path,
            sentence,
            code: ProblemCode::Invalid,
            details: None,
        }
    };
    let (errors, notes): (Vec<_>, Vec<_>) =
        content::check_references(&documents).into_iter().partition(|remark| remark.is_error);
    let mut notes: Vec<_> = notes.into_iter().map(problem).collect();
    let mut problems: Vec<_> = errors.into_iter().map(problem).collect();
    notes.sort();
    problems.sort();
    for note in &notes {
        print_line(&note.to_string())?;
    }
    refuse(&problems)
}
