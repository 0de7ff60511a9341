//! The members of value objects, which stand in JSON.

use super::{CatalogBuilder, Choice, Content, Value, field::push};
use crate::engine::catalog::{Field, Kind, Scalar};

/// The members of a value object.
pub struct Members<'a> {
    pub(super) builder: &'a mut CatalogBuilder,
    pub(super) fields: Vec<Field>,
}

impl Members<'_> {
    fn add(&mut self, name: &'static str, kind: Kind, about: &'static str) -> &mut Field {
        push(&mut self.fields, name, None, kind, about)
    }

    /// One text.
    pub fn text(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Text), about)
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalars(Scalar::Text), about)
    }

    /// A 32-bit integer.
    pub fn int(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Int), about)
    }

    /// A floating point number.
    pub fn float(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Float), about)
    }

    /// True or false.
    pub fn boolean(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Boolean), about)
    }

    /// One value of an enumeration.
    pub fn choice<C: Choice>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Kind::Scalar(choice), about)
    }

    /// A list of values of an enumeration.
    pub fn choices<C: Choice>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Kind::Scalars(choice), about)
    }

    /// One value object.
    pub fn value<V: Value>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Kind::Value(value), about)
    }

    /// A list of value objects.
    pub fn values<V: Value>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Kind::Values(value), about)
    }

    /// One content.
    pub fn one<C: Content>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        self.add(name, Kind::One(target), about)
    }

    /// A list of content.
    pub fn refs<C: Content>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        self.add(name, Kind::Refs(target), about)
    }
}
