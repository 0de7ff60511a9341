//! How devices are applied to the skin.

use crate::engine::declare::Choice;

/// The enumeration of application modes.
pub struct ApplicationMode;

impl Choice for ApplicationMode {
    const NAME: &'static str = "ApplicationMode";
    const ABOUT: &'static str = "How a device is applied to the skin. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ROLLED", "Rolled over the skin."),
        ("PRESSED", "Pressed or stamped onto the skin."),
        ("MOTORISED", "Driven by a motor."),
        ("ABRASION", "Rubbed against the skin to wear off its surface."),
        ("LIGHT_DELIVERY", "Delivers light, including laser light."),
        ("COLD_CONTACT", "Touches the skin with a cold tip."),
        ("COLD_SPRAY", "Sprays a coolant onto the skin."),
    ];
}
