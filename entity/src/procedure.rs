//! The table `procedure`: treatments that a practitioner performs on the skin.

use sea_orm::entity::prelude::*;

/// A treatment that a practitioner performs on the skin.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "procedure")]
pub struct Model {
    /// Id, unique among all records and assigned by the program.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name in URLs and content documents, unique in the table.
    #[sea_orm(unique)]
    pub slug: String,
    /// Revision of the last change.
    pub revision: i32,
    /// Earlier slugs, as a JSON array.
    pub formerly: Json,
    /// Notice that must be shown with the record.
    pub notice: String,
    /// Display name.
    pub name: String,
    /// Other names, as a JSON array.
    pub aliases: Json,
    /// Names of the conditions that it helps with, as a JSON array.
    pub treats: Json,
    /// Kind of treatment.
    pub category: String,
    /// Purposes, as a JSON array.
    pub purpose: Json,
    /// How invasive the procedure is; null if not rated.
    pub invasiveness: Option<String>,
    /// Editorial status of the content document.
    pub status: String,
    /// Language of the texts, as a BCP 47 tag.
    pub locale: String,
    /// What the procedure is, in one or two sentences.
    pub summary: String,
    /// Summary for patients.
    pub patient_summary: Option<String>,
    /// Latest review, as a JSON object.
    pub review: Option<Json>,
    /// The broader procedure.
    pub parent_procedure_id: Option<i64>,
    /// Technique, as a JSON object.
    pub technique: Option<Json>,
    /// Mechanism, as a JSON object.
    pub mechanism: Option<Json>,
    /// Statement of the benefit across all conditions, as a JSON object.
    pub general_effectiveness: Option<Json>,
    /// Kinds of anaesthesia, as a JSON array of objects.
    pub anaesthesia: Json,
    /// Instructions for before the visit, as a JSON array of objects.
    pub preparation: Json,
    /// Steps of the visit, as a JSON array of objects.
    pub steps: Json,
    /// Instructions for after the visit, as a JSON array of objects.
    pub aftercare: Json,
    /// Length of a visit, as a JSON object.
    pub visit_duration: Option<Json>,
    /// Treatment settings, as a JSON array of objects.
    pub parameters: Json,
    /// Variants, as a JSON array of objects.
    pub variants: Json,
    /// How the skin recovers, as a JSON object.
    pub recovery: Option<Json>,
    /// When results appear and how long they last, as a JSON object.
    pub results: Option<Json>,
    /// Session plan, as a JSON object.
    pub sessions: Option<Json>,
    /// Combinations, as a JSON object.
    pub combinations: Option<Json>,
    /// Signs with which a patient should get help, as a JSON array of objects.
    pub get_help: Json,
    /// Statements of regulatory authorities, as a JSON array of objects.
    pub regulatory: Json,
    /// How much the procedure hurts, as a JSON object.
    pub pain: Option<Json>,
    /// Who may do the procedure, as a JSON array of objects.
    pub practitioners: Json,
    /// What the procedure costs, as a JSON array of objects.
    pub costs: Json,
    /// Topics on which nothing was found, as a JSON array of objects.
    pub not_found: Json,
    /// Ids of the sources of the record, as a JSON array.
    pub sources: Json,
    /// Fields whose sources differ from `sources`, as a JSON array of objects.
    pub field_sources: Json,
    /// The broader procedure.
    #[sea_orm(self_ref, relation_enum = "ParentProcedure", from = "parent_procedure_id", to = "id")]
    pub parent_procedure: BelongsTo<Option<Entity>>,
    /// Outcomes for the conditions that the procedure treats.
    #[sea_orm(has_many)]
    pub outcomes: HasMany<super::treatment_outcome::Entity>,
    /// Contraindications.
    #[sea_orm(has_many)]
    pub contraindications: HasMany<super::contraindication::Entity>,
    /// Unwanted effects.
    #[sea_orm(has_many)]
    pub adverse_effects: HasMany<super::adverse_effect::Entity>,
    /// Devices used.
    #[sea_orm(has_many)]
    pub device_uses: HasMany<super::device_use::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
