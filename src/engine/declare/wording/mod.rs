//! Words for readers: names of types in sentences, labels of values, and the credit of content.

mod article;
mod credit;
mod label;

pub use article::{with_article, words};
pub use credit::Credit;
pub use label::label;
