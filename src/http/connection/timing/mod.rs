//! The time limits of connections, and the sharing of a serving thread among them. [`Activity`] records what happens on a
//! connection, [`Watched`] ends it at its deadline, and [`Turn`] limits how much it does before others are served.

mod activity;
mod pace;
mod turns;
mod watched;

pub use activity::{Activity, RunningRequest};
pub use pace::Pace;
pub use turns::Turn;
pub use watched::Watched;
