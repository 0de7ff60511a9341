//! The table `procedure`: treatments that a practitioner performs on the skin.

use sea_orm::entity::prelude::*;

/// A treatment that a practitioner performs on the skin.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "procedure")]
pub struct Model {
    /// Id, unique among all content; the program gives it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name for addresses and documents.
    #[sea_orm(unique)]
    pub slug: String,
    /// Revision of the library in which the row last changed.
    pub revision: i32,
    /// Notice that must be shown with it.
    pub notice: String,
    /// Name shown to readers.
    pub name: String,
    /// Other names, as a JSON array.
    pub aliases: Json,
    /// What kind of treatment it is.
    pub category: String,
    /// What it is done for, as a JSON array.
    pub purpose: Json,
    /// How far it goes into the body.
    pub invasiveness: Option<String>,
    /// Where the document stands on its way to publication.
    pub status: String,
    /// Language of the texts, a BCP 47 tag.
    pub locale: String,
    /// What it is, in a sentence or two.
    pub summary: String,
    /// The procedure that this one is a kind of.
    pub parent_procedure_id: Option<i64>,
    /// What is done to the skin, as a JSON object.
    pub technique: Option<Json>,
    /// How it works, as a JSON object.
    pub mechanism: Option<Json>,
    /// What is said of its effect in general, as a JSON object.
    pub general_effectiveness: Option<Json>,
    /// How pain is kept away, as a JSON array of objects.
    pub anaesthesia: Json,
    /// What to do before the visit, as a JSON array of objects.
    pub preparation: Json,
    /// What happens during the visit, as a JSON array of objects.
    pub steps: Json,
    /// What to do after the visit, as a JSON array of objects.
    pub aftercare: Json,
    /// How long a visit takes, as a JSON object.
    pub visit_duration: Option<Json>,
    /// Settings of the treatment, as a JSON array of objects.
    pub parameters: Json,
    /// Forms in which it is done, as a JSON array of objects.
    pub variants: Json,
    /// How the skin recovers, as a JSON object.
    pub recovery: Option<Json>,
    /// When results show and how long they last, as a JSON object.
    pub results: Option<Json>,
    /// How often it is done, as a JSON object.
    pub sessions: Option<Json>,
    /// What it is combined with, as a JSON object.
    pub combinations: Option<Json>,
    /// What authorities state, as a JSON array of objects.
    pub regulatory: Json,
    /// Ids of the sources of what the row states, as a JSON array.
    pub sources: Json,
    /// Sources of single fields that differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The procedure that this one is a kind of.
    #[sea_orm(self_ref, relation_enum = "ParentProcedure", from = "parent_procedure_id", to = "id")]
    pub parent_procedure: BelongsTo<Option<Entity>>,
    /// Its outcomes for the conditions that it treats.
    #[sea_orm(has_many)]
    pub outcomes: HasMany<super::treatment_outcome::Entity>,
    /// Reasons against it.
    #[sea_orm(has_many)]
    pub contraindications: HasMany<super::contraindication::Entity>,
    /// Unwanted effects.
    #[sea_orm(has_many)]
    pub adverse_effects: HasMany<super::adverse_effect::Entity>,
    /// The devices that it is done with.
    #[sea_orm(has_many)]
    pub device_uses: HasMany<super::device_use::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
