//! The evidence map and its picture, and the pages of conditions: a claim about several conditions is under each of them,
//! with the evidence level for that condition.

use std::collections::BTreeSet;

use crate::{
    site::{open, page},
    support::{TestApp, on_both_databases},
    visits::BROWSER,
};

/// Width of a character of the picture that no letter of its font exceeds on average, in pixels.
const CHARACTER: usize = 7;

/// The marks of the map: the slug of the outcome, and the title.
fn marks(page: &str) -> Vec<(String, String)> {
    let marks = page.split("<a data-cell").skip(1).map(|rest| {
        let part = |start: &str| rest.split(start).nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        (part("explore/outcomes/"), part("title=\""))
    });
    marks.collect()
}

on_both_databases! {
    async fn each_procedure_and_condition_of_an_outcome_has_a_mark_with_the_level_for_that_condition(app: &TestApp) {
        let mut found = marks(&page(app, "/explore/map").await);
        let outcomes = app.every("treatmentOutcomes", "slug grade procedure { name } conditions(first: 100) { nodes { slug name } }
            evidenceLevels { level condition { slug } } citations(first: 0) { totalCount }").await;
        let mut several = 0;
        for outcome in &outcomes {
            let grade = outcome["grade"].as_str().unwrap().to_lowercase().replace('_', " ");
            let sources = outcome["citations"]["totalCount"].as_i64().unwrap();
            let sources = if sources == 1 { "1 source".to_owned() } else { format!("{sources} sources") };
            let conditions = outcome["conditions"]["nodes"].as_array().unwrap();
            several += usize::from(conditions.len() > 1);
            for condition in conditions {
                let levels = outcome["evidenceLevels"].as_array().unwrap();
                let level = levels.iter().find(|one| one["condition"]["slug"] == condition["slug"]).unwrap()["level"].as_i64();
                let level = level.map_or("no evidence level".to_owned(), |level| format!("level {level}"));
                let names = format!("{}, {}: ", outcome["procedure"]["name"].as_str().unwrap(), condition["name"].as_str().unwrap());
                let facts = format!("{grade}, {level}, {sources}");
                let at = found.iter().position(|(slug, title)| {
                    let is_about = title.to_lowercase().starts_with(&names.to_lowercase());
                    outcome["slug"] == *slug && is_about && title[names.len()..].starts_with(&facts)
                });
                found.remove(at.unwrap_or_else(|| panic!("no mark \"{names}{facts}\" in {found:?}")));
            }
        }
        assert!(found.is_empty(), "marks of no pair: {found:?}");
        assert!(several > 2, "the library has too few claims about several conditions to test them");
    }
}

on_both_databases! {
    async fn gaps_are_marked_and_rows_and_columns_without_a_statement_are_shown_if_they_are_chosen(app: &TestApp) {
        let names = |page: &str, kind: &str| {
            let start = format!("href=\"./../explore/{kind}/");
            let found = page.split("<table").nth(1).unwrap().split(&start).skip(1);
            found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        let slugs = async |query: &str| {
            let found = app.data(&format!("{{ list: {query} {{ nodes {{ slug }} }} }}")).await;
            found["list"]["nodes"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        let none = slugs("conditions(first: 100, where: {outcomes: {none: {}}})").await;
        assert!(none.len() > 2, "the library has an outcome for each condition");
        let hidden = page(app, "/explore/map").await;
        assert!(names(&hidden, "conditions").is_disjoint(&none), "{hidden}");
        let shown = page(app, "/explore/map?gaps=shown").await;
        assert_eq!(names(&shown, "conditions"), slugs("conditions(first: 100)").await);
        assert_eq!(marks(&shown), marks(&hidden));
        let columns = names(&shown, "procedures").len();
        assert!(shown.contains(&format!("<td class=\"gaps\">No statement about {columns} procedures</td>")), "{shown}");
        // The other filters of conditions and procedures also filter these rows and columns, and those of outcomes do not.
        let narrowed = page(app, "/explore/map?gaps=shown&kind=SCAR&category=LASER&level=1").await;
        assert_eq!(names(&narrowed, "conditions"), slugs("conditions(first: 100, where: {kind: {eq: SCAR}})").await);
        assert_eq!(names(&narrowed, "procedures"), slugs("procedures(first: 100, where: {category: {eq: LASER}})").await);
        for path in ["/explore/map?gaps=shown&format=svg", "/explore/map?format=svg"] {
            let picture = open(app, path, &[("accept", BROWSER)]).await.text().await.unwrap();
            assert_eq!(picture.contains("Alopecia areata"), path.contains("gaps"), "{picture}");
        }
        for (path, slug) in [("/explore/map", "conditions"), ("/explore/map", "procedures")] {
            assert!(page(app, path).await.contains(&format!("explore/{slug}?outcomes=none")), "{slug}");
        }
    }
}

on_both_databases! {
    async fn the_map_of_a_condition_has_no_other_rows(app: &TestApp) {
        let found = marks(&page(app, "/explore/map?condition=melasma").await);
        assert!(found.iter().all(|(_, title)| title.contains(", melasma: ")), "{found:?}");
        let of_hyperpigmentation = found.iter().find(|(slug, _)| slug == "microneedling--hyperpigmentation");
        assert!(of_hyperpigmentation.unwrap().1.ends_with(", listed under hyperpigmentation"), "{found:?}");
        // No row is in another kind than the chosen one.
        let hair = page(app, "/explore/map?kind=HAIR_DISORDER").await;
        assert_eq!(hair.matches("<tr class=\"kind\">").count(), 1, "{hair}");
    }
}

on_both_databases! {
    async fn a_page_about_a_condition_has_the_level_for_that_condition(app: &TestApp) {
        let card = |page: &str, slug: &str| {
            let found = page.split("<article class=\"card\">").skip(1).map(|rest| rest.split("</article>").next().unwrap());
            found.into_iter().find(|card| card.contains(&format!("/outcomes/{slug}\""))).unwrap().to_owned()
        };
        let outcome = "microneedling--hyperpigmentation";
        for (path, level, origin) in [
            ("/explore/conditions/sunspots", "No evidence level", Some("Listed under hyperpigmentation")),
            ("/explore/conditions/melasma", "</i></span>Evidence level 2", Some("Listed under hyperpigmentation")),
            ("/explore/conditions/hyperpigmentation", "No evidence level", None),
            ("/?q=melasma", "</i></span>Evidence level 2", Some("Listed under hyperpigmentation")),
        ] {
            let found = card(&page(app, path).await, outcome);
            assert!(found.contains(level), "{path}: {found}");
            assert_eq!(found.contains("class=\"origin\""), origin.is_some(), "{path}: {found}");
            assert!(found.contains(origin.unwrap_or_default()), "{path}: {found}");
        }
        // A page that is not about one condition has the level of each.
        for path in ["/explore/procedures/microneedling", "/explore/outcomes?condition=melasma"] {
            let found = card(&page(app, path).await, outcome);
            assert!(found.contains("sunspots none") && found.contains("melasma <span"), "{path}: {found}");
        }
        let compared = page(app, "/explore/compare?condition=sunspots&a=microneedling&b=chemical-peel").await;
        assert!(compared.contains("No evidence level") && compared.contains("Listed under hyperpigmentation"), "{compared}");
        let studied = page(app, "/explore/conditions/androgenetic-alopecia").await;
        let studied = card(&studied, "microneedling--alopecia");
        assert!(studied.contains("Evidence level 1") && studied.contains("Evidence of a claim about alopecia"), "{studied}");
        let file = open(app, "/explore/outcomes?condition=melasma&format=csv", &[("accept", BROWSER)]).await.text().await.unwrap();
        assert!(file.starts_with("procedure,condition,conditions,grade,evidence_levels,"), "{file}");
        assert!(file.contains("\"Microneedling\",\"Hyperpigmentation\",\"Hyperpigmentation; Sunspots; Melasma\",\"HELPS\",\"none; none; 2\","), "{file}");
    }
}

on_both_databases! {
    async fn no_text_of_the_picture_is_wider_than_the_picture(app: &TestApp) {
        for query in ["", "&condition=melasma", "&kind=SCAR&kind=AGEING_CHANGE&area=face&area=neck&area=scalp&least=VARIABLE"] {
            let picture = open(app, &format!("/explore/map?format=svg{query}"), &[("accept", BROWSER)]).await.text().await.unwrap();
            let number = |text: &str, name: &str| -> Option<usize> { text.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok() };
            let width = number(&picture, "width").unwrap();
            let mut texts = BTreeSet::new();
            for text in picture.split("<text").skip(1) {
                let (head, rest) = text.split_once('>').unwrap();
                let content = rest.split('<').next().unwrap();
                texts.insert(content);
                // The names of columns are upright and begin at the bottom.
                let (Some(x), false) = (number(head, "x"), head.contains("rotate")) else { continue };
                let end = x + content.replace("&amp;", "&").chars().count() * CHARACTER;
                assert!(end <= width, "\"{content}\" ends at {end} of {width}");
            }
            assert!(texts.contains("Pigment disorder") || query.contains("kind"), "the kinds of conditions: {texts:?}");
            let whole = texts.into_iter().collect::<String>();
            assert!(whole.contains("A dot is a gap: the library has no statement"), "{whole}");
            assert!(picture.contains("Educational content, not medical advice."), "{picture}");
            // An outcome with several marks in a cell, or several conditions, has each of them.
            let marks = marks(&page(app, &format!("/explore/map?{}", query.trim_start_matches('&'))).await).len();
            assert_eq!(picture.matches("<g ").count(), marks + 6, "marks, and six in the legend");
        }
    }
}
