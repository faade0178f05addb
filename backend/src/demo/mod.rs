//! `hark serve --demo`: a tenant to try, a small carrier that rings it with real SIP and RTP, and the page `/demo`.
//!
//! The carrier is a second edge of ours on other ports: it dials the hotline as any telephone network would, and
//! answers what agents dial. Nothing of the product knows that it is there.

mod carrier;
mod seed;

pub use seed::{PASSWORD, USERS};

use crate::api::{ApiError, AppState};
use anyhow::Context;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use carrier::Carrier;
use hark_edge::config::EdgeConfig;
use hark_edge::handle::Ports;
use serde::Serialize;
use std::net::SocketAddr;

/// What the page shows.
#[derive(Clone, Serialize)]
struct DemoInfo {
    tenant: &'static str,
    hotline: &'static str,
    direct: &'static str,
    users: [(&'static str, &'static str); 4],
    password: &'static str,
    calls: usize,
}

/// Seeds the demo tenant unless it is there, starts the carrier and returns the routes of the demo page.
///
/// # Errors
/// When the database already holds other tenants, or a port cannot be used.
pub async fn start(state: &AppState, ports: Ports, config: &EdgeConfig) -> anyhow::Result<Router<AppState>> {
    let sip = SocketAddr::new(config.sip_public, ports.sip.port());
    let carrier = Carrier::start(sip, config).await.context("the demo's carrier cannot be started")?;
    let tenant = seed::tenant(state, carrier.address()).await?;
    state.floors.open(tenant);
    state.reload(tenant).await;
    let info = routing::get({
        let carrier = carrier.clone();
        async move || Json(describe(&carrier))
    });
    let call = routing::post(async move |State(_): State<AppState>| ring(&carrier).await);
    Ok(Router::new().route("/api/demo", info).route("/api/demo/calls", call))
}

fn describe(carrier: &Carrier) -> DemoInfo {
    DemoInfo {
        tenant: seed::SLUG,
        hotline: seed::HOTLINE,
        direct: seed::DIRECT,
        users: USERS,
        password: PASSWORD,
        calls: carrier.calls(),
    }
}

async fn ring(carrier: &Carrier) -> Result<StatusCode, ApiError> {
    match carrier.call().await {
        Ok(()) => Ok(StatusCode::ACCEPTED),
        Err(why) => Err(ApiError::Unavailable(why.to_string())),
    }
}
