//! What widgets are told.

use crate::Step;
use crate::line::Line;
use hark_shared::edge::{EdgeCommand, LegRole};
use hark_shared::floor::{Input, Output, Pass, SocketId};
use hark_shared::ids::ContactId;
use hark_shared::wire::visitor::{ToVisitor, VisitorState};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Visitors {
    open: BTreeMap<SocketId, (ContactId, Option<VisitorState>)>,
    passes: BTreeMap<Pass, ContactId>,
}

impl Visitors {
    pub fn see(&mut self, step: &Step, line: &Line) -> Result<(), String> {
        match step.input {
            Some(Input::VisitorOpened { socket, pass, .. }) => {
                let contact = step.outputs.iter().find_map(|output| match output {
                    Output::Edge(EdgeCommand::Connect { role: LegRole::Customer(contact), .. }) => Some(*contact),
                    _ => None,
                });
                self.open.extend(contact.map(|contact| (*socket, (contact, None))));
                self.passes.extend(pass.clone().zip(contact));
            }
            Some(Input::VisitorResumed { socket, pass }) => self.resumed(step, line, *socket, pass)?,
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

    /// A widget that is back is told where its call is, unless that is over.
    fn resumed(&mut self, step: &Step, line: &Line, socket: SocketId, pass: &Pass) -> Result<(), String> {
        let contact = *self.passes.get(pass).ok_or("a pass that was not given")?;
        let refused = |output: &Output| matches!(output, Output::Visitor { message: ToVisitor::Refused { .. }, .. });
        let told = |output: &Output| matches!(output, Output::Visitor { message: ToVisitor::State { .. }, .. });
        let (refused, told) = (step.outputs.iter().any(refused), step.outputs.iter().any(told));
        if refused == told || refused != line.is_over(contact) {
            return Err(format!("{contact} came back: {:?}", step.outputs));
        }
        if told {
            self.open.retain(|_, (other, _)| *other != contact);
            self.open.insert(socket, (contact, None));
        }
        Ok(())
    }

    pub fn close(&self) -> Result<(), String> {
        if self.open.is_empty() { Ok(()) } else { Err(format!("widgets that were told nothing: {:?}", self.open)) }
    }
}
