//! Entries of lists: each has a key that does not change, and patches change entries by their keys.

use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, condition, revision};
use crate::support::{TestApp, on_both_databases};

const SLUG: &str = "microneedling";

/// Patches the procedure that the tests change.
async fn patch(author: &Author<'_>, operations: Json, arguments: &str) -> Json {
    let query = format!(
        "mutation ($operations: [ProcedureOperation!]!) {{
        patchProcedure(by: {{slug: \"{SLUG}\"}}, operations: $operations{arguments}) {{ {PAYLOAD} }} }}"
    );
    author.run(&query, json!({"operations": operations})).await
}

/// Returns the keys and the texts of the instructions for after the visit.
async fn aftercare(app: &TestApp) -> Vec<(String, String)> {
    let read = app.data(&format!("{{ procedure(by: {{slug: \"{SLUG}\"}}) {{ aftercare {{ key text }} }} }}")).await;
    let entries = read["procedure"]["aftercare"].as_array().unwrap().clone();
    entries
        .iter()
        .map(|entry| [&entry["key"], &entry["text"]].map(|text| text.as_str().unwrap().to_owned()).into())
        .collect()
}

/// Returns the errors of a payload as text.
fn errors(payload: &Json) -> Vec<String> {
    let errors = payload["errors"].as_array().unwrap().iter();
    errors.map(|error| ["code", "path", "message"].map(|name| error[name].as_str().unwrap()).join(" | ")).collect()
}

on_both_databases! {
    async fn every_entry_of_every_list_has_a_key_of_its_own(app: &TestApp) {
        let read = app.data("{ procedures(first: 100) { nodes { aftercare { key } recovery { effects { key duration { key } } downtime { key } }
            contraindications { key } mechanism { actions { key } } codes { key } outcomes(first: 100) { nodes { effects { key } } } } } }").await;
        let procedures = read["procedures"]["nodes"].as_array().unwrap();
        let mut lists = 0;
        for procedure in procedures {
            let outcomes = procedure["outcomes"]["nodes"].as_array().unwrap();
            let own = [&procedure["aftercare"], &procedure["contraindications"], &procedure["codes"],
                &procedure["mechanism"]["actions"], &procedure["recovery"]["effects"], &procedure["recovery"]["downtime"]];
            for list in own.into_iter().chain(outcomes.iter().map(|outcome| &outcome["effects"])).filter_map(Json::as_array) {
                let keys: std::collections::BTreeSet<&str> = list.iter().map(|entry| entry["key"].as_str().unwrap()).collect();
                assert_eq!(keys.len(), list.len(), "{list:?}");
                lists += usize::from(!keys.is_empty());
            }
            // Only entries have keys.
            let effects = procedure["recovery"]["effects"].as_array().map(Vec::as_slice).unwrap_or_default();
            assert!(effects.iter().all(|effect| effect["duration"].get("key").is_none_or(Json::is_null)), "{effects:?}");
        }
        assert!(lists > 100, "{lists}");
    }
}

on_both_databases! {
    async fn a_patch_changes_entries_by_their_keys(app: &TestApp) {
        let author = Author::publisher(app).await;
        let before = aftercare(app).await;
        let key = |at: usize| before[at].0.clone();
        let change = |change: Json| json!({"entries": {"aftercare": change}});
        let payload = patch(&author, json!([
            change(json!({"update": {"key": key(1), "set": {"text": "Use a plain cream."}}})),
            change(json!({"remove": key(3)})),
            change(json!({"insert": {"value": {"key": "first", "text": "Wait an hour."}, "before": key(0)}})),
            change(json!({"insert": {"value": {"text": "Ring if in doubt."}}})),
            change(json!({"move": {"key": key(2), "after": "first"}})),
        ]), "").await;
        assert_eq!((&payload["revision"], &payload["errors"]), (&json!(2), &json!([])));
        let after = aftercare(app).await;
        let minted = after[5].0.clone();
        let expected = [("first", "Wait an hour."), (&key(2), &before[2].1), (&key(0), &before[0].1), (&key(1), "Use a plain cream."),
            (&key(4), &before[4].1), (&minted, "Ring if in doubt.")];
        assert_eq!(after, expected.map(|(key, text)| (key.to_owned(), text.to_owned())));
        assert!(before.iter().all(|(key, _)| *key != minted));
        // The rest of an entry stays.
        let read = app.data(&format!("{{ procedure(by: {{slug: \"{SLUG}\"}}) {{ aftercare {{ duration {{ text }} sources {{ nodes {{ slug }} }} }} }} }}")).await;
        assert_eq!(read["procedure"]["aftercare"][2]["duration"]["text"], "for the first 24 hours");
        assert_eq!(read["procedure"]["aftercare"][3]["sources"]["nodes"][0]["slug"], "chelwest-microneedling-after");
    }
}

on_both_databases! {
    async fn a_patch_reaches_lists_in_value_objects_in_parts_and_in_outcomes(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = format!("{{ procedure(by: {{slug: \"{SLUG}\"}}) {{ recovery {{ summary effects {{ key name severity }} }} contraindications {{ key name note }}
            outcomes(first: 100) {{ nodes {{ slug commonUse effects {{ key }} }} }} }} }}");
        let before = app.data(&read).await["procedure"].clone();
        let outcomes = &before["outcomes"]["nodes"];
        let last = outcomes.as_array().unwrap().len() - 1;
        let payload = patch(&author, json!([
            {"entries": {"recovery": {"effects": {"update": {"key": before["recovery"]["effects"][1]["key"], "set": {"severity": "SEVERE"}}}}}},
            {"entries": {"contraindications": {"update": {"key": before["contraindications"][0]["key"], "set": {"note": "Wait."}}}}},
            {"entries": {"outcomes": {"update": {"key": outcomes[0]["slug"], "set": {"commonUse": false}}}}},
            {"entries": {"outcomes": {"move": {"key": outcomes[last]["slug"], "before": outcomes[0]["slug"]}}}},
        ]), "").await;
        assert_eq!(payload["errors"], json!([]), "{payload}");
        let after = app.data(&read).await["procedure"].clone();
        let mut expected = before.clone();
        expected["recovery"]["effects"][1]["severity"] = json!("SEVERE");
        expected["contraindications"][0]["note"] = json!("Wait.");
        expected["outcomes"]["nodes"][0]["commonUse"] = json!(false);
        expected["outcomes"]["nodes"].as_array_mut().unwrap().rotate_right(1);
        assert_eq!(after, expected);
    }
}

on_both_databases! {
    async fn errors_of_entries_are_at_their_operations(app: &TestApp) {
        let author = Author::publisher(app).await;
        let key = aftercare(app).await[0].0.clone();
        let change = |change: Json| json!({"entries": {"aftercare": change}});
        let wrong = patch(&author, json!([
            change(json!({"remove": "nothing"})),
            change(json!({"update": {"key": "nothing", "set": {"text": "x"}}})),
            change(json!({"move": {"key": key, "after": "nothing"}})),
            change(json!({"insert": {"value": {"text": "x"}, "before": key, "after": key}})),
            {"entries": {"outcomes": {"remove": "nothing"}}},
        ]), "").await;
        assert_eq!(errors(&wrong), [
            "NOT_FOUND | operations[0].entries.aftercare.remove | The list has no entry with the key \"nothing\".",
            "NOT_FOUND | operations[1].entries.aftercare.update.key | The list has no entry with the key \"nothing\".",
            "NOT_FOUND | operations[2].entries.aftercare.move.after | The list has no entry with the key \"nothing\".",
            "INVALID | operations[3].entries.aftercare.insert | An entry is put before another one or after another one, not both.",
            "NOT_FOUND | operations[4].entries.outcomes.remove | The list has no entry with the slug \"nothing\".",
        ]);
        let wrong = patch(&author, json!([
            change(json!({"insert": {"value": {"text": " "}, "before": key}})),
            change(json!({"update": {"key": key, "set": {"text": " ", "sources": ["nowhere"]}}})),
            change(json!({"insert": {"value": {"key": key, "text": "Again."}}})),
            change(json!({"insert": {"value": {"key": "No Key", "text": "Once more."}}})),
        ]), "").await;
        let paths: Vec<&str> = wrong["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect();
        assert_eq!(paths, [
            "operations[0].entries.aftercare.insert.value.text",
            "operations[1].entries.aftercare.update.set.sources[0]",
            "operations[1].entries.aftercare.update.set.text",
            "operations[2].entries.aftercare.insert.value.key",
            "operations[3].entries.aftercare.insert.value.key",
        ], "{wrong}");
        let missing = patch(&author, json!([change(json!({"update": {"key": key, "set": {"text": null}}}))]), "").await;
        assert_eq!(errors(&missing), ["INVALID | operations[0].entries.aftercare.update.set.text | This field is required."]);
        assert_eq!(revision(app).await, 1);
    }
}

on_both_databases! {
    async fn changes_of_one_list_are_both_published_unless_they_change_the_same_entry(app: &TestApp) {
        let author = Author::publisher(app).await;
        let before = aftercare(app).await;
        let update = |at: usize, text: &str| {
            json!([{"entries": {"aftercare": {"update": {"key": before[at].0, "set": {"text": text}}}}}])
        };
        let added = json!([{"entries": {"aftercare": {"insert": {"value": {"text": "Rest."}, "before": before[0].0}}}}]);
        for (operations, expected) in [(added, 2), (update(1, "One."), 3), (update(2, "Two."), 4)] {
            let payload = patch(&author, operations, ", expectedRevision: 1").await;
            assert_eq!((&payload["revision"], errors(&payload)), (&json!(expected), vec![]));
        }
        let conflict = patch(&author, update(2, "Other."), ", expectedRevision: 1").await;
        assert_eq!(conflict["errors"][0]["code"], "CONFLICT");
        assert_eq!(conflict["errors"][0]["path"], "operations[0].entries.aftercare.update.set.text");
        let after = aftercare(app).await;
        let texts: Vec<&str> = after.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts[..4], ["Rest.", &before[0].1, "One.", "Two."]);
        assert_eq!(after[1..].iter().map(|(key, _)| key).collect::<Vec<_>>(), before.iter().map(|(key, _)| key).collect::<Vec<_>>());
    }
}

on_both_databases! {
    async fn lists_that_are_set_with_their_keys_are_merged_entry_by_entry(app: &TestApp) {
        let author = Author::publisher(app).await;
        let before = aftercare(app).await;
        let set = |at: usize, text: &str| {
            let mut entries: Vec<Json> = before.iter().map(|(key, text)| json!({"key": key, "text": text})).collect();
            entries[at]["text"] = json!(text);
            json!([{"set": {"aftercare": entries}}])
        };
        for (operations, expected) in [(set(1, "One."), 2), (set(2, "Two."), 3)] {
            let payload = patch(&author, operations, ", expectedRevision: 1").await;
            assert_eq!((&payload["revision"], errors(&payload)), (&json!(expected), vec![]));
        }
        let conflict = patch(&author, set(2, "Other."), ", expectedRevision: 1").await;
        assert_eq!(conflict["errors"][0]["code"], "CONFLICT");
        assert_eq!(conflict["errors"][0]["path"], "operations[0].set.aftercare[2].text");
        let mut expected = before.clone();
        "One.".clone_into(&mut expected[1].1);
        "Two.".clone_into(&mut expected[2].1);
        assert_eq!(aftercare(app).await, expected);
    }
}

on_both_databases! {
    async fn an_entry_that_is_inserted_into_an_earlier_revision_stays_where_it_was_put(app: &TestApp) {
        let author = Author::publisher(app).await;
        let before = aftercare(app).await;
        let change = |verb: &str, change: Json| json!([{"entries": {"aftercare": {verb: change}}}]);
        let insert = |text: &str, after: usize| change("insert", json!({"value": {"text": text}, "after": before[after].0}));
        for operations in [
            change("update", json!({"key": before[0].0, "set": {"text": "One."}})),
            insert("X.", 0),
            insert("Y.", 0),
            change("remove", json!(before[1].0)),
            insert("Z.", 1),
            change("insert", json!({"value": {"text": "First."}, "before": before[0].0})),
        ] {
            let payload = patch(&author, operations, ", expectedRevision: 1").await;
            assert_eq!(errors(&payload), Vec::<String>::new());
        }
        let texts: Vec<String> = aftercare(app).await.into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts[..6], ["First.", "One.", "X.", "Y.", "Z.", before[2].1.as_str()]);
    }
}

on_both_databases! {
    async fn keys_stay_when_a_document_without_keys_is_saved_and_come_back_with_a_restored_one(app: &TestApp) {
        let author = Author::publisher(app).await;
        let code = |code: &str| json!({"system": "MESH", "code": code, "display": code, "match": "EXACT", "sources": ["what-is-microneedling"]});
        let mut document = condition("needle-scars", "Needle scars");
        document["codes"] = json!([code("D000001"), code("D000002")]);
        author.save("Condition", &document, "", PAYLOAD).await;
        let keys = async || {
            let read = app.data("{ condition(by: {slug: \"needle-scars\"}) { codes { key code } } }").await;
            let codes = read["condition"]["codes"].as_array().unwrap().clone();
            codes.iter().map(|code| [&code["code"], &code["key"]].map(|text| text.as_str().unwrap().to_owned())).collect::<Vec<_>>()
        };
        let first = keys().await;
        let same = author.save("Condition", &document, "", PAYLOAD).await;
        assert_eq!((&same["revision"], &same["changes"]), (&Json::Null, &json!([])));
        document["codes"] = json!([code("D000009"), code("D000002"), code("D000001")]);
        author.save("Condition", &document, "", PAYLOAD).await;
        let second = keys().await;
        assert_eq!((&second[1], &second[2]), (&first[1], &first[0]));
        document["codes"] = json!([code("D000002")]);
        author.save("Condition", &document, "", PAYLOAD).await;
        // The same content is written again as a new entry, so its key is a new one.
        document["codes"] = json!([code("D000002"), code("D000009")]);
        author.save("Condition", &document, "", PAYLOAD).await;
        let third = keys().await;
        assert_eq!(third[0], first[1]);
        assert_ne!(third[1], second[0]);
        let restored = author.run("mutation { restoreCondition(by: {slug: \"needle-scars\"}, revision: 3) { revision errors { message } } }", json!({})).await;
        assert_eq!(restored["errors"], json!([]));
        assert_eq!(keys().await, second);
    }
}
