//! Values of enumerations by which lists are filtered, in the order of the schema.

/// `ProcedureCategory`.
pub const CATEGORIES: &[&str] = &[
    "NEEDLING",
    "CHEMICAL_RESURFACING",
    "MECHANICAL_RESURFACING",
    "LASER",
    "LIGHT",
    "INJECTABLE",
    "CRYOTHERAPY",
    "ELECTROSURGERY",
];

/// `ConditionKind`.
pub const KINDS: &[&str] = &[
    "SCAR",
    "AGEING_CHANGE",
    "PIGMENT_DISORDER",
    "HAIR_DISORDER",
    "INFLAMMATORY_DISEASE",
    "VASCULAR_LESION",
    "PRECANCEROUS_LESION",
    "BENIGN_GROWTH",
    "SWEAT_GLAND_DISORDER",
    "COSMETIC_CONCERN",
];

/// `EffectivenessGrade`, the weakest first.
pub const GRADES: &[&str] = &["NOT_GRADED", "NO_BENEFIT", "VARIABLE", "MODEST", "HELPS", "EFFECTIVE"];

/// The grades of a benefit, the weakest first.
pub const BENEFITS: &[&str] = &["VARIABLE", "MODEST", "HELPS", "EFFECTIVE"];

/// `Invasiveness`, the least first.
pub const INVASIVENESS: &[&str] = &["NON_INVASIVE", "MINIMALLY_INVASIVE", "INVASIVE_RESURFACING"];

/// `Purpose`.
pub const PURPOSES: &[&str] = &["COSMETIC", "MEDICAL"];

/// `RecoverySpeed`.
pub const SPEEDS: &[&str] = &["QUICK", "MODERATE", "LONG", "VARIES"];

/// `ReadExtent`, the least first.
pub const EXTENTS: &[&str] = &["PART", "ABSTRACT", "FULL"];

/// `SourceKind`.
pub const SOURCE_KINDS: &[&str] = &[
    "META_ANALYSIS",
    "SYSTEMATIC_REVIEW",
    "RANDOMISED_TRIAL",
    "CONTROLLED_STUDY",
    "UNCONTROLLED_STUDY",
    "REVIEW",
    "GUIDELINE",
    "REFERENCE_TEXT",
    "BOOK_CHAPTER",
    "ARTICLE",
    "REGULATOR",
    "HEALTH_SERVICE",
    "CODE_SYSTEM",
    "WEB_PAGE",
    "EDITORIAL_BRIEF",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_those_of_the_schema() {
        let schema = include_str!("../../../../schema.graphql");
        for (name, values) in [
            ("ProcedureCategory", CATEGORIES),
            ("ConditionKind", KINDS),
            ("EffectivenessGrade", GRADES),
            ("Invasiveness", INVASIVENESS),
            ("Purpose", PURPOSES),
            ("RecoverySpeed", SPEEDS),
            ("ReadExtent", EXTENTS),
            ("SourceKind", SOURCE_KINDS),
        ] {
            let text = schema.split(&format!("\nenum {name} {{\n")).nth(1).unwrap().split("\n}").next().unwrap();
            let found: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with('"')).collect();
            assert_eq!(found, values, "{name}");
        }
        assert!(GRADES.ends_with(BENEFITS));
    }
}
