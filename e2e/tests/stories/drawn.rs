//! Flows as stories draw them: nodes in a row, published over REST, with a number that leads to them.

use anyhow::Result;
use hark_e2e::scene::Scene;
use hark_shared::edge::Cause;
use hark_shared::flow::model::{Flow, Kind, Node, NodeId, Place};
use hark_shared::flow::{Exit, Key, Phrase, VarName};
use hark_shared::ids::{FlowId, NumberId};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::flows::{FlowDraft, Publication};
use hark_shared::wire::rest::{Entry, Language, Number};
use hyper::Method;
use uuid::Uuid;

/// A node, without its number.
pub type Planned = (Kind, Vec<(Exit, NodeId)>);

pub fn name(name: &str) -> VarName {
    VarName::new(name).expect("a lower-case word")
}

pub fn prompt(name: &str) -> Phrase {
    Phrase::Prompt { name: name.to_owned() }
}

pub fn key(key: char) -> Key {
    Key::new(key).expect("a key")
}

pub fn play(name: &str, next: NodeId) -> Planned {
    (Kind::Play { say: vec![prompt(name)] }, vec![(Exit::Next, next)])
}

pub fn hang_up() -> Planned {
    (Kind::HangUp { cause: Cause::Normal }, vec![])
}

/// Nodes from 1 on; the flow begins with the first.
pub fn flow(nodes: Vec<Planned>) -> Flow {
    let node = |(kind, exits): Planned| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: exits.into_iter().collect(),
    };
    Flow { start: 1, language: Language::En, nodes: (1..).zip(nodes.into_iter().map(node)).collect() }
}

/// Creates a flow and publishes it.
pub async fn publish(scene: &Scene, name: &str, flow: Flow) -> Result<FlowId> {
    let draft = FlowDraft { id: FlowId(Uuid::now_v7()), name: name.to_owned(), revision: 1, flow, tests: vec![] };
    let admin = &scene.tenant.admin;
    admin.send(Method::POST, "/api/flows", &draft).await?;
    let publication = Publication { revision: 1, note: "For the story".to_owned() };
    admin.send(Method::POST, &format!("/api/flows/{}/publish", draft.id), &publication).await?;
    Ok(draft.id)
}

/// A number of ours that leads to this flow, known to the edge.
pub async fn lead(scene: &Scene, line: &str, flow: FlowId, fallback: bool) -> Result<()> {
    let number = Number {
        id: NumberId(Uuid::now_v7()),
        number: PhoneNumber::parse(line)?,
        entry: Entry::Flow(flow),
        fallback: fallback.then_some(scene.tenant.queue.id),
        ..scene.tenant.number.clone()
    };
    scene.tenant.admin.send(Method::POST, "/api/numbers", &number).await?;
    scene.knows(line).await
}
