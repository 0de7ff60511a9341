//! Random changes of a small library, by mutations and by files: patches of all fields and of all lists of every type;
//! saved documents; new, renamed, deleted and restored records; imports; and several changes in one `apply`. Many of the
//! changes are sent with the revision of an earlier document, and are merged or refused. After each, the library is that of
//! the model, and no id and no key of an entry has changed its meaning.

mod change;
mod entries;
mod identity;
mod library;
mod records;
mod state;
mod values;

use std::collections::BTreeMap;

use dermagraph::{
    content::catalog,
    library::{PublishOptions, Silent, check, import},
};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use self::{
    change::{Change, Request},
    identity::Identities,
    state::State,
};
use super::{Author, revision};
use crate::{
    entry_keys::Written,
    random_edits::{Key, Model, Random, canonical, compare},
    support::{TestApp, on_both_databases},
};

/// Number of changes of a run, unless the variable `DERMAGRAPH_MUTATIONS` sets another.
const MUTATIONS: usize = 80;

/// A run of at least this number of changes must publish one of each kind.
const LONG: usize = 500;

/// The texts that change, with their types. Records of these types are also renamed, copied, deleted and restored.
const TEXTS: [(&str, &str); 3] = [("Source", "title"), ("Condition", "description"), ("Procedure", "description")];

/// The kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A patch of a text of an earlier document.
    Text,
    /// A saved document with another text.
    Saved,
    /// A patch of a field that others depend on.
    Field,
    /// A patch of any fields and lists of a record of any type.
    Patch,
    /// A patch of a text that others have changed.
    Conflict,
    /// A patch of contraindications.
    Contraindications,
    /// A patch of an outcome, or of its evidence.
    Outcome,
    /// A saved procedure with changed outcomes.
    Outcomes,
    Rename,
    /// A document that has another slug, and the old one in `formerly`.
    RenamingDocument,
    New,
    Delete,
    Restore,
    RestoreDeleted,
    Files,
    /// Several changes in one `apply`.
    Several,
}

/// The kinds, as often as each is drawn before all are drawn again.
const KINDS: [Kind; 28] = [
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Saved,
    Kind::Saved,
    Kind::Field,
    Kind::Patch,
    Kind::Patch,
    Kind::Patch,
    Kind::Patch,
    Kind::Patch,
    Kind::Conflict,
    Kind::Contraindications,
    Kind::Contraindications,
    Kind::Contraindications,
    Kind::Outcome,
    Kind::Outcome,
    Kind::Outcomes,
    Kind::Rename,
    Kind::RenamingDocument,
    Kind::New,
    Kind::Delete,
    Kind::Restore,
    Kind::RestoreDeleted,
    Kind::Files,
    Kind::Files,
    Kind::Several,
    Kind::Several,
];

impl Kind {
    fn written(self) -> Written {
        match self {
            Self::Saved | Self::Outcomes | Self::RenamingDocument | Self::New | Self::Files => Written::Documents,
            Self::Restore | Self::RestoreDeleted => Written::Restored,
            _ => Written::Patches,
        }
    }
}

/// What a request is expected to do.
enum Expected {
    /// The library afterwards, if the model has no problem.
    After(Box<State>),
    /// It is refused, because others have changed the same value.
    Conflict,
    /// It is refused, because there is no such record.
    Absent,
}

/// A request with what it should do; `None` if the library has nothing that could change in this way.
type Drawn = Option<(Request, Expected)>;

/// A change, the number of its record, and the library after it; `None` if there is nothing to change.
type Single = Option<(Change, usize, State)>;

struct Run {
    random: Random,
    /// The kinds that are still to be drawn.
    kinds: Vec<Kind>,
    /// The states after all revisions; the first is that of the import.
    past: Vec<State>,
    /// The number of the first revision.
    first: usize,
    /// Deleted records, with the index of the last state that had them.
    deleted: Vec<(usize, usize)>,
    /// The number that was returned last.
    numbers: usize,
}

impl Run {
    fn now(&self) -> &State {
        self.past.last().unwrap()
    }

    /// Returns a number that no other call returns.
    fn number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers
    }

    /// Returns the number of a new record.
    fn record_number(&mut self) -> usize {
        self.number() + 1_000_000
    }

    /// Returns a slug that no record has or had.
    fn fresh(&mut self, prefix: &str) -> String {
        // The step of an import names its new records by numbers alone.
        format!("{prefix}-of-{}", self.number())
    }

    /// Returns one of a few texts, so that two editors sometimes choose the same one.
    fn words(&mut self) -> Json {
        let text = ["One text.", "Another text.", "A third text."][self.random.below(3)];
        json!(format!("{text} {}", self.random.below(2)))
    }

    /// Returns a record of a type; in half of the cases the first, so that two editors often change the same one.
    fn often_the_same(&mut self, state: &State, type_name: &str) -> Key {
        if self.random.below(2) == 0 {
            return state.model.0.keys().find(|key| key.0 == type_name).unwrap().clone();
        }
        state.model.any(&mut self.random, type_name)
    }

    /// Returns a state that the client may have read, with its revision.
    fn read(&mut self) -> (Option<usize>, State) {
        let at = self.past.len() - 1 - self.random.below(self.past.len().min(10));
        if self.random.below(4) == 0 { (None, self.now().clone()) } else { (Some(at + self.first), self.past[at].clone()) }
    }

    /// Draws a kind. Each is drawn about as often as [`KINDS`] has it, also in a short run.
    fn kind(&mut self) -> Kind {
        if self.kinds.is_empty() {
            self.kinds.extend(KINDS);
        }
        self.kinds.swap_remove(self.random.below(self.kinds.len()))
    }

    fn draw(&mut self, kind: Kind) -> Drawn {
        match kind {
            Kind::Text => Some(self.text(false)),
            Kind::Saved => Some(self.text(true)),
            Kind::Conflict => self.conflict(),
            Kind::Contraindications => self.contraindications(),
            Kind::Outcomes => self.outcomes(),
            Kind::RenamingDocument => Some(self.renaming_document()),
            Kind::Restore => self.restore(false),
            Kind::RestoreDeleted => self.restore(true),
            Kind::Files => Some(self.files()),
            Kind::Several => self.several(),
            Kind::Field | Kind::Patch | Kind::Outcome | Kind::Rename | Kind::New | Kind::Delete => {
                let now = self.now().clone();
                let (change, _, after) = self.single(kind, now)?;
                Some((change.into(), Expected::After(after.into())))
            }
        }
    }

    /// Adds the state after a publication.
    fn add(&mut self, after: State) {
        let (before, last) = (self.now(), self.past.len() - 1);
        let gone = before.records.values().filter(|record| after.key_of(**record).is_none());
        let gone: Vec<(usize, usize)> = gone.map(|record| (*record, last)).collect();
        self.deleted.retain(|(record, _)| after.key_of(*record).is_none());
        self.deleted.extend(gone);
        self.past.push(after);
    }
}

on_both_databases! {
    async fn random_mutations_give_the_library_of_the_model(app: &TestApp) {
        let author = Author::publisher(app).await;
        let writer = app.store.writer();
        let (model, numbers) = library::filled();
        let options = PublishOptions { prune: true, allow_removing_most: true, ..PublishOptions::default() };
        import(catalog(), writer, &model.all(), options, &Silent).await.unwrap();
        let records = model.0.keys().cloned().zip(0..).collect();
        let first = usize::try_from(revision(app).await).unwrap();
        let mut state = State { model, records };
        let mut identities = Identities::default();
        identities.check(writer, (None, &mut state), &json!({}), Written::Documents, "the import").await;
        let random = Random(20_261_130);
        let mut run = Run { random, kinds: Vec::new(), past: vec![state], first, deleted: Vec::new(), numbers };
        let (mut published, mut conflicts, mut refused) = (BTreeMap::<Kind, usize>::new(), 0, 0);
        let count = std::env::var("DERMAGRAPH_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
        for number in 0..count {
            let kind = run.kind();
            let Some((request, expected)) = run.draw(kind) else { continue };
            let payload = request.send(&author, writer).await;
            let words = format!("{number}: {kind:?}: {}", request.shown());
            let is_published = payload["revision"].is_i64();
            let is_refused = payload["errors"].as_array().is_some_and(|errors| !errors.is_empty());
            match expected {
                Expected::Conflict => {
                    assert_eq!(payload["errors"][0]["code"], "CONFLICT", "{words}: {payload}");
                    conflicts += 1;
                }
                Expected::Absent => assert_eq!(payload["errors"][0]["code"], "NOT_FOUND", "{words}: {payload}"),
                Expected::After(mut after) => {
                    let problems = check(catalog(), OffsetDateTime::now_utc, &after.model.all()).problems;
                    assert_eq!(is_refused, !problems.is_empty(), "{words}: {payload} {problems:?}");
                    if is_published {
                        let states = (Some(run.now()), &mut *after);
                        identities.check(writer, states, &payload, kind.written(), &words).await;
                        run.add(*after);
                        *published.entry(kind).or_default() += 1;
                    } else {
                        refused += usize::from(is_refused);
                        let documents = |model: &Model| canonical(&model.all());
                        assert!(is_refused || documents(&after.model) == documents(&run.now().model), "{words}: nothing was published");
                    }
                }
            }
            // Without a new revision, the checksum is enough: it is that of the documents that were compared last.
            let latest = compare(writer, &run.now().model, is_published, &words).await;
            assert_eq!(usize::try_from(latest).unwrap(), run.first + run.past.len() - 1, "{words}");
        }
        println!("{published:?} were published; {conflicts} were conflicts, {refused} were refused");
        assert!(run.past.len() > count / 3 && conflicts > 0 && refused > 0, "{published:?} {conflicts} {refused}");
        let was_published = |kind: &Kind| *kind == Kind::Conflict || published.contains_key(kind);
        assert!(count < LONG || KINDS.iter().all(was_published), "{published:?}");
    }
}
