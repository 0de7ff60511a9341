//! Replacing a folder by a new one in one step.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::folder::sync;

/// A hidden new folder next to the folder that it will replace. Dropping it removes the new folder, or after the replacement
/// the old one.
pub(super) struct Replacement {
    /// The folder that is replaced, without symbolic links if it exists.
    target: PathBuf,
    /// The new folder; after the replacement the old one.
    pub staging: PathBuf,
    /// Where the old folder is during the replacement, on file systems that cannot exchange two folders.
    old: PathBuf,
    /// A lock against other exports into the same parent folder. `None` on a file system without locks.
    _lock: Option<File>,
}

impl Replacement {
    /// Creates an empty new folder, and removes the folders that an interrupted process has left. Waits while another
    /// process replaces a folder with the same parent.
    ///
    /// # Errors
    /// If the path ends in no name, or a folder cannot be created or removed.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        let target = match folder.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(folder)?,
            found => found?,
        };
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        fs::create_dir_all(parent)?;
        let hidden = |suffix: &str| {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(suffix);
            parent.join(hidden)
        };
        let (staging, old) = (hidden(".export-new"), hidden(".export-old"));
        let lock = File::open(parent).and_then(|parent| parent.lock().map(|()| parent)).ok();
        if !target.exists() && old.exists() {
            fs::rename(&old, &target)?;
        }
        for left in [&staging, &old] {
            fs::remove_dir_all(left)
                .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        }
        fs::create_dir(&staging)?;
        Ok(Self { target, staging, old, _lock: lock })
    }

    /// Reports whether the current folder of this process, and so probably of the shell, is the replaced folder or inside of
    /// it. The shell would remain in the removed folder.
    pub fn replaces_current_folder(&self) -> bool {
        std::env::current_dir()
            .and_then(|current| current.canonicalize())
            .is_ok_and(|current| current.starts_with(&self.target))
    }

    /// Replaces the target by the new folder, and removes the old target if it exists.
    ///
    /// # Errors
    /// If the file system refuses, for example because the target is a mount point; then the target is unchanged, or the
    /// error names the folder that it was renamed to. Or if the new target cannot be written to the disk.
    pub fn finish(self, target_exists: bool) -> io::Result<()> {
        let Self { target, staging, old, .. } = &self;
        if !target_exists {
            fs::rename(staging, target)?;
        } else if !exchange(staging, target)? {
            fs::rename(target, old)?;
            if let Err(error) = fs::rename(staging, target) {
                if fs::rename(old, target).is_ok() {
                    return Err(error);
                }
                let sentence = format!("{error}; its old content is now in {}", old.display());
                return Err(io::Error::new(error.kind(), sentence));
            }
            // What cannot be removed now is removed by the next export.
            let _ = fs::remove_dir_all(old);
        }
        sync(target)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next export.
        let _ = fs::remove_dir_all(&self.staging);
    }
}

/// Exchanges two folders in one step. Returns false if the file system cannot do that.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::{
        fs::{CWD, RenameFlags, renameat_with},
        io::Errno,
    };
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}
