//! A dialog's memory (RFC 3261, 12): tags, route set, target and counters; it writes the requests within the dialog.

use super::endpoint::Endpoint;
use super::message::{Message, Start, host_port, parameter, uri};
use anyhow::{Context, Result};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// One call's dialog from our side.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// Call-ID.
    pub call_id: String,
    /// Our From (or, as the callee, To) with our tag.
    pub local: String,
    /// The other's, with its tag once known.
    pub remote: String,
    /// The request URI of requests to the other: its Contact.
    pub target: String,
    /// Route set in the order in which our requests take it.
    pub routes: Vec<String>,
    /// Our last CSeq.
    pub sequence: u32,
    /// Our Contact.
    pub contact: String,
}

impl Dialog {
    /// A request in the dialog, with the next CSeq.
    pub fn request(&mut self, endpoint: &Endpoint, method: &str) -> Message {
        self.sequence += 1;
        self.message(endpoint, method, self.sequence)
    }

    /// The ACK of a 2xx (13.2.2.4): a request of its own with the INVITE's number.
    #[must_use]
    pub fn ack(&self, endpoint: &Endpoint, sequence: u32) -> Message {
        self.message(endpoint, "ACK", sequence)
    }

    fn message(&self, endpoint: &Endpoint, method: &str, sequence: u32) -> Message {
        let mut request = Message::request(method, &self.target);
        request.push("Via", endpoint.via(&Endpoint::branch()));
        request.push("Max-Forwards", 70);
        for route in &self.routes {
            request.push("Route", route);
        }
        request.push("From", &self.local);
        request.push("To", &self.remote);
        request.push("Call-ID", &self.call_id);
        request.push("CSeq", format!("{sequence} {method}"));
        request.push("Contact", &self.contact);
        request
    }

    /// Learns the callee's side from a response to our INVITE: tag, Contact, and the route set in reverse (12.1.2).
    pub fn learn(&mut self, response: &Message) {
        if let Some(to) = response.header("To") {
            to.clone_into(&mut self.remote);
        }
        if let Some(contact) = response.header("Contact") {
            uri(contact).clone_into(&mut self.target);
        }
        let mut routes: Vec<String> = response.all("Record-Route").map(str::to_owned).collect();
        routes.reverse();
        self.routes = routes;
    }

    /// The callee's dialog, from the INVITE (12.1.1).
    ///
    /// # Errors
    /// When the INVITE lacks what a dialog needs.
    pub fn from_invite(invite: &Message, contact: String) -> Result<Self> {
        let tag = Endpoint::token();
        Ok(Self {
            call_id: invite.need("Call-ID")?.to_owned(),
            local: format!("{};tag={tag}", invite.need("To")?),
            remote: invite.need("From")?.to_owned(),
            target: uri(invite.need("Contact")?).to_owned(),
            routes: invite.all("Record-Route").map(str::to_owned).collect(),
            sequence: 0,
            contact,
        })
    }

    /// Where requests of this dialog go: the first route, else the target (loose routing only).
    ///
    /// # Errors
    /// When that is no IP address: stories have no DNS.
    pub fn next_hop(&self) -> Result<SocketAddr> {
        resolve(self.routes.first().map_or(self.target.as_str(), |route| uri(route)))
    }

    /// Whether a request within a dialog is of this one: Call-ID and both tags (12.2.2).
    #[must_use]
    pub fn owns(&self, request: &Message) -> bool {
        let tag = |header: Option<&str>| header.and_then(|h| parameter(h, "tag")).map(str::to_owned);
        matches!(request.start, Start::Request { .. })
            && request.header("Call-ID") == Some(&self.call_id)
            && tag(request.header("To")) == tag(Some(&self.local))
            && tag(request.header("From")) == tag(Some(&self.remote))
    }
}

/// The address that a SIP URI names.
///
/// # Errors
/// When its host is a name other than `localhost`.
pub fn resolve(uri: &str) -> Result<SocketAddr> {
    let (host, port) = host_port(uri);
    let ip: IpAddr = match host.as_str() {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => host.trim_matches(['[', ']']).parse().with_context(|| format!("no address: {uri}"))?,
    };
    Ok(SocketAddr::new(ip, port))
}
