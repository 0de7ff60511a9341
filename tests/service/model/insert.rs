//! Replaces the library in a database by a library of the model, by SQL.

use std::fmt::Write as _;

use dermagraph::store::Store;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value as Json, json};

use super::{
    library::{Library, Row},
    shape::Type,
    value::Value,
};

/// Tables that are filled. A table precedes the tables that it refers to.
const TABLES: [&str; 14] = [
    "outcome_effect",
    "adverse_effect",
    "treatment_outcome_condition",
    "treatment_outcome_also_covers",
    "treatment_outcome_source",
    "procedure_contraindicated_condition",
    "procedure_source",
    "condition_ancestor",
    "condition_source",
    "treatment_outcome",
    "procedure",
    "condition",
    "source",
    "revision",
];

/// Replaces the content of the database.
pub async fn insert(store: &Store, library: &Library, revision: u64) {
    let mut sql = "BEGIN;\n".to_owned();
    for table in TABLES {
        let _ = writeln!(sql, "DELETE FROM \"{table}\";");
    }
    let _ = writeln!(
        sql,
        "INSERT INTO revision (id, published_at, summary, last_id, checksum) VALUES ({revision}, '2026-11-22T00:00:00Z', 'generated', 1000, '0');"
    );
    let contents = [
        (Type::Source, "source", &["kind", "title", "year", "level", "extentRead", "doi"][..], &[][..], ""),
        (Type::Condition, "condition", &["name", "kind", "aliases"], &[("parent", "parent_id", Type::Condition)], CONDITION),
        (
            Type::Procedure,
            "procedure",
            &["name", "category", "invasiveness", "status", "aliases", "purpose"],
            &[("parent", "parent_procedure_id", Type::Procedure)],
            PROCEDURE,
        ),
        (
            Type::Outcome,
            "treatment_outcome",
            &["position", "variant", "commonUse", "grade", "evidenceLevel", "responders"],
            &[("procedure", "procedure_id", Type::Procedure), ("condition", "condition_id", Type::Condition)],
            OUTCOME,
        ),
    ];
    for (of, table, fields, ones, rest) in contents {
        for row in library.rows(of) {
            let recovery = row.to.get("recovery").and_then(|to| to.first()).map(|at| ("recovery", recovery(library, *at)));
            let anaesthesia = row.to.get("anaesthesia").map(|list| ("anaesthesia", anaesthesia(library, list)));
            let objects: Vec<(&str, Json)> = recovery.into_iter().chain(anaesthesia).collect();
            content(&mut sql, table, row, fields, ones, &objects, rest);
        }
    }
    parts(&mut sql, library, Type::Procedure, "adverseEffects", "adverse_effect", "procedure_id");
    parts(&mut sql, library, Type::Outcome, "effects", "outcome_effect", "outcome_id");
    links(&mut sql, library, Type::Condition, "ancestors", "condition_ancestor", Type::Condition);
    links(&mut sql, library, Type::Condition, "citations", "condition_source", Type::Source);
    links(&mut sql, library, Type::Procedure, "citations", "procedure_source", Type::Source);
    let (from, to) = (Type::Procedure, Type::Condition);
    links(&mut sql, library, from, "contraindicatedConditions", "procedure_contraindicated_condition", to);
    links(&mut sql, library, Type::Outcome, "alsoCovers", "treatment_outcome_also_covers", Type::Condition);
    links(&mut sql, library, Type::Outcome, "citations", "treatment_outcome_source", Type::Source);
    outcome_conditions(&mut sql, library);
    sql.push_str("COMMIT;");
    store.writer().execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
}

/// Columns that the model ignores and that must have a value.
const CONDITION: &str = "description=x signs=[] causes=[]";
const PROCEDURE: &str = "locale=en summary=x preparation=[] steps=[] aftercare=[] parameters=[] variants=[] \
     regulatory=[] get_help=[] practitioners=[] costs=[] not_found=[] treats=[]";
const OUTCOME: &str =
    "causes_covered=[] expected_effect=x effectiveness={} certainty=LOW response_variability=VARIABLE evidence_levels=[]";

/// Flags of links from outcomes to conditions, each with the list that it selects. The model has no evidence.
const FLAGS: [(&str, &str); 7] = [
    ("direct", "condition"),
    ("covering", "conditions"),
    ("studied", "condition"),
    ("covering_studied", "conditions"),
    ("below", "conditions below"),
    ("covering_below", "conditions all"),
    ("studied_below", "conditions below"),
];

fn content(
    sql: &mut String,
    table: &str,
    row: &Row,
    fields: &[&str],
    ones: &[(&str, &str, Type)],
    objects: &[(&str, Json)],
    rest: &str,
) {
    let mut columns = vec![("id".to_owned(), row.id.to_string()), ("notice".to_owned(), "'x'".to_owned())];
    columns.push(("formerly".to_owned(), "'[]'".to_owned()));
    for field in ["slug", "revision"].iter().chain(fields) {
        columns.push((snake(field), literal(&row.values[field])));
    }
    for (field, column, target) in ones {
        let id = row.to[field].first().map_or("NULL".to_owned(), |at| id(*target, *at).to_string());
        columns.push(((*column).to_owned(), id));
    }
    columns.extend(objects.iter().map(|(column, json)| ((*column).to_owned(), text(&json.to_string()))));
    for (column, value) in rest.split_whitespace().filter_map(|pair| pair.split_once('=')) {
        columns.push((column.to_owned(), text(value)));
    }
    if let Some(sources) = row.to.get("sources") {
        columns.push(("sources".to_owned(), text(&ids(sources).to_string())));
        let by_field = |list: &Vec<usize>| json!({"field": "name", "sources": ids(list)});
        let by_field: Json = row.by_field.iter().map(by_field).collect();
        columns.push(("field_sources".to_owned(), text(&by_field.to_string())));
    }
    add(sql, table, &columns);
}

/// Returns the stored JSON of a recovery.
fn recovery(library: &Library, at: usize) -> Json {
    let duration = |at: &usize| {
        let duration = &library.rows(Type::Duration)[*at];
        let [min, max, unit] = ["min", "max", "unit"].map(|member| json_of(&duration.values[member]));
        json!({"min": min, "max": max, "unit": unit, "text": "x", "approximate": false, "sources": []})
    };
    let recovery = &library.rows(Type::Recovery)[at];
    json!({
        "speed": json_of(&recovery.values["speed"]),
        "summary": null,
        "effects": [],
        "downtime": recovery.to["downtime"].iter().map(duration).collect::<Vec<_>>(),
        "backToNormal": recovery.to["backToNormal"].first().map(duration),
        "sources": [],
    })
}

/// Returns the stored JSON of a list of anaesthesia.
fn anaesthesia(library: &Library, list: &[usize]) -> Json {
    let entry = |at: &usize| {
        let row = &library.rows(Type::Anaesthesia)[*at];
        let [kind, usual, timing] = ["type", "use", "timing"].map(|member| json_of(&row.values[member]));
        json!({"type": kind, "agent": null, "use": usual, "timing": timing, "purpose": null, "note": null, "sources": []})
    };
    list.iter().map(entry).collect()
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => text.as_str().into(),
        Value::Choice(name) => (*name).into(),
        Value::Float(number) => (*number).into(),
        Value::List(values) => values.iter().map(json_of).collect(),
        other => panic!("{other} is not inside JSON"),
    }
}

fn ids(sources: &[usize]) -> Json {
    sources.iter().map(|at| id(Type::Source, *at)).collect()
}

fn parts(sql: &mut String, library: &Library, owner: Type, field: &str, table: &str, column: &str) {
    let of = if owner == Type::Procedure { Type::AdverseEffect } else { Type::Effect };
    for row in library.rows(owner) {
        for (position, at) in (1..).zip(&row.to[field]) {
            let part = &library.rows(of)[*at];
            let mut columns = vec![(column.to_owned(), row.id.to_string()), ("position".to_owned(), format!("{position}"))];
            columns.extend(of.fields().iter().map(|field| (field.name.to_owned(), literal(&part.values[field.name]))));
            if of == Type::AdverseEffect {
                columns.extend(["effect", "frequency", "sources"].map(|column| (column.to_owned(), text("[]"))));
            }
            add(sql, table, &columns);
        }
    }
}

fn links(sql: &mut String, library: &Library, owner: Type, field: &str, table: &str, target: Type) {
    for row in library.rows(owner) {
        for (position, at) in (1..).zip(&row.to[field]) {
            add(sql, table, &link(row, position, id(target, *at)));
        }
    }
}

fn outcome_conditions(sql: &mut String, library: &Library) {
    for row in library.rows(Type::Outcome) {
        for (position, at) in (1..).zip(&row.to["conditions all"]) {
            let mut columns = link(row, position, id(Type::Condition, *at));
            for (flag, list) in FLAGS {
                columns.push((flag.to_owned(), row.to[list].contains(at).to_string()));
            }
            add(sql, "treatment_outcome_condition", &columns);
        }
    }
}

fn link(row: &Row, position: usize, target: i64) -> Vec<(String, String)> {
    let values = [("owner_id", row.id.to_string()), ("position", position.to_string()), ("target_id", target.to_string())];
    values.map(|(column, value)| (column.to_owned(), value)).to_vec()
}

fn id(of: Type, at: usize) -> i64 {
    Library::id(of, i64::try_from(at).unwrap() + 1)
}

fn add(sql: &mut String, table: &str, columns: &[(String, String)]) {
    let (names, values): (Vec<_>, Vec<_>) = columns.iter().cloned().unzip();
    let _ = writeln!(sql, "INSERT INTO \"{table}\" (\"{}\") VALUES ({});", names.join("\", \""), values.join(", "));
}

fn literal(value: &Value) -> String {
    match value {
        Value::Text(value) => text(value),
        Value::Choice(value) => text(value),
        list @ Value::List(_) => text(&json_of(list).to_string()),
        other => other.to_string(),
    }
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn snake(field: &str) -> String {
    let mut column = String::new();
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            column.push('_');
        }
        column.push(letter.to_ascii_lowercase());
    }
    column
}
