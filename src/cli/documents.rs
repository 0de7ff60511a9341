//! Functions that several commands share: reading documents, and printing problems and progress.

use std::{
    io::{self, ErrorKind, IsTerminal as _, Write as _},
    path::PathBuf,
    sync::Mutex,
};

use indicatif::{ProgressBar, ProgressStyle};
use time::OffsetDateTime;

use crate::{
    library::{DocumentFile, LibraryError, Problem, Progress, check_each_document, read_files},
    plural,
};

/// Reads files of content documents. If some files cannot be read, prints their problems and those of the other files,
/// and fails.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<DocumentFile>, String> {
    let (files, mut problems) = read_files(paths);
    if problems.is_empty() {
        return Ok(files);
    }
    // The unreadable files may contain records to which the other files refer, so each file is checked without its
    // references.
    problems.extend(check_each_document(crate::content::catalog(), OffsetDateTime::now_utc, &files));
    refuse(&problems)?;
    Ok(files)
}

/// Prints problems, and fails if there are any.
pub(super) fn refuse(problems: &[Problem]) -> Result<(), String> {
    for problem in problems {
        print_line(&problem.to_string())?;
    }
    match problems.len() {
        0 => Ok(()),
        count => Err(plural::count(count, "problem")),
    }
}

/// Returns the message of an error, with advice about flags. If content documents have problems, prints the problems.
pub(super) fn error_message(failure: &LibraryError) -> String {
    match failure {
        LibraryError::Problems(problems) => refuse(problems).err().unwrap_or_default(),
        LibraryError::NotEmpty(_) => {
            format!("{failure} Name another folder, or use --force to replace the documents in it.")
        }
        LibraryError::CurrentFolder(_) => {
            format!("{failure} It is replaced as a whole, so run the command in another folder.")
        }
        LibraryError::RemovesMost { .. } => {
            format!("{failure} Nothing was written. Name all documents of the library, or use --yes to remove the records.")
        }
        LibraryError::Write { source, .. } => format!("{failure} {source}"),
        LibraryError::Database(_) => {
            tracing::error!(?failure, "the database failed");
            failure.to_string()
        }
        LibraryError::TooManyRecords(_) | LibraryError::Filling(_) | LibraryError::Damaged(_) | LibraryError::Failed(_) => {
            failure.to_string()
        }
    }
}

/// Prints a line on standard output, and fails if it cannot be written, for example because the disk is full.
pub(super) fn print_line(line: &str) -> Result<(), String> {
    print(&format!("{line}\n"))
}

/// Prints a text on standard output, and fails if it cannot be written. If the program at the other end of a pipe has
/// closed it, the text is lost, which is not a failure.
pub(super) fn print(text: &str) -> Result<(), String> {
    match write(text) {
        Err(failure) if failure.kind() != ErrorKind::BrokenPipe => Err(not_written(&failure)),
        _ => Ok(()),
    }
}

/// Prints a line with a secret, which cannot be shown again. Unlike [`print_line`], it also fails if the program at the
/// other end of a pipe has closed it.
pub(super) fn print_secret(line: &str) -> Result<(), String> {
    write(&format!("{line}\n")).map_err(|failure| not_written(&failure))
}

fn write(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

fn not_written(failure: &io::Error) -> String {
    format!("cannot write to standard output: {failure}")
}

/// Shows progress on standard error: as a bar on a terminal, otherwise as a line for each stage.
pub(super) struct ConsoleProgress {
    bar: Option<Mutex<ProgressBar>>,
}

impl ConsoleProgress {
    pub fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| Mutex::new(ProgressBar::hidden()));
        Self { bar }
    }

    fn bar(&self, use_it: impl FnOnce(&mut ProgressBar)) {
        if let Some(mut bar) = self.bar.as_ref().and_then(|bar| bar.lock().ok()) {
            use_it(&mut bar);
        }
    }
}

impl Progress for ConsoleProgress {
    fn begin(&self, stage: &'static str, total: usize) {
        if self.bar.is_none() {
            let _ = writeln!(io::stderr(), "{stage} …");
        }
        let style =
            ProgressStyle::with_template("{msg:22} {bar:40} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar(|bar| {
            *bar = ProgressBar::new(total as u64).with_style(style);
            bar.set_message(stage);
            bar.tick();
        });
    }

    fn advance(&self, steps: usize) {
        self.bar(|bar| bar.inc(steps as u64));
    }

    fn end(&self) {
        self.bar(|bar| bar.finish_and_clear());
    }
}
