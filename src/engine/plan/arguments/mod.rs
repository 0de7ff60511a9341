//! Reading arguments: filters, orders, pages and their operators.

pub(crate) mod filter;
pub(crate) mod input;
pub(crate) mod operator;
pub(crate) mod order;
pub(crate) mod page;
