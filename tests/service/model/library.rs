//! The model: a library as plain vectors of rows, each with its values and with the rows that its fields refer to.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    generate::{Cited, Drawn, DrawnDuration, DrawnRecovery},
    order::Order,
    shape::{GRADES, List, Own, Type},
    value::Value,
};

/// A library.
#[derive(Clone, Default)]
pub struct Library(BTreeMap<Type, Vec<Row>>);

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub id: i64,
    /// Values by field.
    pub values: BTreeMap<&'static str, Value>,
    /// Rows of the target by field or list, in the order of the document.
    pub to: BTreeMap<&'static str, Vec<usize>>,
    /// The lists of sources of single fields.
    pub by_field: Vec<Vec<usize>>,
}

impl Library {
    /// Returns the id of a row. Ids are unique among all records.
    pub fn id(of: Type, at: i64) -> i64 {
        at + 100 * of as i64
    }

    /// Returns the rows of a type, in the order of their ids.
    pub fn rows(&self, of: Type) -> &[Row] {
        self.0.get(&of).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the rows of a type with these indexes.
    pub fn at(&self, of: Type, indexes: &[usize]) -> Vec<&Row> {
        let rows = self.rows(of);
        indexes.iter().map(|at| &rows[*at]).collect()
    }

    /// Returns the type and the row to which a to-one field leads.
    pub fn one(&self, of: Type, row: &Row, field: &str) -> Option<(Type, &Row)> {
        let at = *row.to[field].first()?;
        let target = match (of, field) {
            (Type::Condition, _) | (Type::Outcome, "condition") => Type::Condition,
            (Type::Procedure, "recovery") => Type::Recovery,
            (Type::Recovery, _) => Type::Duration,
            _ => Type::Procedure,
        };
        Some((target, &self.rows(target)[at]))
    }

    /// Returns the rows of a connection in its default order.
    pub fn list(&self, row: &Row, list: &List) -> Vec<&Row> {
        let rows = self.rows(list.target);
        let mut found: Vec<&Row> = row.to[list.key].iter().map(|at| &rows[*at]).collect();
        match list.own {
            Own::Given => {}
            Own::Library => found.sort_by_key(|row| row.id),
            Own::Default => self.sort(list.target, &mut found),
            Own::Through(first, second) => {
                self.sort(list.target, &mut found);
                found.sort_by_key(|target| {
                    let between = self.between(row, target, first, second);
                    let grade = |row: &&Row| GRADES.iter().position(|grade| Value::Choice(grade) == row.values["grade"]);
                    let level = |row: &&Row| match row.values["evidenceLevel"] {
                        Value::Int(level) => level,
                        _ => i64::MAX,
                    };
                    let (grade, level) = (between.iter().map(grade).max(), between.iter().map(level).min());
                    (Reverse(grade), level, Reverse(between.len()))
                });
            }
        }
        found
    }

    /// Returns the outcomes of a list of `row` that lead to `target`.
    pub fn between(&self, row: &Row, target: &Row, first: &str, second: &str) -> Vec<&Row> {
        let of = if second == "procedure" { Type::Procedure } else { Type::Condition };
        let leads = |outcome: &&Row| outcome.to[second].iter().any(|at| self.rows(of)[*at].id == target.id);
        row.to[first].iter().map(|at| &self.rows(Type::Outcome)[*at]).filter(leads).collect()
    }

    /// Sorts rows of a type in the default order of its lists.
    fn sort(&self, of: Type, rows: &mut [&Row]) {
        rows.sort_by_key(|row| row.id);
        Order::default_of(of).sort(self, of, rows);
    }

    /// Returns the rows of a type in the default order of its lists.
    pub fn all(&self, of: Type) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows(of).iter().collect();
        self.sort(of, &mut rows);
        rows
    }

    /// Replaces the numbers of a generated library by row indexes. Outcomes need a procedure and a condition; without
    /// one there are no outcomes.
    pub fn of(drawn: &Drawn) -> Self {
        let mut library = Self::default();
        library.sources(drawn);
        library.conditions(drawn);
        library.procedures(drawn);
        if !drawn.conditions.is_empty() && !drawn.procedures.is_empty() {
            library.outcomes(drawn);
        }
        library.reverse(Type::Source, "conditions", Type::Condition, "citations");
        library.reverse(Type::Source, "procedures", Type::Procedure, "citations");
        library.reverse(Type::Source, "outcomes", Type::Outcome, "citations");
        library.reverse(Type::Condition, "children", Type::Condition, "parent");
        library.reverse(Type::Condition, "descendants", Type::Condition, "ancestors");
        library.reverse(Type::Condition, "contraindicatedProcedures", Type::Procedure, "contraindicatedConditions");
        library.reverse(Type::Condition, "outcomes", Type::Outcome, "conditions");
        library.reverse(Type::Condition, "outcomes direct", Type::Outcome, "condition");
        library.reverse(Type::Condition, "outcomes below", Type::Outcome, "conditions below");
        library.reverse(Type::Condition, "outcomes all", Type::Outcome, "conditions all");
        library.reverse(Type::Procedure, "children", Type::Procedure, "parent");
        library.reverse(Type::Procedure, "outcomes", Type::Outcome, "procedure");
        library.through(Type::Condition, "procedures", ("outcomes", "procedure"));
        library.through(Type::Condition, "procedures all", ("outcomes all", "procedure"));
        library.through(Type::Procedure, "conditions", ("outcomes", "conditions"));
        library.through(Type::Procedure, "conditions below", ("outcomes", "conditions below"));
        library
    }

    fn sources(&mut self, drawn: &Drawn) {
        for source in &drawn.sources {
            let row = self.add(Type::Source, &source.slug);
            row.set("kind", Value::Choice(source.kind));
            row.set("title", source.title.as_str());
            row.set("year", source.year);
            row.set("level", source.level);
            row.set("extentRead", Value::Choice(source.extent_read));
            row.set("doi", source.doi.as_deref());
        }
    }

    fn conditions(&mut self, drawn: &Drawn) {
        let mut parents = Vec::new();
        for (at, condition) in drawn.conditions.iter().enumerate() {
            // A parent is before its children in the list, so that there are no cycles.
            let parent = condition.parent.and_then(|parent| parent.checked_rem(at));
            parents.push(parent);
            let row = self.add(Type::Condition, &condition.slug);
            row.set("name", condition.name.as_str());
            row.set("kind", Value::Choice(condition.kind));
            row.set("aliases", &condition.aliases);
            row.to.insert("parent", parent.into_iter().collect());
            row.to.insert("ancestors", std::iter::successors(parent, |above| parents[*above]).collect());
            row.cite(&condition.cited, drawn.sources.len());
        }
    }

    fn procedures(&mut self, drawn: &Drawn) {
        for (at, procedure) in drawn.procedures.iter().enumerate() {
            let mut effects = Vec::new();
            for (name, percent, serious) in &procedure.adverse_effects {
                effects.push(self.rows(Type::AdverseEffect).len());
                let row = self.add(Type::AdverseEffect, "");
                row.set("name", name.as_str());
                row.set("percent", *percent);
                row.set("serious", *serious);
            }
            let mut anaesthesia = Vec::new();
            for (kind, usual, timing) in &procedure.anaesthesia {
                anaesthesia.push(self.rows(Type::Anaesthesia).len());
                let row = self.add(Type::Anaesthesia, "");
                row.set("type", Value::Choice(kind));
                row.set("use", Value::Choice(usual));
                row.set("timing", timing.map_or(Value::Null, Value::Choice));
            }
            let recovery = procedure.recovery.as_ref().map(|recovery| self.recovery(recovery));
            let row = self.add(Type::Procedure, &procedure.slug);
            row.set("name", procedure.name.as_str());
            row.set("category", Value::Choice(procedure.category));
            row.set("invasiveness", procedure.invasiveness.map_or(Value::Null, Value::Choice));
            row.set("status", Value::Choice(procedure.status));
            row.set("aliases", &procedure.aliases);
            row.set("purpose", Value::List(procedure.purpose.iter().map(|name| Value::Choice(name)).collect()));
            row.to.insert("anaesthesia", anaesthesia);
            row.to.insert("recovery", recovery.into_iter().collect());
            row.to.insert("parent", procedure.parent.and_then(|parent| parent.checked_rem(at)).into_iter().collect());
            row.to.insert("contraindicatedConditions", distinct(&procedure.contraindicated, drawn.conditions.len()));
            row.to.insert("adverseEffects", effects);
            row.cite(&procedure.cited, drawn.sources.len());
        }
    }

    /// Adds a recovery with its durations, and returns its index.
    fn recovery(&mut self, recovery: &DrawnRecovery) -> usize {
        let back_to_normal = recovery.back_to_normal.iter().map(|duration| self.duration(duration)).collect();
        let downtime = recovery.downtime.iter().map(|duration| self.duration(duration)).collect();
        let row = self.add(Type::Recovery, "");
        row.set("speed", recovery.speed.map_or(Value::Null, Value::Choice));
        row.to.insert("backToNormal", back_to_normal);
        row.to.insert("downtime", downtime);
        self.rows(Type::Recovery).len() - 1
    }

    fn duration(&mut self, duration: &DrawnDuration) -> usize {
        let days = |bound: Option<f64>| {
            Some(match duration.unit? {
                "MINUTE" => bound? / 1440.0,
                "HOUR" => bound? * 60.0 / 1440.0,
                "DAY" => bound?,
                "WEEK" => bound? * 7.0,
                _ => bound? * 30.4375,
            })
        };
        let row = self.add(Type::Duration, "");
        row.set("minDays", days(duration.min));
        row.set("maxDays", days(duration.max));
        row.set("min", duration.min);
        row.set("max", duration.max);
        row.set("unit", duration.unit.map_or(Value::Null, Value::Choice));
        self.rows(Type::Duration).len() - 1
    }

    fn outcomes(&mut self, drawn: &Drawn) {
        let (procedures, conditions) = (drawn.procedures.len(), drawn.conditions.len());
        let mut positions = vec![0; procedures];
        for outcome in &drawn.outcomes {
            let mut effects = Vec::new();
            for (attribute, direction) in &outcome.effects {
                effects.push(self.rows(Type::Effect).len());
                let row = self.add(Type::Effect, "");
                row.set("attribute", Value::Choice(attribute));
                row.set("direction", Value::Choice(direction));
            }
            let procedure = outcome.procedure % procedures;
            positions[procedure] += 1;
            let own = outcome.condition % conditions;
            let also = distinct(&outcome.also_covers, conditions);
            let above = |at: usize| self.rows(Type::Condition)[at].to["ancestors"].clone();
            let covering = each_once([vec![own], also.clone()].concat());
            let all = each_once(covering.iter().copied().chain(covering.iter().flat_map(|at| above(*at))).collect());
            let chain = [vec![own], above(own)].concat();
            let below = all.iter().copied().filter(|at| chain.contains(at)).collect();
            let row = self.add(Type::Outcome, &outcome.slug);
            row.set("position", Value::Int(positions[procedure]));
            row.set("variant", outcome.variant.as_deref());
            row.set("commonUse", outcome.common_use);
            row.set("grade", Value::Choice(outcome.grade));
            row.set("evidenceLevel", outcome.evidence_level);
            row.set("responders", outcome.responders.map_or(Value::Null, Value::Choice));
            row.to.insert("procedure", vec![procedure]);
            row.to.insert("condition", vec![own]);
            row.to.insert("alsoCovers", also);
            row.to.insert("conditions", covering);
            row.to.insert("conditions below", below);
            row.to.insert("conditions all", all);
            row.to.insert("effects", effects);
            row.cite(&outcome.cited, drawn.sources.len());
        }
    }

    fn add(&mut self, of: Type, slug: &str) -> &mut Row {
        let rows = self.0.entry(of).or_default();
        let at = i64::try_from(rows.len()).unwrap() + 1;
        let mut row = Row { id: Self::id(of, at), ..Row::default() };
        row.set("id", Value::Id(of, row.id));
        // Slugs do not order as ids do, and revisions tie.
        row.set("slug", format!("{slug}-{at}").as_str());
        row.set("revision", Value::Int(at % 3));
        rows.push(row);
        rows.last_mut().unwrap()
    }

    /// Adds a relation through the outcomes of another one.
    fn through(&mut self, of: Type, field: &'static str, (first, second): (&str, &str)) {
        let far: Vec<Vec<usize>> = self.rows(Type::Outcome).iter().map(|row| row.to[second].clone()).collect();
        for row in self.0.entry(of).or_default() {
            let found = row.to[first].iter().flat_map(|at| far[*at].clone()).collect();
            row.to.insert(field, each_once(found));
        }
    }

    /// Adds the reverse field of a relation.
    fn reverse(&mut self, of: Type, field: &'static str, from: Type, through: &'static str) {
        let far: Vec<Vec<usize>> = self.rows(from).iter().map(|row| row.to[through].clone()).collect();
        for (at, row) in self.0.entry(of).or_default().iter_mut().enumerate() {
            let found = (0..far.len()).filter(|from| far[*from].contains(&at)).collect();
            row.to.insert(field, found);
        }
    }
}

impl Row {
    fn set(&mut self, field: &'static str, value: impl Into<Value>) {
        self.values.insert(field, value.into());
    }

    fn cite(&mut self, cited: &Cited, sources: usize) {
        self.to.insert("sources", distinct(&cited.sources, sources));
        self.to.insert("citations", distinct(&cited.citations, sources));
        self.by_field = cited.by_field.iter().map(|list| distinct(list, sources)).collect();
    }
}

/// Returns numbers modulo `of`, each once.
fn distinct(numbers: &[usize], of: usize) -> Vec<usize> {
    each_once(numbers.iter().filter_map(|number| number.checked_rem(of)).collect())
}

fn each_once(numbers: Vec<usize>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    numbers.into_iter().filter(|number| seen.insert(*number)).collect()
}

/// Writes a line for each row.
impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (of, rows) in &self.0 {
            for row in rows {
                write!(f, "{}:{}", of.name(), row.id)?;
                for (name, value) in row.values.iter().filter(|(name, _)| **name != "id") {
                    write!(f, " {name}={value}")?;
                }
                let links = row.to.iter().filter(|(_, to)| !to.is_empty());
                for (name, to) in links {
                    // Numbers within the type are counted as ids are.
                    write!(f, " {name}->{:?}", to.iter().map(|at| at + 1).collect::<Vec<_>>())?;
                }
                writeln!(f, " fieldSources={:?}", row.by_field)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
