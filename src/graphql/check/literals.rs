//! Values in a document (<https://spec.graphql.org/draft/#sec-Validation.Values>).

use super::{Checker, Usage, scalars};
use crate::graphql::{
    error::{Position, quoted},
    schema::{ByName, EnumValue, Input, Type, TypeKind},
    suggest::did_you_mean,
    tree::{self, Literal},
    types::TypeRef,
    value::{Template, Value},
};

impl<'d> Checker<'d> {
    /// Coerces a value to a type; `None` if it is invalid. `default` is the default of the argument or input field, which
    /// replaces a variable without a value.
    pub(super) fn literal(
        &mut self,
        ty: &TypeRef,
        value: &'d tree::Value<'d>,
        default: Option<&'static Value>,
    ) -> Option<Template> {
        let position = value.position;
        match (ty, &value.literal) {
            (_, Literal::Variable(name)) => {
                let variable = self.variable(name);
                let has_default = default.is_some();
                self.scope.usages.push(Usage { variable, position, ty: ty.clone(), has_default, in_one_of: false });
                Some(Template::Variable { variable, required: ty.is_non_null(), default })
            }
            (TypeRef::NonNull(_), Literal::Null) => {
                self.error(position, || format!("Expected value of type \"{ty}\", found null."));
                None
            }
            (TypeRef::NonNull(inner), _) => self.literal(inner, value, default),
            (_, Literal::Null) => Some(Template::Constant(Value::Null)),
            (TypeRef::List(each), Literal::List(items)) => {
                let found: Vec<_> = items.iter().filter_map(|item| self.literal(each, item, None)).collect();
                (found.len() == items.len()).then(|| Template::list(found))
            }
            // A single value is coerced to a list of one.
            (TypeRef::List(each), _) => Some(Template::list(vec![self.literal(each, value, None)?])),
            (TypeRef::Named(name), literal) => self.named(name, literal, position),
        }
    }

    fn named(&mut self, name: &str, literal: &'d Literal<'d>, position: Position) -> Option<Template> {
        let ty = self.schema.named(name)?;
        match (&ty.kind, literal) {
            (TypeKind::Input { fields, one_of }, Literal::Object(given)) => {
                self.input_object(ty, fields, *one_of, given, position)
            }
            (TypeKind::Input { .. }, _) => {
                self.error(position, || format!("Expected value of type \"{name}\", found {}.", literal.described()));
                None
            }
            (TypeKind::Enum(values), _) => self.enum_value(ty, values, literal, position),
            _ => match scalars::literal(name, literal) {
                Ok(value) => Some(Template::Constant(value)),
                Err(message) => {
                    self.error(position, || message);
                    None
                }
            },
        }
    }

    fn enum_value(
        &mut self,
        ty: &'static Type,
        values: &'static ByName<EnumValue>,
        literal: &Literal<'_>,
        position: Position,
    ) -> Option<Template> {
        let names = || values.keys().map(String::as_str);
        match literal {
            Literal::Enum(name) => {
                if let Some((known, _)) = values.get_key_value(*name) {
                    return Some(Template::Constant(Value::Enum(known)));
                }
                self.error(position, || {
                    let near = did_you_mean("the enum value", name, names());
                    format!("Value {} does not exist in \"{}\" enum.{near}", quoted(name), ty.name)
                });
            }
            other => self.error(position, || {
                let near = if let Literal::Text(text) = other {
                    did_you_mean("the enum value", text, names())
                } else {
                    String::new()
                };
                format!("Enum \"{}\" cannot represent non-enum value: {}.{near}", ty.name, other.described())
            }),
        }
        None
    }

    fn input_object(
        &mut self,
        ty: &'static Type,
        definitions: &'static ByName<Input>,
        one_of: bool,
        given: &'d [tree::Argument<'d>],
        position: Position,
    ) -> Option<Template> {
        let before = self.errors.0.len();
        let names = given.iter().map(|field| field.name);
        self.unique(names, |name| format!("There can be only one input field named {}.", quoted(name)));
        let mut fields = Vec::with_capacity(given.len());
        for field in given {
            let name = field.name.text;
            let Some(definition) = definitions.get(name) else {
                self.error(field.name.position, || {
                    let near = did_you_mean("", name, definitions.keys().map(String::as_str));
                    format!("Field {} is not defined by type \"{}\".{near}", quoted(name), ty.name)
                });
                continue;
            };
            let usages = self.scope.usages.len();
            let value = self.literal(&definition.ty, &field.value, definition.default.as_ref());
            let value = match (value, self.scope.usages.get_mut(usages)) {
                // The only field of a `@oneOf` object must not be null.
                (Some(Template::Variable { variable, .. }), Some(usage)) if one_of => {
                    usage.in_one_of = true;
                    Some(Template::Variable { variable, required: true, default: None })
                }
                (value, _) => value,
            };
            fields.extend(value.map(|value| (definition.name.as_str(), value)));
        }
        for definition in definitions.values() {
            if given.iter().any(|field| field.name.text == definition.name) {
                continue;
            }
            if let Some(default) = &definition.default {
                fields.push((definition.name.as_str(), Template::Constant(default.clone())));
            } else if definition.ty.is_non_null() {
                self.error(position, || {
                    format!(
                        "Field \"{}.{}\" of required type \"{}\" was not provided.",
                        ty.name, definition.name, definition.ty
                    )
                });
            }
        }
        if one_of {
            match given {
                [field] if matches!(field.value.literal, Literal::Null) => {
                    self.error(position, || format!("Field \"{}.{}\" must be non-null.", ty.name, field.name.text));
                }
                [_] => {}
                _ => self.error(position, || format!("OneOf Input Object \"{}\" must specify exactly one key.", ty.name)),
            }
        }
        (self.errors.0.len() == before).then(|| Template::object(fields))
    }
}
