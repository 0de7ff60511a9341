//! Patches of entries: contraindications, outcomes, and the evidence of outcomes.

use dermagraph::{content::catalog, engine::field_rules::KEY};
use serde_json::{Value as Json, json};

use super::{
    Drawn, Expected, Run, Single,
    change::Change,
    state::{State, without_keys},
};
use crate::{
    authoring::starter::argument,
    random_edits::{Random, change_outcome},
};

impl Run {
    /// Changes the contraindications of a procedure.
    pub(super) fn contraindications(&mut self) -> Drawn {
        let mut after = self.now().clone();
        let key = self.often_the_same(&after, "Procedure");
        let (record, kind) = (after.records[&key], self.random.below(4));
        let (expected, read) = if kind == 0 { self.read() } else { (None, after.clone()) };
        let of_read = read.document(record).and_then(|document| document["contraindications"].as_array());
        let of_read = of_read.cloned().unwrap_or_default();
        let list = after.model.0.get_mut(&key).unwrap()["contraindications"].as_array_mut();
        let list = list.filter(|list| list.len() > 1 && !of_read.is_empty())?;
        let (at, other) = (self.random.below(of_read.len()), self.random.below(of_read.len()));
        let (entry, name) = (&of_read[at][KEY], json!(format!("Reason {}", self.number())));
        let operation = match kind {
            0 => {
                let operation = json!({"update": {"key": entry, "set": {"name": name}}});
                let present = list.iter_mut().find(|present| present[KEY] == *entry);
                // Another editor has renamed it, or removed it.
                let Some(present) = present.filter(|present| present["name"] == of_read[at]["name"]) else {
                    let operations = json!([{"entries": {"contraindications": operation}}]);
                    return Some((Change::patch(&key, operations).expecting(expected).into(), Expected::Conflict));
                };
                present["name"] = name;
                operation
            }
            1 => {
                let mut new = without_keys(&list[other]);
                new["name"] = name;
                list.insert(at + 1, new.clone());
                let value = argument(catalog().object_named("Contraindication").unwrap(), &new);
                json!({"insert": {"value": value, "after": entry}})
            }
            2 => {
                list.remove(at);
                json!({"remove": entry})
            }
            _ if at == other => return None,
            _ => {
                let moved = list.remove(at);
                list.insert(if at < other { other - 1 } else { other }, moved);
                json!({"move": {"key": entry, "before": of_read[other][KEY]}})
            }
        };
        let change = Change::patch(&key, json!([{"entries": {"contraindications": operation}}])).expecting(expected);
        Some((change.into(), Expected::After(after.into())))
    }

    /// Changes an outcome of a procedure, or its evidence.
    pub(super) fn outcome(&mut self, mut state: State) -> Single {
        let key = self.often_the_same(&state, "Procedure");
        let record = state.records[&key];
        let condition = state.model.any(&mut self.random, "Condition").1;
        let source = state.model.any(&mut self.random, "Source").1;
        let text = json!(format!("A text of {}.", self.number()));
        let list = state.model.0.get_mut(&key).unwrap()["outcomes"].as_array_mut().filter(|list| !list.is_empty())?;
        let (at, other) = (self.random.below(list.len()), self.random.below(list.len()));
        let slug = |outcome: &Json| format!("{}--{}", key.1, outcome["condition"].as_str().unwrap());
        let own = slug(&list[at]);
        let change = match self.random.below(8) {
            0 => {
                list[at]["expectedEffect"] = text.clone();
                json!({"update": {"key": own, "set": {"expectedEffect": text}}})
            }
            1 => {
                list.remove(at);
                json!({"remove": own})
            }
            2 => {
                let mut new = without_keys(&list[at]);
                new["condition"] = json!(condition);
                list.push(new.clone());
                json!({"insert": {"value": argument(catalog().object_named("TreatmentOutcome").unwrap(), &new)}})
            }
            3 if at != other => {
                let before = slug(&list[other]);
                let moved = list.remove(at);
                list.insert(if at < other { other - 1 } else { other }, moved);
                json!({"move": {"key": own, "before": before}})
            }
            _ => {
                let change = evidence(&mut self.random, &mut list[at], &own, &source, &text);
                json!({"update": {"key": own, "entries": {"evidence": change}}})
            }
        };
        Some((Change::patch(&key, json!([{"entries": {"outcomes": change}}])), record, state))
    }

    /// Saves a procedure with changed outcomes.
    pub(super) fn outcomes(&mut self) -> Drawn {
        let mut after = self.now().clone();
        let key = after.model.any(&mut self.random, "Procedure");
        let condition = after.model.any(&mut self.random, "Condition").1;
        let source = after.model.any(&mut self.random, "Source").1;
        let document = after.model.0.get_mut(&key).unwrap();
        *document = without_keys(document);
        let list = document["outcomes"].as_array_mut().filter(|list| !list.is_empty())?;
        let (at, kind) = (self.random.below(list.len()), 9 + self.random.below(6));
        change_outcome(&mut self.random, list, at, kind, &condition, &source);
        Some((Change::save(key.0, &after.model.0[&key]).into(), Expected::After(after.into())))
    }
}

/// Changes the evidence of the outcome with this slug. Returns the change in the patch.
fn evidence(random: &mut Random, outcome: &mut Json, slug: &str, source: &str, text: &Json) -> Json {
    if !outcome["evidence"].is_array() {
        outcome["evidence"] = json!([]);
    }
    let list = outcome["evidence"].as_array_mut().unwrap();
    let kind = if list.is_empty() { 0 } else { random.below(3) };
    if kind == 0 {
        let new = json!({"source": source, "direction": "MIXED", "finding": text});
        list.push(new.clone());
        return json!({"insert": {"value": new}});
    }
    let at = random.below(list.len());
    let key = format!("{slug}--{}", list[at]["source"].as_str().unwrap());
    if kind == 1 {
        list[at]["finding"] = text.clone();
        return json!({"update": {"key": key, "set": {"finding": text}}});
    }
    list.remove(at);
    json!({"remove": key})
}
