//! The questions of the first page.

use maud::Markup;
use serde_json::{Value as Json, json};

use super::{
    PageRequest, Site,
    answers::{self, Context},
};

/// A question in plain words, with the request that answers it.
pub struct Question {
    /// The parameter of its address: `/?q=SLUG`.
    pub slug: &'static str,
    /// The question.
    pub title: &'static str,
    file: &'static str,
    variables: &'static [(&'static str, Value)],
    view: View,
}

/// Makes the answer from the data of the response.
type View = fn(Json, &Context<'_>) -> Result<Markup, serde_json::Error>;

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
        file: include_str!("requests/treatments.graphql"),
        variables: &[(CONDITION, Value::Text("melasma"))],
        view: answers::treatments,
    },
    Question {
        slug: "microneedling-with-rosacea",
        title: "Can I have microneedling with rosacea?",
        file: include_str!("requests/permission.graphql"),
        variables: &[(PROCEDURE, Value::Text("microneedling")), (CONDITION, Value::Text("rosacea"))],
        view: answers::permission,
    },
    Question {
        slug: "level-1-evidence",
        title: "Which treatments have level 1 evidence?",
        file: include_str!("requests/level.graphql"),
        variables: &[("level", Value::Number(1))],
        view: answers::level,
    },
    Question {
        slug: "after-a-chemical-peel",
        title: "What must I do after a chemical peel?",
        file: include_str!("requests/aftercare.graphql"),
        variables: &[(PROCEDURE, Value::Text("chemical-peel"))],
        view: answers::aftercare,
    },
    Question {
        slug: "who-must-not-have-botulinum-toxin",
        title: "Who must not have botulinum toxin?",
        file: include_str!("requests/contraindications.graphql"),
        variables: &[(PROCEDURE, Value::Text("botulinum-toxin"))],
        view: answers::contraindications,
    },
    Question {
        slug: "red-after-microneedling",
        title: "How long am I red after microneedling?",
        file: include_str!("requests/aftercare.graphql"),
        variables: &[(PROCEDURE, Value::Text("microneedling"))],
        view: answers::recovery,
    },
    Question {
        slug: "acne-scars-compared",
        title: "How do the treatments of acne scars compare?",
        file: include_str!("requests/comparison.graphql"),
        variables: &[(CONDITION, Value::Text("acne-scars"))],
        view: answers::comparison,
    },
    Question {
        slug: "risks-of-dermal-filler",
        title: "What can go wrong with a dermal filler?",
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

impl Question {
    /// Returns its request.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        let value = |value| match value {
            Value::Text(text) => json!(text),
            Value::Number(number) => json!(number),
        };
        PageRequest::new(self.file, self.variables.iter().map(|(name, one)| (*name, value(*one))))
    }

    /// Makes the answer from the data of the response.
    ///
    /// # Errors
    /// Returns an error if the data does not have the form of the request.
    pub fn answer(&self, site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
        (self.view)(data, &Context { site, request: &self.request() })
    }
}
