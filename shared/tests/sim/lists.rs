//! Black and white list: who is blocked hears busy at once and reaches nobody, and nobody else does.

use crate::Step;
use hark_shared::edge::{Cause, EdgeCommand, EdgeEvent};
use hark_shared::floor::{Input, Output};
use hark_shared::listing::{Listed, Listing};

#[derive(Default)]
pub struct Lists {
    listings: Vec<Listing>,
    /// Callers who were turned away.
    pub blocked: usize,
}

impl Lists {
    pub fn see(&mut self, step: &Step) -> Result<(), String> {
        match step.input {
            Some(Input::Setup(setup)) => self.listings.clone_from(&setup.listings),
            Some(Input::Edge(EdgeEvent::Incoming { leg, from: Some(from), .. })) => {
                let matters = |entry: &&Listing| {
                    let (listed, caller) = (entry.number.as_str(), from.as_str());
                    if entry.prefix { caller.starts_with(listed) } else { caller == listed }
                };
                let meant = |listed| self.listings.iter().filter(matters).any(|entry| entry.listed == listed);
                let blocked = meant(Listed::Blocked) && !meant(Listed::Allowed);
                let busy = Output::Edge(EdgeCommand::End { leg: *leg, cause: Cause::Busy });
                let turned_away = step.outputs.contains(&busy);
                let served = step.outputs.iter().any(|output| {
                    matches!(
                        output,
                        Output::Edge(EdgeCommand::Answer { .. } | EdgeCommand::Ring { .. } | EdgeCommand::SetRoom(_))
                    )
                });
                if blocked != turned_away || blocked && served {
                    return Err(format!(
                        "{from:?} is blocked: {blocked}, turned away: {turned_away}, served: {served}"
                    ));
                }
                self.blocked += usize::from(blocked);
            }
            _ => {}
        }
        Ok(())
    }
}
