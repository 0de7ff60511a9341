//! Folders: an export is put in place whole or not at all.

use std::{
    borrow::Borrow,
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    error::LibraryError,
    files::{DocumentFile, EXTENSION, is_document, is_hidden},
};

/// Writes files into a folder, which is made when it is not there.
///
/// They are written beside it first, each as it comes, so that they need not all be in memory. A new or empty folder then appears with everything in it. With `force` a folder may hold
/// other files: each document takes the place of an older one, and everything else stays, but for documents that stand in a
/// folder of documents (`procedures/`) and are not among `files`: an import of the folder would bring them back. Tells which
/// those are.
///
/// # Errors
/// When the folder holds something and `force` is not given, or a file cannot be written.
pub fn write_files(
    folder: &Path,
    files: impl IntoIterator<Item: Borrow<DocumentFile>>,
    force: bool,
) -> Result<Vec<PathBuf>, LibraryError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| LibraryError::Write { path, source }
    };
    let there = match fs::read_dir(folder) {
        Ok(mut entries) => Some(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(folder)(error)),
    };
    if there == Some(true) && !force {
        return Err(LibraryError::NotEmpty(folder.to_owned()));
    }
    let beside = Beside::of(folder).map_err(failed(folder))?;
    let mut names = BTreeSet::new();
    for file in files {
        let file: &DocumentFile = file.borrow();
        let path = beside.0.join(&file.name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, &file.text));
        written.map_err(failed(&folder.join(&file.name)))?;
        names.insert(file.name.clone());
    }
    match there {
        None => fs::rename(&beside.0, folder).map_err(failed(folder))?,
        Some(false) => fs::remove_dir(folder).and_then(|()| fs::rename(&beside.0, folder)).map_err(failed(folder))?,
        Some(true) => {
            for name in &names {
                let path = folder.join(name);
                let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
                folder.and_then(|()| fs::rename(beside.0.join(name), &path)).map_err(failed(&path))?;
            }
            return remove_others(folder, &names).map_err(failed(folder));
        }
    }
    Ok(Vec::new())
}

/// Removes the documents that an export does not have from the folders below `root` that it writes documents into. The root
/// itself and every other folder may hold what is not ours.
fn remove_others(root: &Path, names: &BTreeSet<String>) -> io::Result<Vec<PathBuf>> {
    let written: BTreeSet<PathBuf> = names.iter().map(|name| root.join(name)).collect();
    let folders: BTreeSet<&Path> =
        written.iter().filter_map(|path| path.parent()).filter(|folder| *folder != root).collect();
    let mut removed = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if is_part(&path, &written) && !written.contains(&path) && path.is_file() {
            fs::remove_file(&path)?;
            removed.push(path);
        }
    }
    for folder in folders {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if is_document(&path) && !is_hidden(&path) && !written.contains(&path) && path.is_file() {
                fs::remove_file(&path)?;
                removed.push(path);
            }
        }
    }
    Ok(removed)
}

/// Whether a file has the name of a further part (`sources-2.yaml`) of a collection that is written (`sources.yaml`).
fn is_part(path: &Path, written: &BTreeSet<PathBuf>) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.rsplit_once('-'));
    path.extension().is_some_and(|extension| extension == EXTENSION)
        && stem.is_some_and(|(collection, number)| {
            !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && written.contains(&path.with_file_name(format!("{collection}.{EXTENSION}")))
        })
}

/// A folder beside another one, removed when it is no longer needed.
struct Beside(PathBuf);

impl Beside {
    fn of(folder: &Path) -> io::Result<Self> {
        let absolute = std::path::absolute(folder)?;
        let mut name = OsString::from(".");
        name.push(absolute.file_name().unwrap_or_default());
        name.push(format!(".{}", std::process::id()));
        let beside = absolute.with_file_name(name);
        fs::create_dir_all(&beside)?;
        Ok(Self(beside))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It may have become the folder itself, and then it is not there.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> DocumentFile {
        DocumentFile { name: name.to_owned(), text: format!("{name}\n") }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_appears_whole() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("out");
        write_files(&folder, [file("a.yaml"), file("deep/b.yaml")], false).unwrap();
        assert_eq!(names(&folder), ["a.yaml", "deep"]);
        assert_eq!(fs::read_to_string(folder.join("deep/b.yaml")).unwrap(), "deep/b.yaml\n");
        assert_eq!(names(root.path()), ["out"]);
    }

    #[test]
    fn a_folder_with_files_is_left_alone_unless_forced() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("k8s/deep")).unwrap();
        fs::create_dir_all(root.path().join("procedures")).unwrap();
        let others = ["README.md", "compose.yaml", ".git", "k8s/app.yaml", "k8s/deep/app.yml", "procedures/notes.txt"];
        for name in others.into_iter().chain(["procedures/gone.yaml", "a.yaml"]) {
            fs::write(root.path().join(name), "").unwrap();
        }
        let files = [file("a.yaml"), file("procedures/b.yaml")];
        let refused = write_files(root.path(), &files, false);
        assert!(matches!(refused, Err(LibraryError::NotEmpty(_))));
        assert_eq!(fs::read_to_string(root.path().join("a.yaml")).unwrap(), "");
        let removed = write_files(root.path(), &files, true).unwrap();
        assert_eq!(removed, [root.path().join("procedures/gone.yaml")]);
        assert!(others.iter().all(|name| root.path().join(name).exists()));
        assert_eq!(names(&root.path().join("procedures")), ["b.yaml", "notes.txt"]);
        assert_eq!(fs::read_to_string(root.path().join("a.yaml")).unwrap(), "a.yaml\n");
    }

    #[test]
    fn only_documents_that_an_earlier_export_wrote_as_parts_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let others = ["a-.yaml", "a-2.txt", "a-b.yaml", "a-2.yaml.bak", "other-2.yaml"];
        for name in others.into_iter().chain(["a-2.yaml", "a-10.yaml"]) {
            fs::write(root.path().join(name), "").unwrap();
        }
        let mut removed = write_files(root.path(), [file("a.yaml")], true).unwrap();
        removed.sort();
        assert_eq!(removed, ["a-10.yaml", "a-2.yaml"].map(|name| root.path().join(name)));
        assert!(others.iter().all(|name| root.path().join(name).exists()));
    }

    #[test]
    fn a_file_in_the_way_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("out"), "").unwrap();
        let refused = write_files(&root.path().join("out"), [file("a.yaml")], true);
        assert!(matches!(refused, Err(LibraryError::Write { .. })));
    }
}
