//! Writing an export into a folder. Afterwards the folder has the whole export, or is unchanged.

use std::{
    borrow::Borrow,
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{earlier_export::EarlierExport, other_files::OtherFiles, replacement::Replacement, texts::DocumentFile};
use crate::{
    engine::catalog::Catalog,
    library::{error::LibraryError, problem::Problem},
};

/// What the old folder had that the export did not write.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// The files of an earlier export. They were removed.
    pub removed: Vec<PathBuf>,
    /// The files that no earlier export wrote, according to the list of ids in the folder. They stay.
    pub unchanged: Vec<PathBuf>,
    /// The documents of records that neither the earlier export nor this one has, in files that this one has written: each
    /// with its file, and with its type and slug. They stay.
    pub drafts: Vec<(PathBuf, String)>,
    /// What was lost: files that were written anew, each with the reason, and embedded documents of records that neither
    /// export has.
    pub lost: Vec<Problem>,
}

/// Writes files into a folder, which is created if it is missing.
///
/// The files are written one at a time into a new folder next to it, so not all of them are in
/// memory. The new folder then replaces the old one in one step. If the process is killed before
/// this step, the old folder stays, and the next call removes the new one. On a file system that
/// cannot exchange two folders, the replacement has several steps; if the process is killed between
/// them, the next call restores the old folder.
///
/// With `force` the folder may contain other files. They stay, except for documents of an earlier
/// export that are not among `files`: an import of the folder would restore their records. A file
/// counts as such a document if two conditions are met. First, it is in a folder of documents
/// (`procedures/`), or is a further file of a collection (`sources-2.yaml`). Second, the list of
/// ids in the folder has every record of the file. If the new file of the same name has other
/// documents than an old file, only the values that differ are replaced in the text of the old one.
/// Its drafts stay: the documents of records that neither the earlier export nor this one has.
///
/// # Errors
/// [`LibraryError::NotEmpty`] if the folder is not empty and `force` is false, [`LibraryError::CurrentFolder`] if the
/// folder contains the current folder of the process, and [`LibraryError::Write`] if a file cannot be written.
pub fn write_files(
    catalog: &Catalog,
    folder: &Path,
    files: impl IntoIterator<Item: Borrow<DocumentFile>>,
    force: bool,
) -> Result<Leftovers, LibraryError> {
    let replacement = Replacement::begin(folder).map_err(failed(folder))?;
    let exists = match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(false) if !force => return Err(LibraryError::NotEmpty(folder.to_owned())),
        Ok(_) if replacement.replaces_current_folder() => return Err(LibraryError::CurrentFolder(folder.to_owned())),
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(folder)(error)),
    };
    let mut earlier = EarlierExport::new(catalog, folder);
    let mut files = files.into_iter();
    // Only a folder that is not empty has earlier files. Their changes depend on the ids of the export, which are in its
    // last files.
    let with_ids: Vec<_> = if force { files.by_ref().collect() } else { Vec::new() };
    for file in &with_ids {
        earlier.add_new_ids(file.borrow());
    }
    let (mut written, mut leftovers) = (BTreeSet::new(), Leftovers::default());
    for file in with_ids.into_iter().chain(files) {
        let file: &DocumentFile = file.borrow();
        let text = earlier.text(file, &mut leftovers);
        let path = replacement.staging.join(&file.name);
        let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
        parent.and_then(|()| fs::write(&path, &*text)).map_err(failed(&folder.join(&file.name)))?;
        written.insert(PathBuf::from(&file.name));
    }
    sync(&replacement.staging).map_err(failed(folder))?;
    if exists {
        OtherFiles::link(folder, &replacement.staging, &written, &earlier, &mut leftovers)?;
    }
    replacement.finish(exists).map_err(failed(folder))?;
    Ok(leftovers)
}

/// Returns a function that turns an I/O error into a [`LibraryError`] with this path.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> LibraryError {
    let path = path.to_owned();
    |source| LibraryError::Write { path, source }
}

/// Waits until everything that was written to the file system of a folder is on the disk. One call takes a fraction of
/// the time that a call for each file would take.
#[cfg(target_os = "linux")]
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

/// Does nothing, because other operating systems have no such call. They write to the disk some time later.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> DocumentFile {
        DocumentFile { name: name.to_owned(), text: format!("{name}\n") }
    }

    fn export(
        folder: &Path,
        files: impl IntoIterator<Item: Borrow<DocumentFile>>,
        force: bool,
    ) -> Result<Leftovers, LibraryError> {
        write_files(crate::content::catalog(), folder, files, force)
    }

    fn area(slug: &str) -> String {
        format!("notice: N\nbodyAreas:\n- slug: {slug}\n  name: A\n")
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_contains_all_files() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("deep/out");
        export(&folder, [file("a.yaml"), file("deep/b.yaml")], false).unwrap();
        assert_eq!(names(&folder), ["a.yaml", "deep"]);
        assert_eq!(fs::read_to_string(folder.join("deep/b.yaml")).unwrap(), "deep/b.yaml\n");
        assert_eq!(names(&root.path().join("deep")), ["out"]);
        assert!(matches!(export(&folder, [file("a.yaml")], false), Err(LibraryError::NotEmpty(_))));
        assert_eq!(names(&root.path().join("deep")), ["out"]);
    }

    #[test]
    fn an_empty_folder_is_filled() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("out");
        fs::create_dir(&folder).unwrap();
        export(&folder, [file("a.yaml")], false).unwrap();
        assert_eq!(names(&folder), ["a.yaml"]);
        assert_eq!(names(root.path()), ["out"]);
    }

    #[test]
    fn documents_are_replaced_with_force_and_other_files_stay() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("out");
        fs::create_dir_all(folder.join("k8s/deep")).unwrap();
        fs::create_dir_all(folder.join("procedures")).unwrap();
        let others = ["README.md", "compose.yaml", ".git", "k8s/app.yaml", "k8s/deep/app.yml", "procedures/notes.txt"];
        for name in others.into_iter().chain(["a.yaml"]) {
            fs::write(folder.join(name), "").unwrap();
        }
        fs::write(folder.join("procedures/gone.yaml"), area("gone")).unwrap();
        fs::write(folder.join("procedures/mine.yaml"), area("mine")).unwrap();
        fs::write(folder.join("ids.yaml"), "lastId: 7\nids:\n  BodyArea:\n    gone: 7\n").unwrap();
        let files = [file("a.yaml"), file("procedures/b.yaml")];
        let refused = export(&folder, &files, false);
        assert!(matches!(refused, Err(LibraryError::NotEmpty(_))));
        assert_eq!(fs::read_to_string(folder.join("a.yaml")).unwrap(), "");
        let Leftovers { removed, unchanged, .. } = export(&folder, &files, true).unwrap();
        assert_eq!(removed, [folder.join("procedures/gone.yaml")]);
        assert_eq!(unchanged, [folder.join("procedures/mine.yaml")]);
        assert!(others.iter().all(|name| folder.join(name).exists()));
        assert_eq!(names(&folder.join("procedures")), ["b.yaml", "mine.yaml", "notes.txt"]);
        assert_eq!(fs::read_to_string(folder.join("a.yaml")).unwrap(), "a.yaml\n");
        assert_eq!(names(root.path()), ["out"]);
    }

    #[test]
    fn only_documents_that_an_earlier_export_wrote_as_parts_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("out");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("ids-2.yaml"), "lastId: 8\nids:\n  BodyArea:\n    a-4: 6\n").unwrap();
        let others = ["a-.yaml", "a-2.txt", "a-b.yaml", "a-2.yaml.bak", "other-2.yaml", "a-3.yaml"];
        for name in others.into_iter().chain(["a-2.yaml", "a-10.yaml"]) {
            fs::write(folder.join(name), area(name.split('.').next().unwrap())).unwrap();
        }
        fs::write(folder.join("ids.yaml"), "lastId: 8\nids:\n  BodyArea:\n    a-2: 7\n    a-10: 8\n").unwrap();
        let Leftovers { mut removed, unchanged, .. } = export(&folder, [file("a.yaml"), file("ids.yaml")], true).unwrap();
        removed.sort();
        assert_eq!(unchanged, [folder.join("a-3.yaml")]);
        assert_eq!(removed, ["a-10.yaml", "a-2.yaml", "ids-2.yaml"].map(|name| folder.join(name)));
        assert!(others.iter().all(|name| folder.join(name).exists()));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_are_kept() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("out");
        fs::create_dir_all(folder.join("private")).unwrap();
        fs::write(folder.join("private/notes.txt"), "").unwrap();
        symlink("nowhere", folder.join("link")).unwrap();
        symlink("out", root.path().join("link-to-out")).unwrap();
        fs::set_permissions(folder.join("private"), fs::Permissions::from_mode(0o750)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let inode = |name: &str| fs::symlink_metadata(folder.join(name)).unwrap().ino();
        let before = (inode("link"), inode("private/notes.txt"));

        export(&root.path().join("link-to-out"), [file("a.yaml")], true).unwrap();
        assert_eq!(names(&folder), ["a.yaml", "link", "private"]);
        assert_eq!((inode("link"), inode("private/notes.txt")), before);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("private"))), (0o700, 0o750));
        assert!(root.path().join("link-to-out").is_symlink());
    }

    #[test]
    fn what_an_interrupted_export_left_is_removed_or_put_back() {
        let root = tempfile::tempdir().unwrap();
        let (new, old) = (root.path().join(".out.export-new"), root.path().join(".out.export-old"));
        fs::create_dir_all(new.join("procedures")).unwrap();
        fs::create_dir(&old).unwrap();
        fs::write(old.join("notes.txt"), "").unwrap();
        let folder = root.path().join("out");
        assert!(matches!(export(&folder, [file("a.yaml")], false), Err(LibraryError::NotEmpty(_))));
        assert_eq!(names(&folder), ["notes.txt"]);
        export(&folder, [file("a.yaml")], true).unwrap();
        assert_eq!(names(&folder), ["a.yaml", "notes.txt"]);
        assert_eq!(names(root.path()), ["out"]);
    }

    #[test]
    fn the_current_folder_is_refused() {
        let current = std::env::current_dir().unwrap();
        let refused = export(&current, [file("a.yaml")], true);
        assert!(matches!(refused, Err(LibraryError::CurrentFolder(_))));
        assert!(!current.join("a.yaml").exists());
    }

    #[test]
    fn a_file_at_the_path_of_a_folder_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("out");
        fs::write(&folder, "").unwrap();
        assert!(matches!(export(&folder, [file("a.yaml")], true), Err(LibraryError::Write { .. })));
        fs::remove_file(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("procedures"), "unchanged").unwrap();
        let refused = export(&folder, [file("procedures/a.yaml")], true);
        assert!(matches!(refused, Err(LibraryError::Write { .. })));
        assert_eq!(fs::read_to_string(folder.join("procedures")).unwrap(), "unchanged");
        assert_eq!(names(root.path()), ["out"]);
    }
}
