//! Reading files: from paths to texts.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::library::problem::{Problem, of_file};

use rayon::prelude::*;

/// Maximum size of a file, in bytes: 16 MiB, about forty times the starter library.
pub const MAX_FILE_SIZE: u64 = 16 * 1024 * 1024;

/// Extension of the files that an export writes.
pub(super) const EXTENSION: &str = "yaml";

/// A file with documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFile {
    /// Its name, as problems show it. The name of its folder can determine the type of its document.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Reads files, and the `*.yaml` and `*.yml` files in folders and their subfolders, in the order of their names.
///
/// In folders, hidden files and files with other extensions are ignored. A file that two paths lead to is read once. A file
/// that cannot be read is reported as a problem, and the others are read.
#[must_use]
pub fn read_files(paths: &[PathBuf]) -> (Vec<DocumentFile>, Vec<Problem>) {
    let mut search = Search::default();
    for path in paths {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                if !search.folder(path) {
                    search.problem(path, "There are no documents (*.yaml, *.yml) in this folder.");
                }
            }
            Ok(_) => search.file(path),
            Err(error) => search.cannot_read(path, &error),
        }
    }
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let read: Vec<_> = search.found.into_par_iter().map(|found| found.and_then(|path| read_file(&path))).collect();
    for file in read {
        match file {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    (files, problems)
}

/// Reports whether a file has the extension of documents: `yaml` or `yml`, in lower or upper case.
pub(super) fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

pub(super) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

pub(super) fn read_file(path: &Path) -> Result<DocumentFile, Problem> {
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
        problem(path, format!("The file is not UTF-8 text: line {line} has invalid bytes."))
    })?;
    Ok(DocumentFile { name: path.display().to_string(), text })
}

fn cannot_read(path: &Path, error: &io::Error) -> Problem {
    let sentence = match error.kind() {
        io::ErrorKind::NotFound => "There is no such file or folder.",
        io::ErrorKind::PermissionDenied => "There is no permission to read it.",
        _ => "It cannot be read.",
    };
    problem(path, sentence)
}

fn problem(path: &Path, sentence: impl Into<String>) -> Problem {
    of_file(&path.display().to_string(), sentence)
}

#[derive(Default)]
struct Search {
    found: Vec<Result<PathBuf, Problem>>,
    /// Canonical paths that were visited, so that a cycle of symbolic links ends. Each has false if it is a folder in which
    /// nothing was found.
    seen: HashMap<PathBuf, bool>,
}

impl Search {
    /// Searches a folder and its subfolders. Returns false if nothing is found: no documents, and no problem.
    fn folder(&mut self, path: &Path) -> bool {
        let Ok(canonical) = path.canonicalize() else { return false };
        if let Some(found_any) = self.seen.get(&canonical) {
            return *found_any;
        }
        self.seen.insert(canonical.clone(), false);
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.cannot_read(path, &error);
                return true;
            }
        };
        let mut found_any = false;
        entries.sort_by_key(fs::DirEntry::file_name);
        for path in entries.iter().map(fs::DirEntry::path) {
            let hidden = is_hidden(&path);
            let document = is_document(&path);
            // `metadata` follows symbolic links. A dangling link is ignored, unless it has the extension of documents.
            match fs::metadata(&path) {
                _ if hidden => {}
                Ok(found) if found.is_dir() => found_any |= self.folder(&path),
                _ if document => {
                    self.file(&path);
                    found_any = true;
                }
                _ => {}
            }
        }
        self.seen.insert(canonical, found_any);
        found_any
    }

    fn file(&mut self, path: &Path) {
        match fs::metadata(path) {
            Err(error) => return self.cannot_read(path, &error),
            Ok(found) if !found.is_file() => return self.problem(path, "This is not a file."),
            Ok(found) if found.len() > MAX_FILE_SIZE => {
                let limit = MAX_FILE_SIZE / (1024 * 1024);
                return self.problem(path, format!("The file is larger than the maximum of {limit} MiB."));
            }
            Ok(_) => {}
        }
        if path.canonicalize().is_ok_and(|path| self.seen.insert(path, true).is_none()) {
            self.found.push(Ok(path.to_owned()));
        }
    }

    fn cannot_read(&mut self, path: &Path, error: &io::Error) {
        self.found.push(Err(cannot_read(path, error)));
    }

    fn problem(&mut self, path: &Path, sentence: impl Into<String>) {
        self.found.push(Err(problem(path, sentence)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(root: &Path, names: &[&str]) -> (Vec<String>, Vec<String>) {
        let paths: Vec<PathBuf> = names.iter().map(|name| root.join(name)).collect();
        let (files, problems) = read_files(&paths);
        let shown = |text: &str| text.replace(&format!("{}/", root.display()), "");
        (
            files.iter().map(|file| shown(&file.name)).collect(),
            problems.iter().map(|problem| shown(&problem.to_string())).collect(),
        )
    }

    #[test]
    fn folders_are_read_in_order_and_other_files_ignored() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("b/deep")).unwrap();
        for name in ["z.YAML", "a.yml", "README.md", ".hidden.yaml", "b/deep/c.yaml"] {
            fs::write(root.path().join(name), "a: 1").unwrap();
        }
        let (files, problems) = read(root.path(), &["", "a.yml"]);
        assert_eq!(files, ["a.yml", "b/deep/c.yaml", "z.YAML"]);
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn a_folder_whose_documents_were_read_already_is_not_reported_as_empty() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/deep")).unwrap();
        fs::create_dir(root.path().join("empty")).unwrap();
        fs::write(root.path().join("a/deep/a.yaml"), "a: 1").unwrap();
        for names in [["", "a"], ["a/deep/a.yaml", "a/deep"], ["a", "a/deep"]] {
            let (files, problems) = read(root.path(), &names);
            assert_eq!((files, problems), (vec!["a/deep/a.yaml".to_owned()], Vec::new()), "{names:?}");
        }
        let (_, problems) = read(root.path(), &["", "empty"]);
        assert_eq!(problems, ["empty: There are no documents (*.yaml, *.yml) in this folder."]);
    }

    #[cfg(unix)]
    #[test]
    fn cycles_of_links_end() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/a.yaml"), "a: 1").unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("a/up")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("lost.yaml")).unwrap();
        let (files, problems) = read(root.path(), &["."]);
        assert_eq!(files, ["./a/a.yaml"]);
        assert_eq!(problems, ["./lost.yaml: There is no such file or folder."]);
    }

    #[test]
    fn each_unreadable_file_is_one_problem() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("empty")).unwrap();
        fs::write(root.path().join("latin.yaml"), b"a: 1\nb: caf\xe9").unwrap();
        fs::File::create(root.path().join("huge.yaml")).unwrap().set_len(MAX_FILE_SIZE + 1).unwrap();
        let (files, problems) = read(root.path(), &["missing", "empty", "latin.yaml", "huge.yaml"]);
        assert_eq!(files, Vec::<String>::new());
        insta::assert_snapshot!(problems.join("\n"), @"
        missing: There is no such file or folder.
        empty: There are no documents (*.yaml, *.yml) in this folder.
        latin.yaml: The file is not UTF-8 text: line 2 has invalid bytes.
        huge.yaml: The file is larger than the maximum of 16 MiB.
        ");
    }
}
