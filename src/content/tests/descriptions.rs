//! Descriptions are product text: every one exists, is a sentence, and says what null and empty mean.

use crate::{
    content::catalog,
    engine::catalog::{Field, Kind},
};

/// Returns every description with the name of what it describes.
fn descriptions() -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for object in catalog().objects() {
        found.push((object.name.to_owned(), object.about));
        for field in &object.fields {
            found.push((format!("{}.{}", object.name, field.name), field.about));
            if let Kind::Many(many) = &field.kind {
                found.extend(
                    many.switches
                        .iter()
                        .map(|switch| (format!("{}.{}({}:)", object.name, field.name, switch.name), switch.about)),
                );
            }
        }
    }
    for choice in catalog().choices() {
        found.push((choice.name.to_owned(), choice.about));
        found.extend(choice.values.iter().map(|(value, about)| (format!("{}.{value}", choice.name), *about)));
    }
    found
}

/// Returns the names of the fields for which `wrong` returns true.
fn fields_where(wrong: impl Fn(&Field) -> bool) -> Vec<String> {
    catalog()
        .objects()
        .flat_map(|object| object.fields.iter().map(move |field| (object, field)))
        .filter(|(_, field)| wrong(field))
        .map(|(object, field)| format!("{}.{}", object.name, field.name))
        .collect()
}

#[test]
fn every_description_is_a_sentence() {
    let is_sentence = |text: &str| {
        text.starts_with(|first: char| first.is_uppercase() || first == '`')
            && text.ends_with('.')
            && !text.contains("  ")
            && !text.contains('\n')
    };
    let broken: Vec<_> = descriptions().into_iter().filter(|(_, text)| !is_sentence(text)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn nullable_fields_say_when_they_are_null() {
    let silent = fields_where(|field| {
        let single = matches!(field.kind, Kind::Scalar(_) | Kind::Value(_) | Kind::One(_));
        single && !field.required && !field.about.to_lowercase().contains("null")
    });
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn lists_that_can_be_empty_say_what_that_means() {
    let silent = fields_where(|field| {
        let list = matches!(field.kind, Kind::Scalars(_) | Kind::Values(_) | Kind::Parts { .. });
        list && !field.required && !field.about.contains("Empty")
    });
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn every_enumeration_says_whether_it_may_grow() {
    let silent: Vec<_> = catalog()
        .choices()
        .filter(|choice| !choice.about.ends_with("This list may grow.") && !choice.about.ends_with("This list is closed."))
        .map(|choice| choice.name)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn enumeration_values_are_in_upper_case_and_distinct() {
    for choice in catalog().choices() {
        assert!(!choice.values.is_empty(), "{} has no values", choice.name);
        for (at, (value, _)) in choice.values.iter().enumerate() {
            let is_upper_case = value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            let first = choice.values.iter().position(|(other, _)| other == value);
            assert!(is_upper_case && first == Some(at), "{}.{value}", choice.name);
        }
    }
}
