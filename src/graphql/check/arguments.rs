//! Arguments and directives (<https://spec.graphql.org/draft/#sec-Validation.Arguments>,
//! <https://spec.graphql.org/draft/#sec-Validation.Directives>).

use super::Checker;
use crate::graphql::{
    document::Conditional,
    error::{Position, prefixed, quoted},
    schema::{ByName, Input},
    suggest::did_you_mean,
    tree,
    value::Template,
};

impl<'d> Checker<'d> {
    /// Checks arguments. `owner_at_start` and `owner_at_end` return the field or directive that has the arguments, as
    /// written at the start and at the end of a message.
    pub(super) fn arguments(
        &mut self,
        definitions: &'static ByName<Input>,
        given: &'d [tree::Argument<'d>],
        position: Position,
        owner_at_start: impl Fn() -> String,
        owner_at_end: impl Fn() -> String,
    ) -> Vec<(&'static str, Template)> {
        let names = given.iter().map(|argument| argument.name);
        self.unique(names, |name| format!("There can be only one argument named {}.", quoted(name)));
        let mut arguments = Vec::with_capacity(given.len());
        for argument in given {
            let name = argument.name.text;
            match definitions.get(name) {
                Some(definition) => {
                    let value = self.literal(&definition.ty, &argument.value, definition.default.as_ref());
                    arguments.extend(value.map(|value| (definition.name.as_str(), value)));
                }
                None => self.error(argument.name.position, || {
                    let near = did_you_mean("", name, definitions.keys().map(String::as_str));
                    format!("Unknown argument {} on {}.{near}", quoted(name), owner_at_end())
                }),
            }
        }
        let is_missing =
            |input: &&Input| input.is_required() && given.iter().all(|argument| argument.name.text != input.name);
        for missing in definitions.values().filter(is_missing) {
            self.error(position, || {
                let owner = owner_at_start();
                format!(
                    "{owner} argument \"{}\" of type \"{}\" is required, but it was not provided.",
                    missing.name, missing.ty
                )
            });
        }
        arguments
    }

    /// Checks directives at a location of this kind, for example `FIELD`. Returns those that are `@skip` or `@include`.
    pub(super) fn directives(&mut self, given: &'d [tree::Directive<'d>], location: &str) -> Box<[Conditional]> {
        let names = given.iter().map(|directive| tree::Name { position: directive.position, ..directive.name });
        self.unique(names, |name| format!("The directive {} can only be used once at this location.", prefixed('@', name)));
        let mut conditions = Vec::new();
        for directive in given {
            let (name, position) = (directive.name.text, directive.position);
            let Some(definition) = self.schema.directives().get(name) else {
                self.error(position, || format!("Unknown directive {}.", prefixed('@', name)));
                continue;
            };
            if !definition.locations.contains(&location) {
                self.error(position, || format!("Directive \"@{name}\" may not be used on {location}."));
            }
            let owner_at_start = || format!("Directive \"@{name}\"");
            let owner_at_end = || format!("directive \"@{name}\"");
            let arguments =
                self.arguments(&definition.arguments, &directive.arguments, position, owner_at_start, owner_at_end);
            if let Some((_, when)) = arguments.into_iter().find(|(name, _)| *name == "if") {
                conditions.push(Conditional { skips_if: name == "skip", when, position });
            }
        }
        conditions.into()
    }
}
