//! Sets the steps of relations through other records, once all types are declared.

use crate::engine::catalog::{Field, Kind, Many, ObjectIx, ObjectType, Switch, Through, ThroughStep, Via};

/// A step of a relation through other records, made from one of the two fields.
struct Step {
    step: ThroughStep,
    /// The switches of the field; `None` if it has none.
    switched: Option<Switched>,
}

/// The switches of a relation, and how they select its links.
type Switched = (Vec<Switch>, fn(&[bool]) -> Option<&'static str>);

/// Sets the steps of each relation through other records from the two fields that it names. It also copies the switches of
/// these fields to the relation.
///
/// # Panics
/// If one of the fields does not exist, may be null or does not lead to the declared type, or if both have switches: an
/// error in the declaration.
pub(super) fn set_steps(objects: &mut [ObjectType]) {
    for at in 0..objects.len() {
        for field in 0..objects[at].fields.len() {
            let (object, named) = (&objects[at], &objects[at].fields[field]);
            let Kind::Many(Many { via: Via::Through(through), target, .. }) = &named.kind else { continue };
            let mut through = *through;
            through.owner = object.name;
            let near = object.field(through.first).and_then(|first| near(first, &through));
            let between = &objects[through.between.ix.0];
            let far = between.field(through.second).and_then(|second| far(second, target.ix));
            let (Some(near), Some(far)) = (near, far) else {
                panic!(
                    "{}.{} leads through a field that does not exist, may be null, or does not lead to the declared type",
                    object.name, named.name
                )
            };
            (through.near, through.far) = (near.step, far.step);
            let switched = match (near.switched, far.switched) {
                (Some(_), Some(_)) => panic!("{}.{} has switches of both fields", object.name, named.name),
                (near, far) => near.or(far),
            };
            if let Kind::Many(many) = &mut objects[at].fields[field].kind {
                many.via = Via::Through(through);
                if let Some((switches, required_flag)) = switched {
                    (many.switches, many.required_flag) = (switches, required_flag);
                }
            }
        }
    }
}

/// Returns the step from a record to the records between; `None` if the field does not lead to them.
fn near(first: &Field, through: &Through) -> Option<Step> {
    match &first.kind {
        Kind::Many(many) if many.target == through.between => match many.via {
            Via::ForeignKey { column, .. } => Some(Step { step: ThroughStep::Key(column), switched: None }),
            Via::Link { table, reverse } => Some(linked(many, table, !reverse)),
            Via::Through(_) => None,
        },
        _ => None,
    }
}

/// Returns the step from the records between to the related records; `None` if the field does not lead to them, or may be
/// null.
fn far(second: &Field, target: ObjectIx) -> Option<Step> {
    match &second.kind {
        Kind::One(one) if one.ix == target && second.required => {
            second.column.map(|column| Step { step: ThroughStep::Key(column), switched: None })
        }
        Kind::Many(many) if many.target.ix == target => match many.via {
            Via::Link { table, reverse } => Some(linked(many, table, reverse)),
            Via::ForeignKey { .. } | Via::Through(_) => None,
        },
        _ => None,
    }
}

/// Returns the step by a link table. With `is_target`, the records between are the targets of its links.
fn linked(many: &Many, link: &'static str, is_target: bool) -> Step {
    let (between, other) = if is_target { ("target_id", "owner_id") } else { ("owner_id", "target_id") };
    let is_switched = !many.switches.is_empty();
    let switched = is_switched.then(|| (many.switches.clone(), many.required_flag));
    Step { step: ThroughStep::Link { link, between, other, is_switched }, switched }
}
