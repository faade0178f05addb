//! The contract of every engine: input and time in, outputs polled, a deadline told.

use crate::time::Timestamp;

/// A struct that decides and does nothing else.
///
/// The shell calls [`handle`](Engine::handle) with one input, then [`poll`](Engine::poll) until it returns `None`
/// and carries out what came, then sleeps until the next input or the [`deadline`](Engine::deadline), at which
/// it calls [`tick`](Engine::tick). `now` never runs backwards between calls; the shell sees to it.
pub trait Engine {
    /// Everything that can happen to the engine.
    type Input;
    /// Everything that the engine may ask of its shell.
    type Output;

    /// Takes one input.
    fn handle(&mut self, now: Timestamp, input: Self::Input);

    /// Does what is due at `now`; harmless when nothing is.
    fn tick(&mut self, now: Timestamp);

    /// The next output, in the order of the decisions; `None` when dry.
    fn poll(&mut self) -> Option<Self::Output>;

    /// When [`tick`](Engine::tick) is wanted next, if ever.
    fn deadline(&self) -> Option<Timestamp>;
}
