//! The documents in the folder that an export replaces.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use time::Date;

use super::{
    emit::{Yaml, emit},
    export::explicit_document,
    folder::Leftovers,
    id_list::{IdList, is_id_file},
    read_file::{ReadFile, read},
    splice::{Replaced, splice, yaml},
    texts::{DocumentFile, MAX_FILE_SIZE, read_file},
    yaml::parse,
};
use crate::{
    engine::{
        canonical::CanonicalObject,
        catalog::{Catalog, Layout},
        declare::FORMERLY,
    },
    library::{
        document::read::Draft,
        problem::{Position, Problem, Problems, of_file},
        records::record_map::RecordKey,
    },
};

/// The documents of a folder.
pub(super) struct EarlierExport<'a> {
    catalog: &'a Catalog,
    folder: &'a Path,
    /// The ids of the records that the earlier export had; empty if the folder has no list of ids.
    ids: IdList,
    /// The ids of the records of the new export.
    new_ids: IdList,
}

impl<'a> EarlierExport<'a> {
    /// Reads the list of ids in a folder. The folder or the list may be missing.
    pub fn new(catalog: &'a Catalog, folder: &'a Path) -> Self {
        let mut earlier = Self { catalog, folder, ids: IdList::default(), new_ids: IdList::default() };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for name in entries.map(|entry| PathBuf::from(entry.file_name())).filter(|name| is_id_file(name)) {
            if let Ok((_, file)) = earlier.read(&name) {
                earlier.ids.append(file.ids);
            }
        }
        earlier
    }

    /// Adds the records of the new export, if a file of it is a list of ids.
    pub fn add_new_ids(&mut self, new: &DocumentFile) {
        if is_id_file(Path::new(&new.name)) {
            self.new_ids.append(read(self.catalog, new, Date::MAX).ids);
        }
    }

    /// Returns the text of a new file. If the folder has a file of this name, its text is changed so that it has the
    /// documents of the new file. Only what differs is replaced, so comments and formatting stay. Drafts stay too: the
    /// documents of records that neither export has. Adds to `leftovers` which drafts stay and what is lost.
    pub fn text<'n>(&self, new: &'n DocumentFile, leftovers: &mut Leftovers) -> Cow<'n, str> {
        let (name, path) = (Path::new(&new.name), self.folder.join(&new.name));
        let lost = |position: Option<Position>, sentence: String| {
            let problem = of_file(&path.display().to_string(), sentence);
            Problem { position, ..problem }
        };
        let (old_text, old) = match self.read(name) {
            Ok(read) => read,
            Err(problem) => {
                leftovers.lost.extend(path.exists().then_some(problem));
                return Cow::Borrowed(&new.text);
            }
        };
        if old_text == new.text || old_text.trim().is_empty() {
            return Cow::Borrowed(&new.text);
        }
        if let Some(problem) = old.problems.first() {
            leftovers.lost.push(Problem { path: problem.path.clone(), ..lost(problem.position, problem.sentence.clone()) });
            return Cow::Borrowed(&new.text);
        }
        if is_id_file(name) {
            return Cow::Borrowed(&new.text);
        }
        let new_file = read(self.catalog, new, Date::MAX);
        let drafts: Vec<&Draft> = old.drafts.iter().filter(|draft| !self.has_record(draft, &new_file)).collect();
        let (new, new_file) = match self.with_drafts(new, &new_file, &drafts) {
            Some(new) => {
                let new_file = read(self.catalog, &new, Date::MAX);
                (Cow::Owned(new), new_file)
            }
            None => (Cow::Borrowed(new), new_file),
        };
        let text = self.edited((&old_text, &old), (&new, &new_file)).unwrap_or_else(|| {
            leftovers.lost.push(lost(None, "Its text cannot be edited.".to_owned()));
            new.text.clone()
        });
        let file = DocumentFile { name: new.name.clone(), text };
        let written = if drafts.is_empty() { Vec::new() } else { read(self.catalog, &file, Date::MAX).drafts };
        for draft in drafts {
            let document = format!("{} \"{}\"", self.catalog.object(draft.ix).name, draft.slug);
            if written.iter().any(|other| is_of(draft, other)) {
                leftovers.drafts.push((path.clone(), document));
            } else {
                leftovers.lost.push(lost(Some(draft.at), format!("The {document} is not in the library.")));
            }
        }
        Cow::Owned(file.text)
    }

    /// Reports whether the earlier or the new export has the record of a document of an earlier file. In the new export, the
    /// record may have another slug.
    fn has_record(&self, draft: &Draft, new_file: &ReadFile) -> bool {
        let was_named = |new: &Draft| {
            new.ix == draft.ix && new.fields.list(FORMERLY).iter().any(|slug| slug.as_str() == Some(&*draft.slug))
        };
        [&self.ids, &self.new_ids].iter().any(|list| list.ids.contains(draft.ix, &draft.slug))
            || new_file.drafts.iter().any(|new| is_of(draft, new) || was_named(new))
    }

    /// Returns a new file of collections with the drafts of collections added. `None` if there are none, or if the new file
    /// has other documents.
    fn with_drafts(&self, new: &DocumentFile, new_file: &ReadFile, drafts: &[&Draft]) -> Option<DocumentFile> {
        let role = |draft: &Draft| {
            let role = self.catalog.object(draft.ix).content()?;
            matches!(role.layout, Layout::Collection(_)).then_some(role)
        };
        let added: Vec<_> = drafts.iter().filter_map(|draft| Some((draft, role(draft)?))).collect();
        if added.is_empty() || !new_file.drafts.iter().all(|draft| role(draft).is_some()) {
            return None;
        }
        let Yaml::Map(mut root) = yaml(&parse(&new.text, &mut Problems::of(&"".into()))?) else { return None };
        for (draft, role) in added {
            let document = explicit_document(self.catalog, self.catalog.object(draft.ix), &draft.fields)?;
            match root.iter_mut().find(|(name, _)| name == role.plural) {
                Some((_, Yaml::List(documents))) => documents.push(document),
                _ => root.push((role.plural.to_owned(), Yaml::List(vec![document]))),
            }
        }
        Some(DocumentFile { name: new.name.clone(), text: emit(&Yaml::Map(root)).ok()? })
    }

    /// Returns the text of an earlier file, changed so that it has the documents of the new file. `None` if the text cannot
    /// be edited.
    fn edited(&self, (old_text, old): (&str, &ReadFile), (new, new_file): (&DocumentFile, &ReadFile)) -> Option<String> {
        let (old_documents, new_documents) = (documents(old)?, documents(new_file)?);
        if old_documents == new_documents {
            return Some(old_text.to_owned());
        }
        let splice_of = |replaced| {
            let text = splice(self.catalog, (old_text, old), (&new.text, new_file), replaced)?;
            let file = DocumentFile { name: new.name.clone(), text };
            let is_new = documents(&read(self.catalog, &file, Date::MAX)).as_ref() == Some(&new_documents);
            (is_new && file.text.len() as u64 <= MAX_FILE_SIZE).then_some(file.text)
        };
        [Replaced::Values, Replaced::Documents].into_iter().find_map(splice_of)
    }

    /// Reports whether an earlier export has written a file: it is a list of ids, or the earlier export had the records of
    /// all documents in it.
    pub fn has_written(&self, path: &Path) -> bool {
        let is_known = |draft: &Draft| self.ids.ids.contains(draft.ix, &draft.slug);
        let has_documents =
            |file: &ReadFile| file.problems.is_empty() && !file.drafts.is_empty() && file.drafts.iter().all(is_known);
        self.read(path).is_ok_and(|(_, file)| (is_id_file(path) && file.ids.last > 0) || has_documents(&file))
    }

    fn read(&self, path: &Path) -> Result<(String, ReadFile), Problem> {
        let DocumentFile { text, .. } = read_file(&self.folder.join(path))?;
        let file = DocumentFile { name: path.display().to_string(), text };
        let read = read(self.catalog, &file, Date::MAX);
        Ok((file.text, read))
    }
}

/// Reports whether two documents describe the same record.
fn is_of(one: &Draft, other: &Draft) -> bool {
    (one.ix, &one.slug) == (other.ix, &other.slug)
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
