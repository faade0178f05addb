//! Masked variables: a PIN must be used by a data dip alone, so every other use of such a name is refused.

use super::Lint;
use crate::flow::model::{Kind, NodeId, Test};
use crate::flow::say::Phrase;
use crate::flow::vars::{Piece, Template, VarName};
use crate::wire::WireError;
use std::collections::BTreeSet;

impl Lint<'_> {
    pub(super) fn values(&mut self) {
        let flow = self.flow;
        let collected = |wanted: bool| {
            let into = move |kind: &'_ Kind| match kind {
                Kind::Collect { into, masked, .. } if *masked == wanted => Some(into.clone()),
                _ => None,
            };
            flow.nodes.values().filter_map(move |node| into(&node.kind)).collect::<BTreeSet<VarName>>()
        };
        let masked = collected(true);
        if masked.is_empty() {
            return;
        }
        let plain = collected(false);
        for (id, node) in &flow.nodes {
            self.masked_in(*id, &node.kind, &masked, &plain);
        }
    }

    fn masked_in(&mut self, id: NodeId, kind: &Kind, masked: &BTreeSet<VarName>, plain: &BTreeSet<VarName>) {
        for phrase in kind.phrases() {
            if let Phrase::Value { name, .. } = phrase
                && masked.contains(name)
            {
                self.error(id, WireError::new("lint.masked_spoken").with("name", name));
            }
        }
        match kind {
            Kind::Collect { into, .. } if masked.contains(into) && plain.contains(into) => {
                self.error(id, WireError::new("lint.masked_and_plain").with("name", into));
            }
            Kind::If { test: Test::Variable { name, to, .. } } => {
                if masked.contains(name) {
                    self.error(id, WireError::new("lint.masked_compared").with("name", name));
                }
                self.masked_copied(id, to, masked);
            }
            Kind::Set { name, to } => {
                if masked.contains(name) {
                    self.error(id, WireError::new("lint.masked_and_plain").with("name", name));
                }
                self.masked_copied(id, to, masked);
            }
            Kind::Outside { to, .. } => self.masked_copied(id, to, masked),
            Kind::Callback { number, .. } => self.masked_copied(id, number, masked),
            Kind::Fetch(fetch) => {
                let (in_url, templates) = (names(&fetch.url), fetch.headers.values().chain([&fetch.url, &fetch.body]));
                let uses = templates.flat_map(names).any(|name| masked.contains(&name));
                if uses && !fetch.url.0.starts_with("https://") {
                    self.warning(id, WireError::new("lint.masked_unencrypted"));
                }
                for name in in_url.iter().filter(|name| masked.contains(*name)) {
                    self.warning(id, WireError::new("lint.masked_in_url").with("name", name));
                }
                for taken in fetch.take.iter().filter(|taken| masked.contains(&taken.into)) {
                    self.error(id, WireError::new("lint.masked_and_plain").with("name", &taken.into));
                }
            }
            Kind::Answer
            | Kind::Speak { .. }
            | Kind::Play { .. }
            | Kind::Menu { .. }
            | Kind::Collect { .. }
            | Kind::If { .. }
            | Kind::Hours { .. }
            | Kind::Duty { .. }
            | Kind::Meeting { .. }
            | Kind::Queue { .. }
            | Kind::LastAgent { .. }
            | Kind::Agent { .. }
            | Kind::Voicemail { .. }
            | Kind::Survey { .. }
            | Kind::SubFlow { .. }
            | Kind::Return
            | Kind::Loop { .. }
            | Kind::Notice { .. }
            | Kind::HangUp { .. } => {}
        }
    }

    fn masked_copied(&mut self, id: NodeId, template: &Template, masked: &BTreeSet<VarName>) {
        for name in names(template).into_iter().filter(|name| masked.contains(name)) {
            self.error(id, WireError::new("lint.masked_copied").with("name", name));
        }
    }
}

/// The names in a template; none in a faulty one, which is a finding of its own.
fn names(template: &Template) -> BTreeSet<VarName> {
    let pieces = template.pieces().unwrap_or_default().into_iter();
    let name = |piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces.filter_map(name).collect()
}
