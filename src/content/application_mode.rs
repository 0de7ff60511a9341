//! How devices are put to the skin.

use crate::engine::declare::Choice;

/// A way of putting a device to the skin.
pub struct ApplicationMode;

impl Choice for ApplicationMode {
    const NAME: &'static str = "ApplicationMode";
    const ABOUT: &'static str = "How a device is put to the skin. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ROLLED", "Rolled over the skin."),
        ("PRESSED", "Pressed or stamped on the skin."),
        ("MOTORISED", "Driven by a motor."),
        ("ABRASION", "Rubbed against the skin so that its surface wears off."),
        ("LIGHT_DELIVERY", "Gives light, laser light included."),
        ("COLD_CONTACT", "A cold tip that touches the skin."),
        ("COLD_SPRAY", "A cold spray."),
    ];
}
