//! The roles of texts in search.

use super::catalog::{Catalog, Field, Kind, ObjectType, Scalar, Target, words};

/// The role of a text in search. It decides how much a match counts. The search index stores the index of the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searched {
    /// The name of the record, or its slug if that is composed of other slugs.
    Name,
    /// Another name of the record.
    Alias,
    /// A code or an abbreviation.
    Code,
    /// A slug that the record had before. It matches only if it equals the whole text of the search.
    FormerSlug,
    /// A short text about the record as a whole.
    Summary,
    /// Any other text.
    Text,
    /// A text that identifies the record: its slug, or a DOI. It matches only if it equals the whole text of the
    /// search. A slug that is composed of other slugs is a [`Self::Name`] instead.
    Identifier,
    /// A phrase that people type instead of the [`Self::Meaning`] of the same record.
    SynonymPhrase,
    /// The words that are searched as well if a search contains a [`Self::SynonymPhrase`] of the same record.
    Meaning,
    /// The name of a condition that the record helps with: users look for a procedure by the conditions that it treats.
    Purpose,
}

impl Searched {
    /// All roles with their descriptions, as values of the enumeration `SearchMatchKind`.
    pub const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NAME", "The name of the record, or its slug if that is composed of other slugs."),
        ("ALIAS", "Another name of the record."),
        ("CODE", "A code or an abbreviation."),
        ("FORMER_SLUG", "A slug that the record had before."),
        ("SUMMARY", "A short text about the record as a whole."),
        ("TEXT", "Another text of the record."),
        ("IDENTIFIER", "The slug of the record, or another text that identifies it."),
        ("SYNONYM", "A text has a synonym of the word. `expansions` lists the synonyms."),
        ("MEANING", "The words that a synonym stands for."),
        ("PURPOSE", "The name of a condition that the record helps with."),
    ];

    const ALL: [Self; 10] = [
        Self::Name,
        Self::Alias,
        Self::Code,
        Self::FormerSlug,
        Self::Summary,
        Self::Text,
        Self::Identifier,
        Self::SynonymPhrase,
        Self::Meaning,
        Self::Purpose,
    ];

    /// Reports whether the text matches only if it equals the whole text of the search.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self, Self::FormerSlug | Self::Identifier)
    }

    /// Returns the points of a word that matches.
    #[must_use]
    pub fn weight(self) -> i32 {
        match self {
            Self::Name | Self::FormerSlug | Self::Identifier | Self::SynonymPhrase | Self::Meaning => 1_000,
            Self::Alias => 900,
            Self::Code => 950,
            Self::Purpose => 300,
            Self::Summary => 200,
            Self::Text => 80,
        }
    }

    /// Reports whether the text is a name or a code. A search for exactly this text scores higher.
    #[must_use]
    pub fn is_name_or_code(self) -> bool {
        matches!(self, Self::Name | Self::Alias | Self::Code | Self::Purpose)
    }

    /// Returns the role with this number; `None` if there is none.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Returns its index among [`Self::VALUES`], which is also its number in the search index.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl Catalog {
    /// Iterates over the types whose records are synonyms for words of other records.
    pub fn synonyms(&self) -> impl Iterator<Item = &ObjectType> {
        self.objects().filter(|object| object.fields.iter().any(Field::is_synonym))
    }
}

impl ObjectType {
    /// Returns its name as a value of the enumeration `ContentType`: `BODY_AREA`.
    #[must_use]
    pub fn enum_name(&self) -> String {
        screaming_snake_case(self.name)
    }

    /// Iterates over its fields that are searched, or contain a searched text at any depth.
    pub fn searched_fields<'c>(&'c self, catalog: &'c Catalog) -> impl Iterator<Item = &'c Field> {
        self.fields.iter().filter(|field| field.is_searched(catalog, 0))
    }
}

impl Field {
    /// Returns its name as a value of the enumeration `SearchField`: `PATIENT_SUMMARY`.
    #[must_use]
    pub fn search_name(&self) -> String {
        screaming_snake_case(self.name)
    }

    /// Reports whether its text is a synonym for words of other records.
    #[must_use]
    pub fn is_synonym(&self) -> bool {
        self.searched == Some(Searched::SynonymPhrase)
    }

    fn is_searched(&self, catalog: &Catalog, depth: usize) -> bool {
        /// Maximum depth: the types of value objects can refer to each other in cycles.
        const DEEPEST: usize = 8;
        match &self.kind {
            Kind::Scalar(Scalar::Text) | Kind::Scalars(Scalar::Text) => self.searched.is_some(),
            Kind::Value(ix) | Kind::Values(ix) | Kind::Parts { part: Target { ix, .. }, .. } => {
                depth < DEEPEST && catalog.object(*ix).fields.iter().any(|field| field.is_searched(catalog, depth + 1))
            }
            _ => false,
        }
    }
}

/// Returns a name as a value of an enumeration: `patientSummary` is `PATIENT_SUMMARY`.
pub(super) fn screaming_snake_case(name: &str) -> String {
    words(name).to_uppercase().replace(' ', "_")
}
