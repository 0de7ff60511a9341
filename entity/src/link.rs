//! The link tables, which connect records many to many.
//!
//! All have the same columns. The owner is the record whose content document states or implies the link; the target is the
//! other end. An owner links to a target at most once, and `position` orders the links of one owner. Derived links may have
//! boolean flags that say how they were derived.

macro_rules! link {
    ($(#[$doc:meta])* $module:ident $table:literal: $owner:ident => $target:ident $(, $(#[$flag_doc:meta])* $flag:ident)*) => {
        $(#[$doc])*
        pub mod $module {
            use sea_orm::entity::prelude::*;

            /// One link.
            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                /// Id of the row, assigned by the database.
                #[sea_orm(primary_key)]
                pub id: i64,
                /// The record that links.
                pub owner_id: i64,
                /// Position among the links of the owner.
                pub position: i32,
                /// The record that is linked to.
                pub target_id: i64,
                $($(#[$flag_doc])* pub $flag: bool,)*
                /// The record that links.
                #[sea_orm(belongs_to, relation_enum = "Owner", from = "owner_id", to = "id")]
                pub owner: BelongsTo<crate::$owner::Entity>,
                /// The record that is linked to.
                #[sea_orm(belongs_to, relation_enum = "Target", from = "target_id", to = "id")]
                pub target: BelongsTo<crate::$target::Entity>,
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

link! {
    /// Adjuncts that a procedure is combined with.
    procedure_adjunct "procedure_adjunct": procedure => adjunct
}

link! {
    /// Body areas that a procedure refers to.
    procedure_body_area "procedure_body_area": procedure => body_area
}

link! {
    /// Conditions that a procedure lists as contraindications.
    procedure_contraindicated_condition "procedure_contraindicated_condition": procedure => condition
}

link! {
    /// Devices that a procedure refers to.
    procedure_device "procedure_device": procedure => device
}

link! {
    /// Sources that a procedure cites.
    procedure_source "procedure_source": procedure => source
}

link! {
    /// Biological targets that the mechanism of a procedure acts on.
    procedure_target "procedure_target": procedure => biological_target
}

link! {
    /// Broader conditions of a condition, nearest first.
    condition_ancestor "condition_ancestor": condition => condition
}

link! {
    /// Body areas where a condition occurs.
    condition_body_area "condition_body_area": condition => body_area
}

link! {
    /// Sources that a condition cites.
    condition_source "condition_source": condition => source
}

link! {
    /// Adjuncts that an outcome refers to.
    treatment_outcome_adjunct "treatment_outcome_adjunct": treatment_outcome => adjunct
}

link! {
    /// Narrower conditions that the claim of an outcome names.
    treatment_outcome_also_covers "treatment_outcome_also_covers": treatment_outcome => condition
}

link! {
    /// Conditions under which an outcome is listed.
    treatment_outcome_condition "treatment_outcome_condition": treatment_outcome => condition,
    /// Whether it is the outcome's own condition.
    direct,
    /// Whether it is the outcome's own condition or one that the outcome also covers.
    covering,
    /// Whether it is the outcome's own condition or one that its evidence is about.
    studied,
    /// Whether it is `covering` or `studied`.
    covering_studied,
    /// Whether it is `direct` or an ancestor of such a condition.
    below,
    /// Whether it is `covering` or an ancestor of such a condition.
    covering_below,
    /// Whether it is `studied` or an ancestor of such a condition.
    studied_below
}

link! {
    /// Measures that studies of an outcome use.
    treatment_outcome_measure "treatment_outcome_measure": treatment_outcome => outcome_measure
}

link! {
    /// Sources that an outcome and its evidence cite.
    treatment_outcome_source "treatment_outcome_source": treatment_outcome => source
}

link! {
    /// Biological targets that the mechanism of an outcome acts on.
    treatment_outcome_target "treatment_outcome_target": treatment_outcome => biological_target
}

link! {
    /// Sources that a biological target cites.
    biological_target_source "biological_target_source": biological_target => source
}

link! {
    /// Sources that an adjunct cites.
    adjunct_source "adjunct_source": adjunct => source
}

link! {
    /// Conditions that an outcome measure is used for.
    outcome_measure_condition "outcome_measure_condition": outcome_measure => condition
}

link! {
    /// Sources that an outcome measure cites.
    outcome_measure_source "outcome_measure_source": outcome_measure => source
}

link! {
    /// Sources that a device cites.
    device_source "device_source": device => source
}
