//! Devices that procedures are done with.

use super::{
    procedure::Procedure,
    shared::{
        application_mode::ApplicationMode,
        provenance::{CONTENT_SOURCES, FIELD_SOURCES, FieldSources},
    },
    source::Source,
};
use crate::{
    engine::{
        catalog::{Layout, Searched},
        declare::{Content, Declaration, Members, Value},
    },
    entity::{
        device::{Column, Entity},
        link,
    },
};

/// The content type of devices.
pub struct Device;

impl Content for Device {
    type Entity = Entity;
    const NAME: &'static str = "Device";
    const ABOUT: &'static str = "A kind of device used in procedures, not the product of a manufacturer.";
    const SINGULAR: &'static str = "device";
    const PLURAL: &'static str = "devices";
    const LAYOUT: Layout = Layout::Collection("vocabulary");
    const SEARCH_PERCENT: i32 = 60;

    fn declare(d: &mut Declaration<'_, Entity>) {
        d.text("name", Column::Name, "Display name.").required().indexed().searched(Searched::Name);
        d.one::<Device>(
            "parent",
            Column::ParentId,
            "Broader device that this one is a kind of; null at the top of the hierarchy.",
        );
        d.text("description", Column::Description, "What the device is.").required().searched(Searched::Summary);
        d.value::<Needles>(
            "needles",
            Column::Needles,
            "Needles of the device; null if it has none or no source describes them.",
        );
        d.choices::<ApplicationMode>(
            "applicationModes",
            Column::ApplicationModes,
            "How the device is applied to the skin. Empty if no source says.",
        )
        .indexed();
        d.refs::<Source>("sources", Column::Sources, CONTENT_SOURCES).required();
        d.values::<FieldSources>("fieldSources", Column::FieldSources, FIELD_SOURCES);

        d.many::<Device>("children", Column::ParentId, "Narrower devices, one level down.");
        d.linked_from::<Procedure, link::procedure_device::Entity>(
            "procedures",
            "Procedures whose `devices` or `steps` name this device.",
        );
        d.mentions::<Source, link::device_source::Entity>(
            "citations",
            "All sources cited in this record, in order of first mention.",
        );
    }
}

/// The value object of needles.
pub struct Needles;

impl Value for Needles {
    const NAME: &'static str = "Needles";
    const ABOUT: &'static str = "The needles of a device.";

    fn declare(d: &mut Members<'_>) {
        d.boolean("multiple", "Whether the device has several needles; null if not stated.");
        d.boolean("fine", "Whether the needles are thin; null if not stated.");
        d.boolean("sterile", "Whether the needles are sterile; null if not stated.");
    }
}
