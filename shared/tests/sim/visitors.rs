//! What widgets are told.

use crate::Step;
use crate::line::Line;
use hark_shared::edge::{EdgeCommand, LegRole};
use hark_shared::floor::{Input, Output, SocketId};
use hark_shared::ids::ContactId;
use hark_shared::wire::visitor::{ToVisitor, VisitorState};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Visitors {
    open: BTreeMap<SocketId, (ContactId, Option<VisitorState>)>,
}

impl Visitors {
    pub fn see(&mut self, step: &Step, line: &Line) -> Result<(), String> {
        match step.input {
            Some(Input::VisitorOpened { socket, .. }) => {
                let contact = step.outputs.iter().find_map(|output| match output {
                    Output::Edge(EdgeCommand::Connect { role: LegRole::Customer(contact), .. }) => Some(*contact),
                    _ => None,
                });
                self.open.extend(contact.map(|contact| (*socket, (contact, None))));
            }
            Some(Input::VisitorClosed { socket }) => {
                self.open.remove(socket);
            }
            Some(Input::Restarted) => self.open.clear(),
            _ => {}
        }
        for output in step.outputs {
            match output {
                Output::Visitor { socket, message: ToVisitor::State { state } } => {
                    let (_, shown) = self.open.get_mut(socket).ok_or("a word to a widget that is gone")?;
                    *shown = Some(*state);
                }
                Output::Visitor { socket, message: ToVisitor::Ended { .. } } => {
                    self.open.remove(socket).ok_or("a widget's call ended twice")?;
                }
                _ => {}
            }
        }
        for (contact, shown) in self.open.values() {
            let place = line.position(*contact);
            let told = match shown {
                Some(VisitorState::Queued { position }) => usize::try_from(*position).ok(),
                _ => None,
            };
            if told != place {
                return Err(format!("{contact} is told {shown:?} and stands at {place:?}"));
            }
        }
        Ok(())
    }

    pub fn close(&self) -> Result<(), String> {
        if self.open.is_empty() { Ok(()) } else { Err(format!("widgets that were told nothing: {:?}", self.open)) }
    }
}
