//! Body areas: parts of the body, the larger ones over the smaller.

use super::{condition::Condition, procedure::Procedure};
use crate::{
    engine::{
        catalog::Layout,
        declare::{Content, Declaration},
    },
    entity::{
        body_area::{Column, Entity},
        link,
    },
};

/// A part of the body.
pub struct BodyArea;

impl Content for BodyArea {
    type Entity = Entity;
    const NAME: &'static str = "BodyArea";
    const ABOUT: &'static str = "A part of the body.";
    const SINGULAR: &'static str = "bodyArea";
    const PLURAL: &'static str = "bodyAreas";
    const LAYOUT: Layout = Layout::Collection("vocabulary");

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Name shown to readers.").required().indexed();
        d.one::<BodyArea>("parent", Column::ParentId, "The larger area that it belongs to; null when there is none.");

        d.many::<BodyArea>("children", Column::ParentId, "Smaller areas that belong to it.");
        d.linked_from::<Condition, link::condition_body_area::Entity>(
            "conditions",
            "Conditions that name it; not those that name one of its children.",
        );
        d.linked_from::<Procedure, link::procedure_body_area::Entity>(
            "procedures",
            "Procedures that name it, in a setting for example; not those that name one of its children.",
        );
    }
}
