//! What streams have and had: timelines, the list of streams with what goes on in each,
//! and usage. Ours, not AWS's; the console is made of it.
//!
//! Long times are told by the summaries of hours that [`summaries`] makes in the
//! background. What they do not cover is read from fragment rows, so many per request; the
//! rest is said to be incomplete.

pub mod codecs;
mod live;
mod parameters;
pub mod streams;
pub mod summaries;
pub mod timeline;
pub mod totals;
pub mod usage;
mod walk;

use codecs::Codecs;
use totals::Totals;

/// What is remembered between requests. All of it can be worked out again.
#[derive(Default)]
pub struct Remembered {
    /// What tracks there are, by their digest.
    pub codecs: Codecs,
    /// How much streams have stored since their last summary.
    pub totals: Totals,
}
