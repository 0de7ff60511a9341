//! The documents in the folder that an export replaces.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use time::Date;

use super::{
    id_list::{IdList, is_id_file},
    read_file::{ReadFile, read},
    splice::{Replaced, splice},
    texts::{DocumentFile, MAX_FILE_SIZE},
};
use crate::{
    engine::{canonical::CanonicalObject, catalog::Catalog},
    library::{document::read::Draft, records::record_map::RecordKey},
};

/// The documents of a folder.
pub(super) struct EarlierExport<'a> {
    catalog: &'a Catalog,
    folder: &'a Path,
    /// The ids of the records that the earlier export had; empty if the folder has no list of ids.
    ids: IdList,
}

impl<'a> EarlierExport<'a> {
    /// Reads the list of ids in a folder. The folder or the list may be missing.
    pub fn new(catalog: &'a Catalog, folder: &'a Path) -> Self {
        let mut earlier = Self { catalog, folder, ids: IdList::default() };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for name in entries.map(|entry| PathBuf::from(entry.file_name())).filter(|name| is_id_file(name)) {
            if let Some((_, file)) = earlier.read(&name) {
                earlier.ids.append(file.ids);
            }
        }
        earlier
    }

    /// Returns the text of the earlier file with the same name, changed so that it has the documents of the new file. Only
    /// what differs is replaced, so comments and formatting stay. `None` if there is no earlier file, or its text cannot be
    /// edited.
    pub fn edited(&self, new: &DocumentFile) -> Option<String> {
        let (old_text, old) = self.read(Path::new(&new.name))?;
        if old_text == new.text {
            return Some(old_text);
        }
        let new_file = read(self.catalog, new, Date::MAX);
        let (old_documents, new_documents) = (documents(&old)?, documents(&new_file)?);
        if old_documents == new_documents {
            return Some(old_text);
        }
        let splice_of = |replaced| {
            let text = splice(self.catalog, (&old_text, &old), (&new.text, &new_file), replaced)?;
            let file = DocumentFile { name: new.name.clone(), text };
            let is_new = documents(&read(self.catalog, &file, Date::MAX)).as_ref() == Some(&new_documents);
            (is_new && file.text.len() as u64 <= MAX_FILE_SIZE).then_some(file.text)
        };
        [Replaced::Values, Replaced::Documents].into_iter().find_map(splice_of)
    }

    /// Reports whether an earlier export has written a file: it is a list of ids, or the earlier export had the records of all
    /// documents in it.
    pub fn has_written(&self, path: &Path) -> bool {
        let is_known = |draft: &Draft| self.ids.ids.contains(draft.ix, &draft.slug);
        let has_documents = |file: &ReadFile| !file.drafts.is_empty() && file.drafts.iter().all(is_known);
        self.read(path).is_some_and(|(_, file)| (is_id_file(path) && file.ids.last > 0) || has_documents(&file))
    }

    fn read(&self, path: &Path) -> Option<(String, ReadFile)> {
        let file = DocumentFile { name: path.to_str()?.to_owned(), text: fs::read_to_string(self.folder.join(path)).ok()? };
        let read = read(self.catalog, &file, Date::MAX);
        Some((file.text, read))
    }
}

/// A document of a file: its fields, the record in which it is embedded, and its position there.
type Written<'f> = (&'f CanonicalObject, Option<&'f RecordKey>, Option<usize>);

/// Returns the documents of a file; `None` if it has problems, no documents, or several of one record.
fn documents(file: &ReadFile) -> Option<BTreeMap<RecordKey, Written<'_>>> {
    let key = |draft: &Draft| (draft.ix, draft.slug.clone());
    let documents = file.drafts.iter().map(|draft| (key(draft), (&draft.fields, draft.owner.as_ref(), draft.position)));
    let documents: BTreeMap<_, _> = documents.collect();
    let is_whole = file.problems.is_empty() && documents.len() == file.drafts.len();
    (is_whole && !documents.is_empty()).then_some(documents)
}
