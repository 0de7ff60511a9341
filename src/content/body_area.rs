//! Body areas: parts of the body, as a hierarchy.

use super::{condition::Condition, procedure::Procedure};
use crate::{
    engine::{
        catalog::{Layout, Searched},
        declare::{Content, Declaration},
    },
    entity::{
        body_area::{Column, Entity},
        link,
    },
};

/// The content type of body areas.
pub struct BodyArea;

impl Content for BodyArea {
    type Entity = Entity;
    const NAME: &'static str = "BodyArea";
    const ABOUT: &'static str = "A part of the body.";
    const SINGULAR: &'static str = "bodyArea";
    const PLURAL: &'static str = "bodyAreas";
    const LAYOUT: Layout = Layout::Collection("vocabulary");
    const SEARCH_PERCENT: i32 = 60;

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Display name.").required().indexed().searched(Searched::Name);
        d.one::<BodyArea>(
            "parent",
            Column::ParentId,
            "Larger area that this one is part of; null at the top of the hierarchy.",
        );

        d.many::<BodyArea>("children", Column::ParentId, "Smaller areas, one level down.");
        d.linked_from::<Condition, link::condition_body_area::Entity>(
            "conditions",
            "Conditions whose `bodyAreas` name this area. Conditions that name only one of its children are not included.",
        );
        d.linked_from::<Procedure, link::procedure_body_area::Entity>(
            "procedures",
            "Procedures whose `parameters` name this area. Procedures that name only one of its children are not included.",
        );
    }
}
