//! Aggregation of lists: functions of the values of records, and the dimensions of groups and facets.

use super::{
    catalog::{Catalog, ChoiceIx, Field, Kind, Many, ObjectType, Origin, Scalar, Target, Via, label, words},
    field_rules::{Criterion, SLUG},
    searched::screaming_snake_case,
};

/// A function of the values of a field in many records. It ignores null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The number of different values.
    CountDistinct,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The sum.
    Sum,
    /// The mean.
    Avg,
}

impl Function {
    /// All functions, in the order in which aggregates have them.
    pub const ALL: [Self; 5] = [Self::CountDistinct, Self::Min, Self::Max, Self::Sum, Self::Avg];

    /// Returns the function of this name in GraphQL; `None` if there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// Returns its name in GraphQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CountDistinct => "countDistinct",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Avg => "avg",
        }
    }

    /// Returns the suffix of the names of its GraphQL types. Functions with results of the same types share a suffix.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::CountDistinct => "CountDistinct",
            Self::Min | Self::Max => "MinMax",
            Self::Sum | Self::Avg => "SumAvg",
        }
    }

    /// Reports whether the function accepts the values of a field.
    fn accepts(self, catalog: &Catalog, field: &Field, by: &Criterion<'_>) -> bool {
        match by {
            Criterion::Scalar(_, scalar) => match self {
                Self::CountDistinct => true,
                Self::Min | Self::Max => *scalar != Scalar::Boolean,
                // A sum of numbers that the service assigns, such as revisions, has no meaning.
                Self::Sum | Self::Avg => {
                    matches!(scalar, Scalar::Int | Scalar::Float) && !matches!(field.origin, Origin::Service)
                }
            },
            Criterion::Value(_, ix) => catalog.object(*ix).measured(catalog, self).next().is_some(),
            Criterion::One(..) => self == Self::CountDistinct,
            Criterion::Id(_) | Criterion::List(..) | Criterion::Values(..) | Criterion::Parts(..) | Criterion::Many(_) => {
                false
            }
        }
    }
}

/// A field whose values group records, and the fields that lead to it.
#[derive(Clone, Copy, Debug)]
pub struct GroupedField<'c> {
    /// The first field on the path from the record to [`Self::field`]: a related record, a value object, a list of value
    /// objects, or parts. `None` if [`Self::field`] is a field of the record itself.
    pub outer: Option<(&'c Field, Criterion<'c>)>,
    /// The second field on that path: a value object, or a list of value objects. `None` if [`Self::field`] is a field of
    /// the object in [`Self::outer`].
    pub inner: Option<(&'c Field, Criterion<'c>)>,
    /// The field with the values.
    pub field: &'c Field,
    /// The criterion of [`Self::field`]: how its values are stored.
    pub by: Criterion<'c>,
}

/// A dimension: what the records of a list are grouped by.
#[derive(Clone, Copy, Debug)]
pub struct Dimension<'c> {
    /// The field with its values.
    pub of: GroupedField<'c>,
    /// The type of its values.
    pub values: DimensionValues,
}

/// The type of the values of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DimensionValues {
    /// Values of an enumeration.
    Choice(ChoiceIx),
    /// Integers.
    Int,
    /// True and false.
    Boolean,
    /// Records.
    Record(Target),
}

impl DimensionValues {
    /// Returns the name of the GraphQL type of the values of its facets.
    #[must_use]
    pub fn facet_name(self, catalog: &Catalog) -> String {
        match self {
            Self::Choice(ix) => format!("{}Facet", catalog.choice(ix).name),
            Self::Int => "IntFacet".to_owned(),
            Self::Boolean => "BooleanFacet".to_owned(),
            Self::Record(_) => "RecordFacet".to_owned(),
        }
    }
}

impl GroupedField<'_> {
    /// Returns the fields from the record to the values.
    pub fn path(&self) -> impl Iterator<Item = &Field> {
        [self.outer, self.inner].into_iter().flatten().map(|(field, _)| field).chain([self.field])
    }

    /// Returns its name in GraphQL: `recoverySpeed` for the member `speed` of the field `recovery`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = String::new();
        for field in self.path() {
            let (first, rest) = field.name.split_at(1);
            let first = if name.is_empty() { first.to_owned() } else { first.to_uppercase() };
            name.push_str(&first);
            name.push_str(rest);
        }
        name
    }

    /// Returns the name of its ranges in the keys of groups: `yearRange` for the field `year`.
    #[must_use]
    pub fn range_name(&self) -> String {
        format!("{}Range", self.name())
    }

    /// Reports whether a record may have several values, so that it counts in several groups.
    #[must_use]
    pub fn is_overlapping(&self) -> bool {
        matches!(self.by, Criterion::List(..))
            || is_objects(&self.by)
            || [self.outer, self.inner].into_iter().flatten().any(|(_, by)| is_objects(&by))
    }

    /// Returns its name as a value of an enumeration: `RECOVERY_SPEED`.
    #[must_use]
    pub fn enum_name(&self) -> String {
        screaming_snake_case(&self.name())
    }

    /// Returns its label for users: "Recovery: speed" for the member `speed` of the field `recovery`.
    #[must_use]
    pub fn label(&self) -> String {
        let of_field = |field: &Field| label(&screaming_snake_case(field.name), &[]);
        match self.outer {
            Some((outer, _)) => format!("{}: {}", of_field(outer), words(self.field.name)),
            None => of_field(self.field),
        }
    }
}

impl Dimension<'_> {
    /// Returns the fields of `where` that are conditions on its values. The first list is the path from `where` to the
    /// object that has these fields, and the second list has their names. If the values are records, these are only the
    /// conditions on id and slug, because conditions on other fields do not select single records.
    #[must_use]
    pub fn conditions(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let lead = |field: &Field, by: &Criterion<'_>| {
            [Some(field.name), is_objects(by).then_some("some")].into_iter().flatten().collect::<Vec<_>>()
        };
        if let DimensionValues::Record(_) = self.values {
            return (lead(self.of.field, &self.of.by), vec!["id", SLUG]);
        }
        (self.of.outer.map(|(field, by)| lead(field, &by)).unwrap_or_default(), vec![self.of.field.name])
    }
}

/// Reports whether a criterion is a list of objects: value objects, parts or records.
fn is_objects(by: &Criterion<'_>) -> bool {
    matches!(by, Criterion::Values(..) | Criterion::Parts(..) | Criterion::Many(_))
}

impl Field {
    /// Returns the type of its values if the field can be a dimension: a scalar with few different values, or a
    /// relation. `None` for other fields, whose groups would have few records each.
    fn values(&self, by: &Criterion<'_>) -> Option<DimensionValues> {
        match by {
            Criterion::Scalar(_, Scalar::Choice(ix)) | Criterion::List(_, Scalar::Choice(ix)) => {
                Some(DimensionValues::Choice(*ix))
            }
            Criterion::Scalar(_, Scalar::Int) if !matches!(self.origin, Origin::Service) => Some(DimensionValues::Int),
            Criterion::Scalar(_, Scalar::Boolean) => Some(DimensionValues::Boolean),
            // A relation through a foreign key of the target is no dimension: each target belongs to one record, so each
            // group would have one record.
            Criterion::One(_, target) | Criterion::Many(Many { target, via: Via::Link { .. } | Via::Through(_), .. }) => {
                Some(DimensionValues::Record(*target))
            }
            _ => None,
        }
    }
}

impl ObjectType {
    /// Iterates over the fields that `where` has, with what it compares of them.
    fn criteria(&self) -> impl Iterator<Item = (&Field, Criterion<'_>)> {
        self.fields.iter().filter_map(|field| Some((field, field.filtered_by()?)))
    }

    /// Iterates over the fields whose values a function accepts, and the value objects with such a member.
    pub fn measured<'c>(
        &'c self,
        catalog: &'c Catalog,
        function: Function,
    ) -> impl Iterator<Item = (&'c Field, Criterion<'c>)> {
        self.criteria().filter(move |(field, by)| function.accepts(catalog, field, by))
    }

    /// Returns the dimensions of lists of the type: its fields with few different values, its relations, and such fields of
    /// its value objects, of the entries of its lists of value objects, of its parts and of its to-one relations.
    #[must_use]
    pub fn dimensions<'c>(&'c self, catalog: &'c Catalog) -> Vec<Dimension<'c>> {
        let fields = self.grouped_fields(catalog).into_iter().filter(|of| of.inner.is_none());
        fields.filter_map(|of| Some(Dimension { of, values: of.field.values(&of.by)? })).collect()
    }

    /// Returns the numbers by whose ranges lists of the type can be grouped. Unlike dimensions, they can have many different
    /// values, and can be in a value object inside a value object.
    #[must_use]
    pub fn numbers<'c>(&'c self, catalog: &'c Catalog) -> Vec<GroupedField<'c>> {
        let is_number = |of: &GroupedField<'_>| {
            matches!(of.by, Criterion::Scalar(_, Scalar::Int | Scalar::Float)) && !matches!(of.field.origin, Origin::Service)
        };
        self.grouped_fields(catalog).into_iter().filter(is_number).collect()
    }

    /// Returns the fields of the type, and scalar fields of other objects: of the value objects and parts that the fields
    /// contain, and of the records to which the to-one relations lead.
    fn grouped_fields<'c>(&'c self, catalog: &'c Catalog) -> Vec<GroupedField<'c>> {
        let is_scalar = |field: &Field| matches!(field.kind, Kind::Scalar(_));
        let mut found = Vec::new();
        for (field, by) in self.criteria() {
            found.push(GroupedField { outer: None, inner: None, field, by });
            let outer = Some((field, by));
            let object = match by {
                Criterion::Value(_, ix) | Criterion::Values(_, ix) => catalog.object(ix),
                Criterion::One(_, target) | Criterion::Parts(_, target) => catalog.target(target),
                _ => continue,
            };
            for (field, within) in object.criteria() {
                match (by, within) {
                    _ if is_scalar(field) => found.push(GroupedField { outer, inner: None, field, by: within }),
                    (Criterion::Value(..), Criterion::Value(_, ix) | Criterion::Values(_, ix)) => {
                        let inner = Some((field, within));
                        let scalars = catalog.object(ix).criteria().filter(|(field, _)| is_scalar(field));
                        found.extend(scalars.map(|(field, by)| GroupedField { outer, inner, field, by }));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}
