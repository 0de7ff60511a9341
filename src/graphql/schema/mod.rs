//! The schema as data: types, their fields and arguments, and directives.

mod builtin;

pub use builtin::TYPE_NAME;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::{tree::OperationKind, types::TypeRef, value::Value};

/// Items by name, in the order of their declaration.
pub type ByName<T> = IndexMap<String, T, RandomState>;

/// A schema.
pub struct Schema {
    types: ByName<Type>,
    /// The introspection fields of the query root, and `__typename`, which every type with fields has.
    meta: ByName<Field>,
    directives: ByName<Directive>,
    query: String,
    mutation: Option<String>,
    subscription: Option<String>,
}

/// A type with a name.
#[derive(Debug)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// Its description.
    pub about: String,
    /// Its kind.
    pub kind: TypeKind,
    /// True if it is part of every schema, and not declared by this one.
    pub is_builtin: bool,
}

/// The kinds of types. There are no unions.
#[derive(Debug)]
pub enum TypeKind {
    /// A scalar; custom scalars have the URL of their specification.
    Scalar(Option<String>),
    /// An enumeration: its values.
    Enum(ByName<EnumValue>),
    /// An object.
    Object {
        /// Its fields.
        fields: ByName<Field>,
        /// Names of the interfaces that it implements.
        implements: Vec<String>,
    },
    /// An interface.
    Interface {
        /// Its fields.
        fields: ByName<Field>,
        /// Names of the object types that implement it.
        possible: Vec<String>,
    },
    /// An input object.
    Input {
        /// Its fields.
        fields: ByName<Input>,
        /// True if exactly one field must be set (<https://spec.graphql.org/draft/#sec-OneOf-Input-Objects>).
        one_of: bool,
    },
}

/// A value of an enumeration.
#[derive(Clone, Debug, Default)]
pub struct EnumValue {
    /// Its description.
    pub about: String,
    /// Its label for users, which introspection does not return.
    pub label: String,
}

/// A field of an object or an interface.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its description.
    pub about: String,
    /// Its type.
    pub ty: TypeRef,
    /// Its arguments.
    pub arguments: ByName<Input>,
}

/// An argument, or a field of an input object.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its description.
    pub about: String,
    /// Its type.
    pub ty: TypeRef,
    /// Its default; `None` if it has none.
    pub default: Option<Value>,
}

/// A directive.
#[derive(Debug)]
pub struct Directive {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub arguments: ByName<Input>,
    /// Where it is allowed in documents, for example `FIELD`; empty if it is only for schemas.
    pub locations: &'static [&'static str],
}

impl Schema {
    /// Creates a schema with these names of root types. It has only the built-in types until [`Self::declare`] is called.
    #[must_use]
    pub fn new(query: &str, mutation: Option<&str>, subscription: Option<&str>) -> Self {
        let mut schema = Self {
            types: ByName::default(),
            meta: by_name(builtin::meta_fields()),
            directives: builtin::directives(),
            query: query.to_owned(),
            mutation: mutation.map(str::to_owned),
            subscription: subscription.map(str::to_owned),
        };
        builtin::types(&mut schema);
        for (_, ty) in &mut schema.types {
            ty.is_builtin = true;
        }
        schema
    }

    /// Declares a type.
    ///
    /// # Panics
    /// If another type has the same name.
    pub fn declare(&mut self, name: &str, about: &str, kind: TypeKind) {
        let (name, about) = (name.to_owned(), about.to_owned());
        let before = self.types.insert(name.clone(), Type { name: name.clone(), about, kind, is_builtin: false });
        assert!(before.is_none(), "two GraphQL types are called {name}");
    }

    /// Returns the type of a name; `None` if there is none.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    /// Returns the named type of a reference, without lists and non-null.
    ///
    /// # Panics
    /// If the schema does not declare the type.
    #[must_use]
    pub fn of(&self, reference: &TypeRef) -> &Type {
        self.named(reference.name()).unwrap_or_else(|| panic!("the schema declares no type {reference}"))
    }

    /// Returns the types, in the order of their declaration.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.values()
    }

    /// Returns the directives by name.
    #[must_use]
    pub fn directives(&self) -> &ByName<Directive> {
        &self.directives
    }

    /// Returns the root type of a kind of operation; `None` if the schema has no such operations.
    #[must_use]
    pub fn root(&self, kind: OperationKind) -> Option<&Type> {
        match kind {
            OperationKind::Query => self.named(&self.query),
            OperationKind::Mutation => self.named(self.mutation.as_deref()?),
            OperationKind::Subscription => self.named(self.subscription.as_deref()?),
        }
    }

    /// Returns a field of a type, including introspection fields; `None` if there is no such field.
    #[must_use]
    pub fn field<'s>(&'s self, parent: &'s Type, name: &str) -> Option<&'s Field> {
        let is_meta = name == builtin::TYPE_NAME || (name.starts_with("__") && parent.name == self.query);
        let meta = self.meta.get(name).filter(|_| is_meta && parent.fields().is_some());
        meta.or_else(|| parent.fields()?.get(name))
    }

    /// Checks that every type to which a field or an argument refers is declared. The program calls it at the start.
    ///
    /// # Panics
    /// If one is not declared.
    pub fn assert_complete(&self) {
        for ty in self.types() {
            for field in ty.fields().into_iter().flat_map(|fields| fields.values()) {
                let _ = self.of(&field.ty);
                for argument in field.arguments.values() {
                    let _ = self.of(&argument.ty);
                }
            }
            if let TypeKind::Input { fields, .. } = &ty.kind {
                for field in fields.values() {
                    let _ = self.of(&field.ty);
                }
            }
        }
    }
}

impl Type {
    /// Returns the fields; `None` for a scalar, an enumeration or an input object.
    #[must_use]
    pub fn fields(&self) -> Option<&ByName<Field>> {
        match &self.kind {
            TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. } => Some(fields),
            TypeKind::Scalar(_) | TypeKind::Enum(_) | TypeKind::Input { .. } => None,
        }
    }

    /// Reports whether arguments and variables may have this type.
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.fields().is_none()
    }

    /// Reports whether this type is the object type of this name, or an interface that it implements.
    #[must_use]
    pub fn includes(&self, object: &str) -> bool {
        match &self.kind {
            TypeKind::Interface { possible, .. } => possible.iter().any(|name| name == object),
            _ => self.name == object,
        }
    }

    /// Returns the names of its possible object types: itself, or those that implement the interface.
    #[must_use]
    pub fn possible(&self) -> &[String] {
        match &self.kind {
            TypeKind::Interface { possible, .. } => possible,
            _ => std::slice::from_ref(&self.name),
        }
    }
}

impl Field {
    /// Creates a field without arguments.
    #[must_use]
    pub fn new(name: &str, ty: impl AsRef<str>, about: &str) -> Self {
        let (name, about) = (name.to_owned(), about.to_owned());
        Self { name, about, ty: TypeRef::of(ty.as_ref()), arguments: ByName::default() }
    }

    /// Returns the field with these arguments.
    #[must_use]
    pub fn with(self, arguments: Vec<Input>) -> Self {
        Self { arguments: by_name(arguments), ..self }
    }
}

impl Input {
    /// Creates an argument, or a field of an input object, without a default.
    #[must_use]
    pub fn new(name: &str, ty: impl AsRef<str>, about: &str) -> Self {
        let (name, about) = (name.to_owned(), about.to_owned());
        Self { name, about, ty: TypeRef::of(ty.as_ref()), default: None }
    }

    /// Returns the input with a default.
    #[must_use]
    pub fn or(self, default: Value) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Reports whether a value is required.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

/// An item with a name.
pub trait Named {
    /// Its name.
    fn name(&self) -> &str;
}

impl Named for Field {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for Input {
    fn name(&self) -> &str {
        &self.name
    }
}

/// Collects items by their names.
#[must_use]
pub fn by_name<T: Named>(items: Vec<T>) -> ByName<T> {
    items.into_iter().map(|item| (item.name().to_owned(), item)).collect()
}
