//! The schema of the model: types, fields to filter and sort by, and lists.

/// Types of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    Source,
    Condition,
    Procedure,
    Outcome,
    Effect,
    AdverseEffect,
    /// A value object, which the model treats as a row of its own.
    Recovery,
    /// A value object.
    Duration,
    /// A value object.
    Anaesthesia,
}

/// Types that have root fields.
pub const CONTENTS: [Type; 4] = [Type::Source, Type::Condition, Type::Procedure, Type::Outcome];

/// A field that can be filtered by.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub nullable: bool,
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Id,
    Text,
    Int,
    Float,
    Boolean,
    Choice(&'static [&'static str]),
    Texts,
    Choices(&'static [&'static str]),
    One(Type),
    /// A list of records or parts, filtered by `some`, `none` and `every`.
    Many(Type),
}

/// A connection of a type.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Name in the model.
    pub key: &'static str,
    /// Name in GraphQL.
    pub field: &'static str,
    /// Its boolean arguments that select rows, with their values.
    pub switches: &'static str,
    pub target: Type,
    pub own: Own,
}

/// The default order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// The order of the document.
    Given,
    /// The default order of the target.
    Default,
    /// The order of ids.
    Library,
    /// The order of a relation through records: by the strength of the rows between. The two names are the list of the rows
    /// between, and their relation that leads to the target.
    Through(&'static str, &'static str),
}

/// The enumerations, each with its values in the order of the schema.
pub const CHOICES: [&[&str]; 15] = [
    KINDS,
    CATEGORIES,
    INVASIVENESS,
    STATUSES,
    SOURCE_KINDS,
    EXTENTS,
    GRADES,
    RESPONDERS,
    ATTRIBUTES,
    DIRECTIONS,
    SPEEDS,
    PURPOSES,
    ANAESTHESIA_TYPES,
    ANAESTHESIA_USES,
    ANAESTHESIA_TIMINGS,
];

pub const KINDS: &[&str] = &["SCAR", "AGEING_CHANGE", "PIGMENT_DISORDER"];
pub const CATEGORIES: &[&str] = &["NEEDLING", "LASER", "LIGHT"];
pub const INVASIVENESS: &[&str] = &["NON_INVASIVE", "MINIMALLY_INVASIVE"];
pub const STATUSES: &[&str] = &["DRAFT", "REVIEWED"];
pub const SOURCE_KINDS: &[&str] = &["META_ANALYSIS", "REVIEW", "ARTICLE"];
pub const EXTENTS: &[&str] = &["PART", "ABSTRACT", "FULL"];
pub const GRADES: &[&str] = &["MODEST", "HELPS", "EFFECTIVE"];
pub const RESPONDERS: &[&str] = &["FEW", "SOME", "MOST"];
pub const ATTRIBUTES: &[&str] = &["TEXTURE", "TONE", "REDNESS"];
pub const DIRECTIONS: &[&str] = &["IMPROVES", "REDUCES"];

pub const PURPOSES: &[&str] = &["COSMETIC", "MEDICAL"];
pub const SPEEDS: &[&str] = &["QUICK", "MODERATE", "LONG"];
pub const ANAESTHESIA_TYPES: &[&str] = &["NONE", "TOPICAL", "SEDATION"];
pub const ANAESTHESIA_USES: &[&str] = &["TYPICAL", "OPTIONAL"];
pub const ANAESTHESIA_TIMINGS: &[&str] = &["BEFORE_TREATMENT"];
pub const UNITS: &[&str] = &["MINUTE", "HOUR", "DAY", "WEEK", "MONTH"];

const SOURCE: &[Field] = &[
    field("id", Shape::Id),
    field("slug", Shape::Text),
    field("revision", Shape::Int),
    field("kind", Shape::Choice(SOURCE_KINDS)),
    field("title", Shape::Text),
    nullable("year", Shape::Int),
    nullable("level", Shape::Int),
    field("extentRead", Shape::Choice(EXTENTS)),
    nullable("doi", Shape::Text),
    field("conditions", Shape::Many(Type::Condition)),
    field("procedures", Shape::Many(Type::Procedure)),
    field("outcomes", Shape::Many(Type::Outcome)),
];

const CONDITION: &[Field] = &[
    field("id", Shape::Id),
    field("slug", Shape::Text),
    field("revision", Shape::Int),
    field("name", Shape::Text),
    field("kind", Shape::Choice(KINDS)),
    field("aliases", Shape::Texts),
    nullable("parent", Shape::One(Type::Condition)),
    field("children", Shape::Many(Type::Condition)),
    field("ancestors", Shape::Many(Type::Condition)),
    field("descendants", Shape::Many(Type::Condition)),
    field("outcomes", Shape::Many(Type::Outcome)),
    field("procedures", Shape::Many(Type::Procedure)),
    field("contraindicatedProcedures", Shape::Many(Type::Procedure)),
    field("citations", Shape::Many(Type::Source)),
];

const PROCEDURE: &[Field] = &[
    field("id", Shape::Id),
    field("slug", Shape::Text),
    field("revision", Shape::Int),
    field("name", Shape::Text),
    field("category", Shape::Choice(CATEGORIES)),
    nullable("invasiveness", Shape::Choice(INVASIVENESS)),
    field("status", Shape::Choice(STATUSES)),
    field("aliases", Shape::Texts),
    field("purpose", Shape::Choices(PURPOSES)),
    field("anaesthesia", Shape::Many(Type::Anaesthesia)),
    nullable("recovery", Shape::One(Type::Recovery)),
    nullable("parent", Shape::One(Type::Procedure)),
    field("outcomes", Shape::Many(Type::Outcome)),
    field("conditions", Shape::Many(Type::Condition)),
    field("children", Shape::Many(Type::Procedure)),
    field("contraindicatedConditions", Shape::Many(Type::Condition)),
    field("citations", Shape::Many(Type::Source)),
    field("adverseEffects", Shape::Many(Type::AdverseEffect)),
];

const OUTCOME: &[Field] = &[
    field("id", Shape::Id),
    field("slug", Shape::Text),
    field("procedure", Shape::One(Type::Procedure)),
    field("condition", Shape::One(Type::Condition)),
    field("position", Shape::Int),
    nullable("variant", Shape::Text),
    nullable("commonUse", Shape::Boolean),
    field("grade", Shape::Choice(GRADES)),
    nullable("evidenceLevel", Shape::Int),
    nullable("responders", Shape::Choice(RESPONDERS)),
    field("alsoCovers", Shape::Many(Type::Condition)),
    field("conditions", Shape::Many(Type::Condition)),
    field("citations", Shape::Many(Type::Source)),
    field("effects", Shape::Many(Type::Effect)),
];

const EFFECT: &[Field] = &[field("attribute", Shape::Choice(ATTRIBUTES)), field("direction", Shape::Choice(DIRECTIONS))];

const ADVERSE_EFFECT: &[Field] =
    &[field("name", Shape::Text), nullable("percent", Shape::Float), field("serious", Shape::Boolean)];

const RECOVERY: &[Field] = &[
    nullable("speed", Shape::Choice(SPEEDS)),
    nullable("backToNormal", Shape::One(Type::Duration)),
    field("downtime", Shape::Many(Type::Duration)),
];

const DURATION: &[Field] = &[nullable("minDays", Shape::Float), nullable("maxDays", Shape::Float)];

const ANAESTHESIA: &[Field] = &[
    field("type", Shape::Choice(ANAESTHESIA_TYPES)),
    field("use", Shape::Choice(ANAESTHESIA_USES)),
    nullable("timing", Shape::Choice(ANAESTHESIA_TIMINGS)),
];

const SOURCE_LISTS: &[List] = &[
    list("conditions", Type::Condition, Own::Library),
    list("procedures", Type::Procedure, Own::Library),
    list("outcomes", Type::Outcome, Own::Library),
];

const CONDITION_LISTS: &[List] = &[
    list("children", Type::Condition, Own::Default),
    list("ancestors", Type::Condition, Own::Given),
    list("descendants", Type::Condition, Own::Library),
    list("outcomes", Type::Outcome, Own::Library),
    switched("outcomes direct", "outcomes", "includeAlsoCovered: false", Type::Outcome, Own::Library),
    switched(
        "outcomes below",
        "outcomes",
        "includeDescendants: true, includeAlsoCovered: false",
        Type::Outcome,
        Own::Library,
    ),
    switched("outcomes all", "outcomes", "includeDescendants: true", Type::Outcome, Own::Library),
    list("procedures", Type::Procedure, Own::Through("outcomes", "procedure")),
    switched(
        "procedures all",
        "procedures",
        "includeDescendants: true",
        Type::Procedure,
        Own::Through("outcomes all", "procedure"),
    ),
    list("contraindicatedProcedures", Type::Procedure, Own::Library),
    list("citations", Type::Source, Own::Given),
    list("sources", Type::Source, Own::Given),
];

const PROCEDURE_LISTS: &[List] = &[
    list("outcomes", Type::Outcome, Own::Given),
    list("conditions", Type::Condition, Own::Through("outcomes", "conditions")),
    switched(
        "conditions below",
        "conditions",
        "includeAncestors: true, includeAlsoCovered: false",
        Type::Condition,
        Own::Through("outcomes", "conditions below"),
    ),
    list("children", Type::Procedure, Own::Default),
    list("contraindicatedConditions", Type::Condition, Own::Given),
    list("citations", Type::Source, Own::Given),
    list("sources", Type::Source, Own::Given),
];

const OUTCOME_LISTS: &[List] = &[
    list("alsoCovers", Type::Condition, Own::Given),
    list("conditions", Type::Condition, Own::Given),
    switched(
        "conditions below",
        "conditions",
        "includeAncestors: true, includeAlsoCovered: false",
        Type::Condition,
        Own::Given,
    ),
    list("citations", Type::Source, Own::Given),
    list("sources", Type::Source, Own::Given),
];

impl Type {
    /// Name in GraphQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Condition => "Condition",
            Self::Procedure => "Procedure",
            Self::Outcome => "TreatmentOutcome",
            Self::Effect => "OutcomeEffect",
            Self::AdverseEffect => "AdverseEffect",
            Self::Recovery => "Recovery",
            Self::Duration => "Duration",
            Self::Anaesthesia => "Anaesthesia",
        }
    }

    /// Returns the name of the root field for one record.
    pub fn singular(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Condition => "condition",
            Self::Procedure => "procedure",
            _ => "treatmentOutcome",
        }
    }

    /// Returns the name of the root field for the list.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Condition => "conditions",
            Self::Procedure => "procedures",
            _ => "treatmentOutcomes",
        }
    }

    /// Returns the field of the default order.
    pub fn default_order(self) -> &'static str {
        match self {
            Self::Condition | Self::Procedure => "name",
            _ => "slug",
        }
    }

    /// Returns the fields that can be filtered by.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Source => SOURCE,
            Self::Condition => CONDITION,
            Self::Procedure => PROCEDURE,
            Self::Outcome => OUTCOME,
            Self::Effect => EFFECT,
            Self::AdverseEffect => ADVERSE_EFFECT,
            Self::Recovery => RECOVERY,
            Self::Duration => DURATION,
            Self::Anaesthesia => ANAESTHESIA,
        }
    }

    /// Returns its connections.
    pub fn lists(self) -> &'static [List] {
        match self {
            Self::Source => SOURCE_LISTS,
            Self::Condition => CONDITION_LISTS,
            Self::Procedure => PROCEDURE_LISTS,
            Self::Outcome => OUTCOME_LISTS,
            Self::Effect | Self::AdverseEffect | Self::Recovery | Self::Duration | Self::Anaesthesia => &[],
        }
    }
}

const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, nullable: false }
}

const fn nullable(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, nullable: true }
}

const fn list(field: &'static str, target: Type, own: Own) -> List {
    List { key: field, field, switches: "", target, own }
}

const fn switched(key: &'static str, field: &'static str, switches: &'static str, target: Type, own: Own) -> List {
    List { key, field, switches, target, own }
}
