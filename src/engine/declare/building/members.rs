//! The members of value objects, which are stored in JSON.

use super::{CatalogBuilder, field::push};
use crate::engine::{
    catalog::{Field, Kind, Scalar},
    declare::{Choice, Content, Value},
};

/// The members of a value object.
pub struct Members<'a> {
    pub(super) builder: &'a mut CatalogBuilder,
    pub(super) fields: Vec<Field>,
}

impl Members<'_> {
    fn add(&mut self, name: &'static str, kind: Kind, about: &'static str) -> &mut Field {
        push(&mut self.fields, name, None, kind, about)
    }

    /// Declares a text.
    pub fn text(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Text), about)
    }

    /// Declares a list of texts.
    pub fn texts(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalars(Scalar::Text), about)
    }

    /// Declares a 32-bit integer.
    pub fn int(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Int), about)
    }

    /// Declares a floating point number.
    pub fn float(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Float), about)
    }

    /// Declares a boolean.
    pub fn boolean(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Boolean), about)
    }

    /// Declares a value of an enumeration.
    pub fn choice<C: Choice>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Kind::Scalar(choice), about)
    }

    /// Declares a list of values of an enumeration.
    pub fn choices<C: Choice>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Kind::Scalars(choice), about)
    }

    /// Declares a value object.
    pub fn value<V: Value>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Kind::Value(value), about)
    }

    /// Declares a list of value objects.
    pub fn values<V: Value>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Kind::Values(value), about)
    }

    /// Declares a reference to one record.
    pub fn one<C: Content>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let target = self.builder.content_target::<C>();
        self.add(name, Kind::One(target), about)
    }

    /// Declares a list of references to records.
    pub fn refs<C: Content>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let target = self.builder.content_target::<C>();
        self.add(name, Kind::Refs(target), about)
    }
}
