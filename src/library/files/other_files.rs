//! Files in the folder of an export that do not belong to the export. They stay when the folder is replaced.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::library::error::LibraryError;

use super::{
    earlier_export::EarlierExport,
    folder::{Leftovers, failed},
    texts::{EXTENSION, is_document, is_hidden},
};

/// Creates hard links in the new folder to the files of the old folder that do not belong to an export. A file has the
/// same relative path in both folders.
pub(super) struct OtherFiles<'a> {
    old: &'a Path,
    new: &'a Path,
    /// The files that the export has written.
    written: &'a BTreeSet<PathBuf>,
    /// The folders of documents, such as `procedures`.
    folders: BTreeSet<&'a Path>,
    earlier: &'a EarlierExport<'a>,
    leftovers: &'a mut Leftovers,
}

impl<'a> OtherFiles<'a> {
    /// Creates hard links in `new` to the files of `old`. Subfolders get the same permissions. Documents that an
    /// earlier export has written are not linked. Adds the documents of `old` that this export has not written to
    /// `leftovers`.
    ///
    /// # Errors
    /// [`LibraryError::Write`] if a file can be neither linked nor copied, or the export has a folder of the same name.
    pub fn link(
        old: &'a Path,
        new: &'a Path,
        written: &'a BTreeSet<PathBuf>,
        earlier: &'a EarlierExport<'a>,
        leftovers: &'a mut Leftovers,
    ) -> Result<(), LibraryError> {
        let root = Path::new("");
        let folders = written.iter().filter_map(|path| path.parent()).filter(|folder| *folder != root).collect();
        Self { old, new, written, folders, earlier, leftovers }.link_folder(root)
    }

    fn link_folder(&mut self, folder: &Path) -> Result<(), LibraryError> {
        let (old, new) = (self.old.join(folder), self.new.join(folder));
        fs::create_dir_all(&new).map_err(failed(&old))?;
        for entry in fs::read_dir(&old).map_err(failed(&old))? {
            let entry = entry.map_err(failed(&old))?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(failed(&entry.path()))?;
            if kind.is_dir() {
                self.link_folder(&path)?;
                continue;
            }
            let is_leftover = self.is_leftover(&path);
            if is_leftover && self.earlier.has_written(&path) {
                self.leftovers.removed.push(entry.path());
                continue;
            }
            if is_leftover {
                self.leftovers.unchanged.push(entry.path());
            }
            if !self.written.contains(&path) {
                let (from, to) = (entry.path(), self.new.join(&path));
                let linked = fs::hard_link(&from, &to).or_else(|error| match error.kind() {
                    // Not every file system has hard links.
                    kind_of if kind_of != ErrorKind::AlreadyExists && kind.is_file() => fs::copy(&from, &to).map(drop),
                    _ => Err(error),
                });
                linked.map_err(failed(&from))?;
            }
        }
        let permissions = fs::metadata(&old).map(|metadata| metadata.permissions());
        permissions.and_then(|permissions| fs::set_permissions(&new, permissions)).map_err(failed(&old))
    }

    /// Reports whether a file is where an export writes documents, and this export has not written it.
    fn is_leftover(&self, path: &Path) -> bool {
        if self.written.contains(path) || !self.old.join(path).is_file() {
            return false;
        }
        match path.parent() {
            Some(folder) if self.folders.contains(folder) => is_document(path) && !is_hidden(path),
            Some(folder) if folder == Path::new("") => self.is_part(path),
            _ => false,
        }
    }

    /// Reports whether a file has the name of a further part (`sources-2.yaml`) of a collection that is written
    /// (`sources.yaml`).
    fn is_part(&self, path: &Path) -> bool {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.rsplit_once('-'));
        path.extension().is_some_and(|extension| extension == EXTENSION)
            && stem.is_some_and(|(collection, number)| {
                !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
                    && self.written.contains(&path.with_file_name(format!("{collection}.{EXTENSION}")))
            })
    }
}
