//! Rows as SQL: paths to related rows, values inside them, and conditions on them.

pub(super) mod between;
pub(super) mod compare;
pub(crate) mod condition_set;
pub(super) mod expression;
pub(super) mod member;
pub(crate) mod path;
pub(crate) mod predicate;
