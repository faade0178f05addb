//! The ways of contacts through flows, as people read them, and what callers answered to surveys.

use crate::error::StoreError;
use crate::sql::{Tx, from_json, from_word, sql};
use hark_shared::flow::{Flow, FlowRef, Footprint};
use hark_shared::ids::{ContactId, FlowId, TenantId};
use hark_shared::wire::rest::{SurveyAnswer, TrailStep};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use uuid::Uuid;

/// The walk of a contact with the names of its nodes, as they were in the version that was walked.
pub(crate) async fn trail(tx: &mut Tx, tenant: TenantId, contact: ContactId) -> Result<Vec<TrailStep>, StoreError> {
    let row = sql!(
        one: (String,),
        tx,
        "SELECT steps FROM trails WHERE tenant = $1 AND contact = $2",
        tenant.0,
        contact.0
    )?;
    let Some((steps,)) = row else { return Ok(Vec::new()) };
    let steps: Vec<Footprint> = from_json("trails.steps", &steps)?;
    let mut flows: BTreeMap<FlowRef, Option<(String, Flow)>> = BTreeMap::new();
    for step in &steps {
        if let Entry::Vacant(unread) = flows.entry(step.flow) {
            unread.insert(version(tx, tenant, step.flow).await?);
        }
    }
    let word = |step: Footprint| {
        let known = flows.get(&step.flow).and_then(Option::as_ref);
        let node = known.and_then(|(_, flow)| flow.nodes.get(&step.node));
        TrailStep {
            flow: step.flow.flow,
            flow_name: known.map(|(name, _)| name.clone()),
            version: step.flow.version,
            node: step.node,
            name: node.map_or_else(String::new, |node| node.name.clone()),
            kind: node.map_or_else(String::new, |node| node.kind.name().to_owned()),
        }
    };
    Ok(steps.into_iter().map(word).collect())
}

async fn version(tx: &mut Tx, tenant: TenantId, at: FlowRef) -> Result<Option<(String, Flow)>, StoreError> {
    let row = sql!(one: (String, String), tx,
        "SELECT f.name, v.body FROM flow_versions v JOIN flows f ON f.tenant = v.tenant AND f.id = v.flow
         WHERE v.tenant = $1 AND v.flow = $2 AND v.version = $3",
        tenant.0, at.flow.0, i64::from(at.version))?;
    row.map(|(name, body)| Ok((name, from_json("flow_versions.body", &body)?))).transpose()
}

/// What a contact answered.
pub(crate) async fn answers(
    tx: &mut Tx,
    tenant: TenantId,
    contact: ContactId,
) -> Result<Vec<SurveyAnswer>, StoreError> {
    let rows = sql!(all: (Uuid, i64, i64, String, i64), tx,
        "SELECT flow, node, question, scale, score FROM survey_answers WHERE tenant = $1 AND contact = $2
         ORDER BY answered, question", tenant.0, contact.0)?;
    let small = |value: i64| u8::try_from(value).map_err(|why| StoreError::unreadable("survey_answers", why));
    rows.into_iter()
        .map(|(flow, node, question, scale, score)| {
            Ok(SurveyAnswer {
                flow: FlowId(flow),
                node: u16::try_from(node).map_err(|why| StoreError::unreadable("survey_answers.node", why))?,
                question: small(question)?,
                scale: from_word("survey_answers.scale", &scale)?,
                score: small(score)?,
            })
        })
        .collect()
}
