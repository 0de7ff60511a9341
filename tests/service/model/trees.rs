//! Nested lists with to-one fields and value objects between them, in one query.

use std::{collections::HashMap, fmt::Write as _};

use proptest::{prelude::*, strategy::Union, test_runner::TestCaseResult};
use serde_json::{Map, Value as Json, json};

use super::{
    filter::{Where, Wheres},
    generate::libraries,
    library::{Library, Row},
    lists::{arguments, listed, parenthesised},
    order::{Order, orders},
    page::{Page, Size, sizes},
    runner::{Generated, property},
    shape::{CONTENTS, List, Own, Shape, Type},
};
use crate::support::TestApp;

/// The selection on one record.
#[derive(Clone, Debug, Default)]
struct Tree {
    lists: Vec<Branch>,
    ones: Vec<(&'static str, Type, Tree)>,
    /// The sources of single fields, which are lists of ids in a list of objects in JSON.
    by_field: Option<(Size, Order)>,
}

/// A connection with the selection on its entries.
#[derive(Clone, Debug)]
struct Branch {
    list: List,
    filter: Option<Where>,
    order: Order,
    size: Size,
    tree: Tree,
}

impl Tree {
    fn query(&self) -> String {
        let mut query = "{ id".to_owned();
        for (at, branch) in self.lists.iter().enumerate() {
            let _ = write!(query, " l{at}: {}", branch.query());
        }
        for (at, (field, _, tree)) in self.ones.iter().enumerate() {
            let _ = write!(query, " o{at}: {field} {}", tree.query());
        }
        if let Some((size, order)) = &self.by_field {
            let arguments = parenthesised(&format!("{size}{}", arguments(None, order)));
            let _ = write!(query, " fieldSources {{ sources{arguments} {{ totalCount nodes {{ id }} }} }}");
        }
        query + " }"
    }

    fn expected(&self, library: &Library, of: Type, row: &Row) -> Json {
        let mut object = Map::new();
        object.insert("id".to_owned(), json!(format!("{}:{}", of.name(), row.id)));
        for (at, branch) in self.lists.iter().enumerate() {
            object.insert(format!("l{at}"), branch.expected(library, library.list(row, &branch.list)));
        }
        for (at, (field, _, tree)) in self.ones.iter().enumerate() {
            let one = library.one(of, row, field).map(|(target, row)| tree.expected(library, target, row));
            object.insert(format!("o{at}"), json!(one));
        }
        if let Some((size, order)) = &self.by_field {
            let sources = library.rows(Type::Source);
            let lists = row.by_field.iter().map(|list| {
                let rows = listed(library, Type::Source, list.iter().map(|at| &sources[*at]), None, order);
                let (page, ..) = Page::of(*size).cut(rows.len());
                let nodes: Json = rows[page].iter().map(|row| json!({"id": format!("Source:{}", row.id)})).collect();
                json!({"sources": {"totalCount": rows.len(), "nodes": nodes}})
            });
            object.insert("fieldSources".to_owned(), lists.collect());
        }
        Json::Object(object)
    }
}

impl Branch {
    fn query(&self) -> String {
        let arguments =
            parenthesised(&format!("{} {} {}", self.list.switches, self.size, arguments(self.filter.as_ref(), &self.order)));
        let tree = self.tree.query();
        format!("{}{arguments} {{ totalCount pageInfo {{ hasNextPage hasPreviousPage }} nodes {tree} }}", self.list.field)
    }

    fn expected(&self, library: &Library, rows: Vec<&Row>) -> Json {
        let target = self.list.target;
        let rows = listed(library, target, rows, self.filter.as_ref(), &self.order);
        let (page, next, previous) = Page::of(self.size).cut(rows.len());
        let nodes: Json = rows[page].iter().map(|row| self.tree.expected(library, target, row)).collect();
        let around = json!({"hasNextPage": next, "hasPreviousPage": previous});
        json!({"totalCount": rows.len(), "pageInfo": around, "nodes": nodes})
    }
}

async fn grow(app: &TestApp, (library, trees): &(Library, Vec<Branch>)) -> TestCaseResult {
    let generated = Generated::insert(app, library).await;
    for tree in trees {
        let of = tree.list.target;
        let query = format!("{{ root: {} }}", tree.query());
        generated.expect(&query, &json!({"root": tree.expected(library, library.all(of))})).await?;
    }
    Ok(())
}

/// Generates trees. The strategy for each type and depth is created once.
#[derive(Default)]
struct Trees {
    wheres: Wheres,
    known: HashMap<(Type, usize), BoxedStrategy<Tree>>,
}

impl Trees {
    fn of(&mut self, of: Type, depth: usize) -> BoxedStrategy<Tree> {
        if depth == 0 {
            return Just(Tree::default()).boxed();
        }
        if let Some(known) = self.known.get(&(of, depth)) {
            return known.clone();
        }
        let lists = of.lists().iter().map(|list| self.branch(*list, depth)).collect::<Vec<_>>();
        let lists = prop::collection::vec(Union::new(lists), 0..3);
        let ones = of.fields().iter().filter_map(|field| match field.shape {
            Shape::One(target) if CONTENTS.contains(&target) => {
                Some(self.of(target, depth - 1).prop_map(move |tree| (field.name, target, tree)).boxed())
            }
            _ => None,
        });
        let ones = ones.collect::<Vec<_>>();
        let ones =
            if ones.is_empty() { Just(Vec::new()).boxed() } else { prop::collection::vec(Union::new(ones), 0..2).boxed() };
        let by_field = match of {
            Type::Source => Just(None).boxed(),
            _ => proptest::option::of((sizes(), orders(Type::Source))).boxed(),
        };
        let tree = (lists, ones, by_field).prop_map(|(lists, ones, by_field)| Tree { lists, ones, by_field }).boxed();
        self.known.insert((of, depth), tree.clone());
        tree
    }

    fn branch(&mut self, list: List, depth: usize) -> BoxedStrategy<Branch> {
        let filter = proptest::option::weighted(0.3, self.wheres.of(list.target, 2));
        (filter, orders(list.target), sizes(), self.of(list.target, depth - 1))
            .prop_map(move |(filter, order, size, tree)| Branch { list, filter, order, size, tree })
            .boxed()
    }
}

fn cases() -> impl Strategy<Value = (Library, Vec<Branch>)> {
    let mut trees = Trees::default();
    let roots = CONTENTS.map(|of| {
        let list = List { key: "", field: of.plural(), switches: "", target: of, own: Own::Default };
        trees.branch(list, 4)
    });
    (libraries(), prop::collection::vec(Union::new(roots), 1..5))
}

property!(lists_inside_lists_are_those_of_the_model, 16, cases(), grow);
