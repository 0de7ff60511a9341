//! Random values of fields, and random operations of patches. The catalog says which fields an object has, and which values
//! they accept. Whether the document then follows all rules of its type is left to a check of the model.

use dermagraph::{
    content::catalog,
    engine::{
        catalog::{Field, Format, InDocument, Kind, Many, ObjectType, Scalar, SlugRule, Target},
        declare::FORMERLY,
        field_rules::{FIELD_SOURCES, KEY, NOTICE, POSITION, SLUG, SOURCES},
    },
};
use serde_json::{Value as Json, json};

use crate::{
    authoring::starter::argument,
    entry_keys::{embedded_slug, nested},
    random_edits::{Model, Random},
};

/// A text that patients can read.
const READABLE: &str = "The skin is red for a few days. Call the clinic if it hurts more.";

/// Draws values and operations.
pub struct Values<'r> {
    random: &'r mut Random,
    /// The number in the latest text. Each text has another one.
    numbers: &'r mut usize,
    /// The records to which references lead.
    model: &'r Model,
    /// The number in all numeric fields, so that no lower bound is greater than its upper bound.
    amount: i32,
}

impl<'r> Values<'r> {
    pub fn new(random: &'r mut Random, numbers: &'r mut usize, model: &'r Model) -> Self {
        let amount = [1, 2, 3, 5][random.below(4)];
        Self { random, numbers, model, amount }
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.random.below(list.len())]
    }

    /// Reports true once in `whole` calls, on average.
    fn once_in(&mut self, whole: usize) -> bool {
        self.random.below(whole) == 0
    }

    fn number(&mut self) -> usize {
        *self.numbers += 1;
        *self.numbers
    }

    /// Changes a document of a record with this slug, and returns the operation of a patch that does the same.
    pub fn operation(&mut self, object: &ObjectType, document: &mut Json, slug: &str) -> Json {
        let operation = match self.random.below(6) {
            0 | 1 => None,
            2 => self.references(object, document),
            _ => self.entries(object, document, slug).map(|entries| json!({"entries": entries})),
        };
        operation.unwrap_or_else(|| json!({"set": self.set(object, document)}))
    }

    /// Adds references to a list, or removes one.
    fn references(&mut self, object: &ObjectType, document: &mut Json) -> Option<Json> {
        let target = |field: &Field| match &field.kind {
            Kind::Refs(target) | Kind::Many(Many { target, document: InDocument::Slugs, .. }) => Some(*target),
            _ => None,
        };
        let lists: Vec<(&str, Target)> = settable(object).filter_map(|field| Some((field.name, target(field)?))).collect();
        if lists.is_empty() {
            return None;
        }
        let (name, target) = self.pick(&lists);
        let mut list = document[name].as_array().cloned().unwrap_or_default();
        let adds = list.is_empty() || self.once_in(2);
        let slugs = if adds { self.slugs(target, &list) } else { vec![list.remove(self.random.below(list.len()))] };
        if adds {
            list.extend(slugs.iter().cloned());
        }
        document[name] = Json::Array(list);
        Some(json!({(if adds { "add" } else { "remove" }): {(name): slugs}}))
    }

    /// Changes an entry of a list in an object of the record with this slug. If there is nothing to change, it returns
    /// `None`.
    fn entries(&mut self, object: &ObjectType, document: &mut Json, slug: &str) -> Option<Json> {
        let lists: Vec<(&Field, &ObjectType)> = nested(object).filter(|(field, inner)| has_entries(field, inner)).collect();
        if lists.is_empty() {
            return None;
        }
        let (field, inner) = self.pick(&lists);
        if field.identity() == Some(KEY) && !document[field.name].is_array() {
            document[field.name] = json!([]);
        }
        let change = match (field.identity(), document.get_mut(field.name)?) {
            (Some(SLUG), Json::Array(records)) if !records.is_empty() => {
                let at = self.random.below(records.len());
                let own = embedded_slug(inner, slug, &records[at]);
                self.update(inner, &mut records[at], &json!(own), &own)
            }
            (Some(KEY), Json::Array(entries)) => self.entry(inner, entries, slug)?,
            (None, value) if value.is_object() => self.entries(inner, value, slug)?,
            _ => return None,
        };
        Some(json!({(field.name): change}))
    }

    /// Inserts, updates, removes or moves an entry. An entry without a key is new, and no later operation can name it.
    fn entry(&mut self, object: &ObjectType, entries: &mut Vec<Json>, slug: &str) -> Option<Json> {
        if entries.is_empty() || self.once_in(4) {
            let (at, mut insertion) = self.position(entries);
            let mut new = self.object(object);
            if self.once_in(3) {
                new[KEY] = json!(format!("chosen-{}", self.number()));
            }
            insertion["value"] = argument(object, &new);
            entries.insert(at, new);
            return Some(json!({"insert": insertion}));
        }
        let at = self.random.below(entries.len());
        let key = entries[at].get(KEY)?.clone();
        match self.random.below(4) {
            0 => {
                entries.remove(at);
                Some(json!({"remove": key}))
            }
            1 => {
                let (to, mut change) = self.position(entries);
                let moved = entries.remove(at);
                entries.insert(if at < to { to - 1 } else { to }, moved);
                change[KEY] = key;
                Some(json!({"move": change}))
            }
            _ => Some(self.update(object, &mut entries[at], &key, slug)),
        }
    }

    /// Returns an index of a list of entries, and the members of a change that put an entry there.
    fn position(&mut self, entries: &[Json]) -> (usize, Json) {
        let at = self.random.below(entries.len() + 1);
        match (entries.get(at).and_then(|entry| entry.get(KEY)), self.random.below(2)) {
            (Some(key), 0) => (at, json!({"before": key})),
            (Some(key), _) => (at + 1, json!({"after": key})),
            (None, _) => (entries.len(), json!({})),
        }
    }

    /// Changes an entry with this key, in the record with this slug.
    fn update(&mut self, object: &ObjectType, entry: &mut Json, key: &Json, slug: &str) -> Json {
        let entries = if self.once_in(2) { self.entries(object, entry, slug) } else { None };
        match entries {
            Some(entries) => json!({"update": {"key": key, "entries": entries}}),
            None => json!({"update": {"key": key, "set": self.set(object, entry)}}),
        }
    }

    /// Sets a field of an object. Returns the fields to set, as an argument.
    fn set(&mut self, object: &ObjectType, document: &mut Json) -> Json {
        let fields = self.fields(object, document);
        set(object, document, &fields);
        argument(object, &fields)
    }

    /// Returns a field to set, with its value; null makes it null or empty.
    fn fields(&mut self, object: &ObjectType, document: &Json) -> Json {
        let fields: Vec<&Field> = settable(object).collect();
        let field = self.pick(&fields);
        let value = match (&field.kind, &document[field.name]) {
            _ if self.once_in(5) => Json::Null,
            // Members that the patch does not name stay.
            (Kind::Value(ix), inner) if inner.is_object() => self.fields(catalog().object(*ix), inner),
            _ => self.value(object, field, document),
        };
        json!({(field.name): value})
    }

    /// Returns a new object.
    pub fn object(&mut self, object: &ObjectType) -> Json {
        let mut new = json!({});
        for field in settable(object) {
            if object.needs(catalog(), field) || self.once_in(3) {
                let value = self.value(object, field, &new);
                new[field.name] = value;
            }
        }
        new
    }

    /// Fills each list of entries in an object that has none, at any depth.
    pub fn fill(&mut self, object: &ObjectType, document: &mut Json) {
        for (field, inner) in nested(object).filter(|(field, inner)| has_entries(field, inner)) {
            let is_empty = match &document[field.name] {
                Json::Array(entries) => entries.is_empty(),
                value => value.is_null(),
            };
            match field.identity() {
                Some(KEY) if is_empty => {
                    let new = (0..2).map(|_| self.filled(inner)).collect();
                    document[field.name] = Json::Array(new);
                }
                None if is_empty => document[field.name] = self.filled(inner),
                None => self.fill(inner, &mut document[field.name]),
                Some(SLUG) if !is_empty => {
                    let records = document[field.name].as_array_mut().unwrap();
                    for record in records.iter_mut() {
                        self.fill(inner, record);
                    }
                }
                _ => {}
            }
        }
    }

    fn filled(&mut self, object: &ObjectType) -> Json {
        let mut new = self.object(object);
        self.fill(object, &mut new);
        new
    }

    /// Returns a value of a field. `siblings` is the object that contains it.
    fn value(&mut self, object: &ObjectType, field: &Field, siblings: &Json) -> Json {
        match &field.kind {
            Kind::Scalar(scalar) => self.scalar(field, *scalar, siblings),
            Kind::Scalars(Scalar::Choice(ix)) => {
                let values = catalog().choice(*ix).values;
                let (first, count) = (self.random.below(values.len()), values.len().min(2));
                (0..count).map(|at| values[(first + at) % values.len()].0).collect()
            }
            Kind::Scalars(scalar) => (0..2).map(|_| self.scalar(field, *scalar, siblings)).collect(),
            Kind::Value(ix) => self.object(catalog().object(*ix)),
            Kind::Values(_) if field.name == FIELD_SOURCES => self.field_sources(object),
            Kind::Values(ix) | Kind::Parts { part: Target { ix, .. }, .. } => {
                (0..=self.random.below(2)).map(|_| self.object(catalog().object(*ix))).collect()
            }
            Kind::One(target) => self.slugs(*target, &[]).pop().unwrap_or_default(),
            Kind::Refs(target) | Kind::Many(Many { target, .. }) => Json::Array(self.slugs(*target, &[])),
            Kind::Id(_) | Kind::Attribution => Json::Null,
        }
    }

    fn scalar(&mut self, field: &Field, scalar: Scalar, siblings: &Json) -> Json {
        match scalar {
            Scalar::Text => json!(self.text(field.format, siblings)),
            Scalar::Int if matches!(field.format, Some(Format::Year { .. })) => json!(2000 + self.amount),
            Scalar::Int => json!(self.amount),
            Scalar::Float => {
                let (least, greatest) = field.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
                json!(f64::from(self.amount).clamp(least, greatest))
            }
            Scalar::Boolean => json!(self.once_in(2)),
            Scalar::Choice(ix) => json!(self.pick(catalog().choice(ix).values).0),
        }
    }

    /// Returns a text with a format. Texts without one, slugs and identifiers differ from all others.
    fn text(&mut self, format: Option<Format>, siblings: &Json) -> String {
        let number = self.number();
        match format {
            Some(Format::Slug) => format!("random-{number}"),
            Some(Format::Doi) => format!("10.5555/random-{number}"),
            Some(Format::Pmid) => number.to_string(),
            Some(Format::Pmcid) => format!("PMC{number}"),
            Some(Format::Url) => format!("https://example.org/{number}"),
            Some(Format::Language) => self.pick(&["en", "en-GB"]).to_owned(),
            Some(Format::Date | Format::PastDate) => format!("2025-{:02}-01", 1 + number % 12),
            Some(Format::Country) => self.pick(&["GB", "US"]).to_owned(),
            Some(Format::Currency) => self.pick(&["GBP", "USD"]).to_owned(),
            Some(Format::Readable { .. }) => READABLE.to_owned(),
            Some(Format::CodeOf(system)) => match siblings[system].as_str() {
                Some("ICD10CM") => format!("L{:02}", number % 100),
                _ => format!("D{number:06}"),
            },
            _ => format!("Random {number}"),
        }
    }

    /// Returns sources of a field without objects in it, so that no object inherits them.
    fn field_sources(&mut self, object: &ObjectType) -> Json {
        let is_plain = |field: &&Field| matches!(field.kind, Kind::Scalar(_)) && field.name != NOTICE;
        let names: Vec<&str> = settable(object).filter(is_plain).map(|field| field.name).collect();
        let sources = object.field(SOURCES).map_or(Json::Null, |field| self.value(object, field, &Json::Null));
        json!({(self.pick(&names)): sources})
    }

    /// Returns one or two slugs of a type that are not in a list; fewer if there are no others.
    fn slugs(&mut self, target: Target, except: &[Json]) -> Vec<Json> {
        let (model, type_name) = (self.model, catalog().target(target).name);
        let others = model.0.keys().filter(|key| key.0 == type_name).map(|key| json!(key.1));
        let mut others: Vec<Json> = others.filter(|slug| !except.contains(slug)).collect();
        let count = (1 + self.random.below(2)).min(others.len());
        (0..count).map(|_| others.swap_remove(self.random.below(others.len()))).collect()
    }
}

/// Returns the fields of an object for which values are drawn. Other tests change slugs and reviews. Embedded records
/// inherit a notice. Texts that must occur elsewhere in the library would nearly always be refused.
fn settable(object: &ObjectType) -> impl Iterator<Item = &Field> {
    let composed = object.content().map_or(["", ""], |role| match role.slug {
        SlugRule::Composed(names) => names,
        SlugRule::Given => ["", ""],
    });
    let has_embedded = object.fields.iter().any(|field| field.embedded().is_some());
    let fields = object.fields.iter().filter(|field| field.is_in_documents() && field.embedded().is_none());
    let identity = if object.content().is_some() { SLUG } else { KEY };
    fields.filter(move |field| {
        let is_identity = [identity, POSITION, FORMERLY].contains(&field.name) || composed.contains(&field.name);
        let is_left_out = field.is_review || matches!(field.format, Some(Format::Among(_)));
        !(is_identity || is_left_out || field.name == NOTICE && has_embedded)
    })
}

/// Reports whether a field has entries, or an object with such fields. `inner` is the type of the objects in it.
fn has_entries(field: &Field, inner: &ObjectType) -> bool {
    field.identity().is_some() || nested(inner).any(|(field, inner)| has_entries(field, inner))
}

/// Sets fields of an object as a patch does: null removes a field, and the fields of a value object are set one by one.
fn set(object: &ObjectType, document: &mut Json, fields: &Json) {
    for (name, value) in fields.as_object().unwrap() {
        match (&object.field(name).unwrap().kind, value) {
            (_, Json::Null) => {
                document.as_object_mut().unwrap().remove(name);
            }
            (Kind::Value(ix), Json::Object(_)) => {
                if !document[name].is_object() {
                    document[name] = json!({});
                }
                set(catalog().object(*ix), &mut document[name], value);
            }
            _ => document[name] = value.clone(),
        }
    }
}
