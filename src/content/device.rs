//! Devices that procedures are done with.

use super::{
    application_mode::ApplicationMode,
    procedure::Procedure,
    provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    source::Source,
};
use crate::{
    engine::{
        catalog::Layout,
        declare::{Content, Declaration, Members, Value},
    },
    entity::{
        device::{Column, Entity},
        link,
    },
};

/// A device that procedures are done with.
pub struct Device;

impl Content for Device {
    type Entity = Entity;
    const NAME: &'static str = "Device";
    const ABOUT: &'static str = "A kind of device that procedures are done with; not a product of a maker.";
    const SINGULAR: &'static str = "device";
    const PLURAL: &'static str = "devices";
    const LAYOUT: Layout = Layout::Collection("vocabulary");

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Name shown to readers.").required().indexed();
        d.one::<Device>("parent", Column::ParentId, "The broader device that it is a kind of; null when there is none.");
        d.text("description", Column::Description, "What it is.").required();
        d.value::<Needles>("needles", Column::Needles, "Its needles; null when it has none or no source describes them.");
        d.choices::<ApplicationMode>(
            "applicationModes",
            Column::ApplicationModes,
            "How it is put to the skin. Empty when no source says.",
        );
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.many::<Device>("children", Column::ParentId, "Devices that are kinds of it.");
        d.linked_from::<Procedure, link::procedure_device::Entity>(
            "procedures",
            "Procedures that name it among their devices or in their steps.",
        );
        d.mentions::<Source, link::device_source::Entity>(
            "citations",
            "Every source cited here, in order of first mention.",
        );
    }
}

/// The needles of a device.
pub struct Needles;

impl Value for Needles {
    const NAME: &'static str = "Needles";
    const ABOUT: &'static str = "The needles of a device.";

    fn declare(d: &mut Members<'_>) {
        d.boolean("multiple", "Whether there are several; null when not stated.");
        d.boolean("fine", "Whether they are fine; null when not stated.");
        d.boolean("sterile", "Whether they are sterile; null when not stated.");
    }
}
