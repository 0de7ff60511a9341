//! The questions of the first page.
//!
//! They are about records of the starter library. If a library does not have the procedure or condition of a question, the
//! question is about the procedure or condition with the most outcomes.

use maud::Markup;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    PageRequest, Site,
    answers::{self, Context},
    components::{Named, Nodes},
    words,
};

/// Text of the document that finds the records of the questions.
pub(super) const KNOWN: &str = include_str!("requests/known.graphql");
/// Text of the document that finds records in place of missing ones.
pub(super) const SUBSTITUTES: &str = include_str!("requests/substitutes.graphql");

/// A question in plain words, with the request that answers it.
pub struct Question {
    /// The parameter of its address: `/?q=SLUG`.
    pub slug: &'static str,
    /// The question about the records of the starter library.
    pub title: &'static str,
    /// The question about other records, with the names of the variables in braces.
    template: &'static str,
    file: &'static str,
    variables: &'static [(&'static str, Value)],
    view: View,
}

/// Makes the answer from the data of the response.
type View = fn(Json, &Context<'_>) -> Result<Markup, serde_json::Error>;

/// A question about records of this library.
#[derive(Clone)]
pub struct ResolvedQuestion {
    /// The parameter of its address.
    pub slug: &'static str,
    /// The question.
    pub title: String,
    request: PageRequest,
    view: View,
}

/// The value of a variable.
#[derive(Clone, Copy)]
enum Value {
    Text(&'static str),
    Number(i64),
}

const CONDITION: &str = "condition";
const PROCEDURE: &str = "procedure";

static QUESTIONS: [Question; 8] = [
    Question {
        slug: "melasma",
        title: "What helps with melasma, and how sure is that?",
        template: "What helps with {condition}, and how sure is that?",
        file: include_str!("requests/treatments.graphql"),
        variables: &[(CONDITION, Value::Text("melasma"))],
        view: answers::treatments,
    },
    Question {
        slug: "microneedling-with-rosacea",
        title: "Can I have microneedling with rosacea?",
        template: "Can I have {procedure} with {condition}?",
        file: include_str!("requests/permission.graphql"),
        variables: &[(PROCEDURE, Value::Text("microneedling")), (CONDITION, Value::Text("rosacea"))],
        view: answers::permission,
    },
    Question {
        slug: "level-1-evidence",
        title: "Which treatments have level 1 evidence?",
        template: "Which treatments have level 1 evidence?",
        file: include_str!("requests/level.graphql"),
        variables: &[("level", Value::Number(1))],
        view: answers::level,
    },
    Question {
        slug: "after-a-chemical-peel",
        title: "What must I do after a chemical peel?",
        template: "What must I do after {procedure}?",
        file: include_str!("requests/aftercare.graphql"),
        variables: &[(PROCEDURE, Value::Text("chemical-peel"))],
        view: answers::aftercare,
    },
    Question {
        slug: "who-must-not-have-botulinum-toxin",
        title: "Who must not have botulinum toxin?",
        template: "Who must not have {procedure}?",
        file: include_str!("requests/contraindications.graphql"),
        variables: &[(PROCEDURE, Value::Text("botulinum-toxin"))],
        view: answers::contraindications,
    },
    Question {
        slug: "red-after-microneedling",
        title: "How long am I red after microneedling?",
        template: "How long am I red after {procedure}?",
        file: include_str!("requests/aftercare.graphql"),
        variables: &[(PROCEDURE, Value::Text("microneedling"))],
        view: answers::recovery,
    },
    Question {
        slug: "acne-scars-compared",
        title: "How do the treatments of acne scars compare?",
        template: "How do the treatments of {condition} compare?",
        file: include_str!("requests/comparison.graphql"),
        variables: &[(CONDITION, Value::Text("acne-scars"))],
        view: answers::comparison,
    },
    Question {
        slug: "risks-of-dermal-filler",
        title: "What can go wrong with a dermal filler?",
        template: "What can go wrong with {procedure}?",
        file: include_str!("requests/risks.graphql"),
        variables: &[(PROCEDURE, Value::Text("dermal-filler"))],
        view: answers::risks,
    },
];

/// Returns the questions in their order on the page.
#[must_use]
pub fn all() -> &'static [Question] {
    &QUESTIONS
}

/// Returns the question with this slug; `None` if there is none.
#[must_use]
pub fn find(slug: &str) -> Option<&'static Question> {
    QUESTIONS.iter().find(|question| question.slug == slug)
}

/// Returns the request that finds the records that the questions name, as far as the library has them.
#[must_use]
pub fn known() -> PageRequest {
    let slugs = |name: &str| -> Vec<&str> {
        let variables = QUESTIONS.iter().flat_map(|question| question.variables);
        let named = variables.filter(|(variable, _)| *variable == name);
        named.filter_map(|(_, value)| if let Value::Text(slug) = value { Some(*slug) } else { None }).collect()
    };
    PageRequest::new(KNOWN, [("procedures", json!(slugs(PROCEDURE))), ("conditions", json!(slugs(CONDITION)))])
}

/// Returns the request that finds records in place of the named records that the library does not have.
#[must_use]
pub fn substitutes() -> PageRequest {
    PageRequest::new(SUBSTITUTES, [])
}

/// Procedures and conditions by their slugs and names.
#[derive(Debug, Deserialize)]
pub struct Records {
    procedures: Nodes<Named>,
    conditions: Nodes<Named>,
}

impl Records {
    /// Returns the records for a variable.
    fn of(&self, variable: &str) -> &[Named] {
        if variable == PROCEDURE { &self.procedures.nodes } else { &self.conditions.nodes }
    }

    /// Reports whether these include all records that the questions name.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        QUESTIONS.iter().all(|question| question.resolve(self, None).is_some())
    }
}

/// Returns the questions that have records, in their order on the page. `known` are the records that the questions name, as
/// far as the library has them. `substitutes` are used in place of missing records.
#[must_use]
pub fn resolve(known: &Records, substitutes: Option<&Records>) -> Vec<ResolvedQuestion> {
    QUESTIONS.iter().filter_map(|question| question.resolve(known, substitutes)).collect()
}

impl Question {
    /// Returns its request.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        PageRequest::new(self.file, self.variables.iter().map(|(name, value)| (*name, value.json())))
    }

    /// Returns the question about the records that it names, even if the library does not have them.
    #[must_use]
    pub fn with_named_records(&self) -> ResolvedQuestion {
        ResolvedQuestion { slug: self.slug, title: self.title.to_owned(), request: self.request(), view: self.view }
    }

    fn resolve(&self, known: &Records, substitutes: Option<&Records>) -> Option<ResolvedQuestion> {
        let (mut title, mut is_own, mut variables) = (self.template.to_owned(), true, Vec::new());
        for (name, value) in self.variables {
            let Value::Text(slug) = value else {
                variables.push((*name, value.json()));
                continue;
            };
            let own = known.of(name).iter().find(|record| record.slug == *slug);
            is_own &= own.is_some();
            let record = own.or_else(|| substitutes?.of(name).first())?;
            title = title.replace(&format!("{{{name}}}"), &words::lowercase_first(&record.name));
            variables.push((*name, json!(record.slug)));
        }
        if is_own {
            return Some(self.with_named_records());
        }
        Some(ResolvedQuestion { slug: self.slug, title, request: PageRequest::new(self.file, variables), view: self.view })
    }
}

impl Value {
    fn json(self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
        }
    }
}

impl ResolvedQuestion {
    /// Returns its request.
    #[must_use]
    pub fn request(&self) -> &PageRequest {
        &self.request
    }

    /// Makes the answer from the data of the response.
    ///
    /// # Errors
    /// Returns an error if the data does not have the form of the request.
    pub fn answer(&self, site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
        (self.view)(data, &Context { site, request: &self.request })
    }
}
