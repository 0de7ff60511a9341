//! Checks what is searched.

use std::collections::HashMap;

use crate::{
    content::catalog,
    engine::{catalog::Searched, search::term_position::field_number},
};

#[test]
fn the_searched_fields_of_a_type_have_different_numbers_in_the_index() {
    let catalog = catalog();
    for (object, _) in catalog.contents() {
        let mut numbers = HashMap::new();
        for field in object.searched_fields(catalog) {
            let other = numbers.insert(field_number(&field.search_name()), field.name);
            assert_eq!(
                other, None,
                "{} of {} has the same number in the search index as another field of the type; rename one of the two",
                field.name, object.name
            );
        }
    }
}

#[test]
fn every_role_is_found_by_its_number() {
    for (number, (name, _)) in (0..).zip(Searched::VALUES) {
        assert_eq!(Searched::of(number).map(Searched::number), Some(number), "{name}");
    }
}
