//! The contact center under load: set up over the REST API as any other, with everybody signed in.

use crate::agent::{Agent, Offers};
use crate::carrier::Carrier;
use crate::hark::{Hark, Plan};
use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use hark_e2e::api::Api;
use hark_shared::edge::Cause;
use hark_shared::flow::model::{Flow, Kind, Node, NodeId, Place};
use hark_shared::flow::{Exit, Key, Phrase};
use hark_shared::ids::{CustomerId, FlowId, NumberId, QueueId, TrunkId};
use hark_shared::perms::Role;
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use hark_shared::wire::flows::{FlowDraft, Publication};
use hark_shared::wire::rest::{Customer, Entry, Language, Number, Queue, Setup, Trunk, UserEdit};
use hark_shared::wire::routing::Routing;
use hark_shared::wire::waiting::Waiting;
use hyper::Method;
use std::path::Path;
use uuid::Uuid;

const TENANT: &str = "bench";
const PASSWORD: &str = "a-bench-has-no-secrets";
/// Leads to a queue that does not record.
pub const PLAIN: &str = "95588";
/// Leads to a queue that does.
pub const RECORDED: &str = "95589";
/// Leads to a menu that says a beep and is entered anew by the key 1.
pub const MENU: &str = "95590";
/// Callers who are known as customers; every call is one of theirs.
const CUSTOMERS: usize = 20;
/// Agents created, signed in or connected at once: the server checks two passwords at a time.
const AT_ONCE: usize = 4;

/// A center and who works there.
pub struct Center {
    /// How its server is started.
    pub plan: Plan,
    /// Where calls come from.
    pub carrier: Carrier,
    sessions: Vec<Api>,
}

impl Center {
    /// Sets a center up with so many agents and signs them in. The server is stopped again: every part starts its own,
    /// so that what hashing passwords left behind is in no figure. Sessions outlive it.
    ///
    /// # Errors
    /// When the server does not start or refuses any of it.
    pub async fn set_up(binary: &Path, agents: usize) -> Result<Self> {
        let plan = Plan::new(binary)?;
        let carrier = Carrier::open().await?;
        let hark = plan.start().await?;
        let origin = plan.origin();
        let key = hark.setup.clone().context("the server printed no set-up link")?;
        let setup = Setup {
            key,
            tenant: TENANT.to_owned(),
            tenant_name: "Bench".to_owned(),
            login: "admin".to_owned(),
            password: PASSWORD.to_owned(),
        };
        Api::new(&origin).send(Method::POST, "/api/setup", &setup).await?;
        let admin = Api::signed_in(&origin, TENANT, "admin", PASSWORD).await?;
        let queues = furnish(&admin, &carrier).await?;
        let sessions = stream::iter(0..agents)
            .map(|place| hire(&admin, &origin, place, queues.clone()))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        hark.stop().await?;
        Ok(Self { plan, carrier, sessions })
    }

    /// Opens the desks of the first `count` agents.
    ///
    /// # Errors
    /// When one does not open.
    pub async fn sit(&self, count: usize, offers: &Offers) -> Result<Vec<Agent>> {
        let origin = self.plan.origin();
        stream::iter(self.sessions.iter().take(count))
            .map(|api| Agent::sit(api, self.plan.http, &origin, offers.clone()))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Starts the server anew.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start(&self) -> Result<Hark> {
        self.plan.start().await
    }
}

/// The number of the `n`th call's caller: one of few, all known.
#[must_use]
pub fn caller(n: usize) -> String {
    format!("1390000{:04}", n % CUSTOMERS)
}

/// Two queues with a number each, the trunk and the customers.
async fn furnish(admin: &Api, carrier: &Carrier) -> Result<Vec<QueueId>> {
    let trunk = Trunk {
        id: TrunkId(Uuid::now_v7()),
        name: "Carrier".to_owned(),
        address: carrier.address().to_string(),
        sources: Vec::new(),
        username: None,
        password: None,
        caller: None,
        allowed: Vec::new(),
        refer: false,
        limit: 1000,
    };
    admin.send(Method::POST, "/api/trunks", &trunk).await?;
    let mut queues = Vec::new();
    for (called, record) in [(PLAIN, false), (RECORDED, true)] {
        let queue = Queue {
            id: QueueId(Uuid::now_v7()),
            name: format!("Queue {called}"),
            skills: Vec::new(),
            priority: 0,
            offer_timeout: Millis::from_secs(20),
            wrap_up: Millis::ZERO,
            greeting: None,
            music: "music/calm".to_owned(),
            announce_every: None,
            record,
            language: Language::En,
            routing: Routing::default(),
            waiting: Waiting::default(),
        };
        admin.send(Method::POST, "/api/queues", &queue).await?;
        let number = Number {
            id: NumberId(Uuid::now_v7()),
            number: PhoneNumber::parse(called)?,
            trunk: trunk.id,
            entry: Entry::Queue(queue.id),
            vip: None,
            fallback: None,
            fax: None,
        };
        admin.send(Method::POST, "/api/numbers", &number).await?;
        queues.push(queue.id);
    }
    let menu = Number {
        id: NumberId(Uuid::now_v7()),
        number: PhoneNumber::parse(MENU)?,
        trunk: trunk.id,
        entry: Entry::Flow(menu(admin).await?),
        vip: None,
        fallback: None,
        fax: None,
    };
    admin.send(Method::POST, "/api/numbers", &menu).await?;
    for n in 0..CUSTOMERS {
        let customer = Customer {
            id: CustomerId(Uuid::now_v7()),
            name: format!("Customer {n}"),
            company: None,
            vip: false,
            remark: None,
            numbers: vec![PhoneNumber::parse(&caller(n))?],
        };
        admin.send(Method::POST, "/api/customers", &customer).await?;
    }
    Ok(queues)
}

/// A flow of a menu that goes round by its key.
async fn menu(admin: &Api) -> Result<FlowId> {
    let one = Key::new('1').context("a key")?;
    let ask = Kind::Menu {
        say: vec![Phrase::Prompt { name: "tones/beep".to_owned() }],
        keys: vec![one],
        plays: 1,
        wait: Millis::from_secs(30),
        wrong: Vec::new(),
        silence: Vec::new(),
    };
    let node = |kind, exits: &[(Exit, NodeId)]| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: exits.iter().copied().collect(),
    };
    let nodes = [
        (1, node(ask, &[(Exit::Key(one), 2), (Exit::Otherwise, 3)])),
        (2, node(Kind::Loop { times: 20 }, &[(Exit::Again, 1), (Exit::Done, 1)])),
        (3, node(Kind::HangUp { cause: Cause::Normal }, &[])),
    ];
    let flow = Flow { start: 1, language: Language::En, nodes: nodes.into() };
    let id = FlowId(Uuid::now_v7());
    let draft = FlowDraft { id, name: "Menu".to_owned(), revision: 1, flow, tests: Vec::new() };
    admin.send(Method::POST, "/api/flows", &draft).await?;
    let publication = Publication { revision: 1, note: String::new() };
    admin.send(Method::POST, &format!("/api/flows/{id}/publish"), &publication).await?;
    Ok(id)
}

/// Creates an agent of these queues and signs them in.
async fn hire(admin: &Api, origin: &str, place: usize, queues: Vec<QueueId>) -> Result<Api> {
    let login = format!("agent{place}");
    let agent = UserEdit {
        login: login.clone(),
        name: format!("Agent {place}"),
        number: Some((8000 + place).to_string()),
        roles: vec![Role::Agent],
        skills: Vec::new(),
        queues,
        active: true,
        recording: hark_shared::wire::control::RecordRule::Always,
        password: Some(PASSWORD.to_owned()),
    };
    admin.send(Method::POST, "/api/users", &agent).await?;
    Api::signed_in(origin, TENANT, &login, PASSWORD).await
}
