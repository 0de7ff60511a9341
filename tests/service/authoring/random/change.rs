//! Changes as requests: a mutation for one change, `apply` for several, or an import of files.

use dermagraph::{
    content::catalog,
    library::{DocumentFile, Edit, LibraryError, PublishOptions, Silent, publish},
    store::Writer,
};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use super::state::without_keys;
use crate::{
    authoring::{Author, starter::argument},
    random_edits::Key,
};

/// The selection of each payload.
const PAYLOAD: &str = "revision changes { recordId type slug } errors { code message }";

/// A change of one record by a mutation.
pub struct Change {
    /// Begin of the name of the mutation, such as `patch`.
    verb: &'static str,
    type_name: &'static str,
    /// The name, the GraphQL type and the value of each argument.
    arguments: Vec<(&'static str, String, Json)>,
}

impl Change {
    /// Changes a record that exists. `arguments` are those after `by`.
    pub fn of(verb: &'static str, key: &Key, arguments: Vec<(&'static str, String, Json)>) -> Self {
        let by = ("by", format!("{}By!", key.0), json!({"slug": key.1}));
        Self { verb, type_name: key.0, arguments: [by].into_iter().chain(arguments).collect() }
    }

    pub fn patch(key: &Key, operations: Json) -> Self {
        Self::of("patch", key, vec![("operations", format!("[{}Operation!]!", key.0), operations)])
    }

    /// Saves a document of the model, without the keys of its entries.
    pub fn save(type_name: &'static str, document: &Json) -> Self {
        let document = argument(catalog().object_named(type_name).unwrap(), &without_keys(document));
        Self { verb: "save", type_name, arguments: vec![("document", format!("{type_name}Document!"), document)] }
    }

    /// Sends the revision that the client has read.
    pub fn expecting(mut self, revision: Option<usize>) -> Self {
        self.arguments.push(("expectedRevision", "Int".to_owned(), json!(revision)));
        self
    }

    /// Reports whether another such change of the same record may follow it in one `apply`.
    pub fn amends(&self) -> bool {
        ["patch", "rename"].contains(&self.verb)
    }

    fn name(&self) -> String {
        format!("{}{}", self.verb, self.type_name)
    }

    fn values(&self) -> Json {
        Json::Object(self.arguments.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())).collect())
    }
}

/// What is sent.
pub enum Request {
    Mutation(Vec<Change>),
    Files { saved: Vec<DocumentFile>, deleted: Vec<Key> },
}

impl From<Change> for Request {
    fn from(change: Change) -> Self {
        Self::Mutation(vec![change])
    }
}

impl Request {
    /// Sends it, and returns the payload; of an import, a report of the same shape.
    pub async fn send(&self, author: &Author<'_>, writer: &Writer) -> Json {
        let (saved, deleted) = match self {
            Self::Mutation(changes) => return mutate(author, changes).await,
            Self::Files { saved, deleted } => (saved, deleted),
        };
        let edit = Edit::of_files(catalog(), OffsetDateTime::now_utc, saved);
        let edit = deleted.iter().fold(edit, |edit, key| edit.delete(key.0, &key.1));
        match publish(catalog(), writer, &edit, PublishOptions::default(), &Silent).await {
            Ok(published) => published.to_json(true),
            Err(LibraryError::Problems(problems)) => {
                json!({"revision": null, "errors": [{"message": problems[0].to_string()}]})
            }
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Returns it as a text, for messages.
    pub fn shown(&self) -> String {
        match self {
            Self::Mutation(changes) => {
                let shown = changes.iter().map(|change| format!("{} {}", change.name(), change.values()));
                shown.collect::<Vec<_>>().join(", ")
            }
            Self::Files { saved, deleted } => {
                let names: Vec<&str> = saved.iter().map(|file| file.name.as_str()).collect();
                format!("files {names:?}, deletions {deleted:?}")
            }
        }
    }
}

async fn mutate(author: &Author<'_>, changes: &[Change]) -> Json {
    let [change] = changes else {
        let query = format!("mutation ($changes: [ChangeInput!]!) {{ apply(changes: $changes) {{ {PAYLOAD} }} }}");
        let changes: Json = changes.iter().map(|change| json!({(change.name()): change.values()})).collect();
        return author.run(&query, json!({"changes": changes})).await;
    };
    let declared: Vec<String> = change.arguments.iter().map(|(name, ty, _)| format!("${name}: {ty}")).collect();
    let given: Vec<String> = change.arguments.iter().map(|(name, ..)| format!("{name}: ${name}")).collect();
    let (declared, given, name) = (declared.join(", "), given.join(", "), change.name());
    author.run(&format!("mutation ({declared}) {{ {name}({given}) {{ {PAYLOAD} }} }}"), change.values()).await
}
