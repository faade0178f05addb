//! A contact center as its administrator sets it up: over the REST API, from the one-time link to the last agent.

use crate::api::Api;
use crate::server::Server;
use anyhow::{Context, Result};
use hark_shared::ids::{NumberId, QueueId, SkillId, TrunkId, UserId};
use hark_shared::perms::Role;
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use hark_shared::wire::rest::{Entry, Language, Number, Queue, Setup, Skill, SkillLevel, Trunk, User, UserEdit};
use hark_shared::wire::routing::Routing;
use hark_shared::wire::waiting::Waiting;
use hyper::Method;
use std::net::SocketAddr;
use uuid::Uuid;

/// Everybody's password: long enough, and no secret.
pub const PASSWORD: &str = "a-story-has-no-secrets";
/// The short name of the tenant.
pub const TENANT: &str = "story";
/// The number that callers dial.
pub const HOTLINE: &str = "95588";

/// What a story can change before it is set up.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Sign-in names of the agents; all have the skill and serve the queue.
    pub agents: Vec<String>,
    /// The queue.
    pub queue: Queue,
    /// The trunk.
    pub trunk: Trunk,
    /// Where the hotline leads; `None` is the queue.
    pub entry: Option<Entry>,
}

impl Plan {
    /// One queue without greeting that rings for 20 s and has no wrap-up, a trunk to `carrier` that may be dialled
    /// through to numbers which begin with 1, and these agents.
    ///
    /// # Panics
    /// Never: the numbers in here are numbers.
    #[must_use]
    pub fn new(carrier: SocketAddr, agents: &[&str]) -> Self {
        Self {
            agents: agents.iter().map(|&agent| agent.to_owned()).collect(),
            queue: Queue {
                id: QueueId(Uuid::now_v7()),
                name: "Repairs".to_owned(),
                skills: Vec::new(),
                priority: 0,
                offer_timeout: Millis::from_secs(20),
                wrap_up: Millis::from_secs(60),
                greeting: None,
                music: "music/calm".to_owned(),
                announce_every: None,
                record: true,
                language: Language::En,
                routing: Routing::default(),
                waiting: Waiting::default(),
            },
            trunk: Trunk {
                id: TrunkId(Uuid::now_v7()),
                name: "Carrier".to_owned(),
                address: carrier.to_string(),
                sources: Vec::new(),
                username: None,
                password: None,
                caller: Some(PhoneNumber::parse(HOTLINE).expect("digits")),
                allowed: vec!["1".to_owned()],
                refer: false,
                limit: 100,
            },
            entry: None,
        }
    }
}

/// A tenant that is set up, seen by its administrator.
#[derive(Debug)]
pub struct Tenant {
    /// Its short name.
    pub slug: String,
    /// The administrator's session.
    pub admin: Api,
    /// The queue.
    pub queue: Queue,
    /// The trunk.
    pub trunk: Trunk,
    /// The hotline.
    pub number: Number,
    /// The agents, in the order of the plan.
    pub agents: Vec<User>,
}

impl Tenant {
    /// Sets everything up on a server with an empty database.
    ///
    /// # Errors
    /// When the server refuses any of it.
    pub async fn set_up(server: &Server, plan: Plan) -> Result<Self> {
        Self::set_up_as(server, server.setup_key()?, TENANT, plan).await
    }

    /// Sets everything up for the tenant of this short name, with this one-time key.
    ///
    /// # Errors
    /// When the server refuses any of it.
    pub async fn set_up_as(server: &Server, key: &str, tenant: &str, plan: Plan) -> Result<Self> {
        let origin = server.origin();
        let setup = Setup {
            key: key.to_owned(),
            tenant: tenant.to_owned(),
            tenant_name: "Story & Sons".to_owned(),
            login: "admin".to_owned(),
            password: PASSWORD.to_owned(),
        };
        Api::new(&origin).send(Method::POST, "/api/setup", &setup).await?;
        let admin = Api::signed_in(&origin, tenant, "admin", PASSWORD).await?;

        let skill = Skill { id: SkillId(Uuid::now_v7()), name: "Repairs".to_owned() };
        admin.send(Method::POST, "/api/skills", &skill).await?;
        let level = |level| vec![SkillLevel { skill: skill.id, level }];
        let queue = Queue { skills: level(1), ..plan.queue };
        admin.send(Method::POST, "/api/queues", &queue).await?;
        admin.send(Method::POST, "/api/trunks", &plan.trunk).await?;
        let number = Number {
            id: NumberId(Uuid::now_v7()),
            number: PhoneNumber::parse(HOTLINE)?,
            trunk: plan.trunk.id,
            entry: plan.entry.unwrap_or(Entry::Queue(queue.id)),
            vip: None,
            fallback: None,
            fax: None,
        };
        admin.send(Method::POST, "/api/numbers", &number).await?;
        for (place, login) in (0_u32..).zip(&plan.agents) {
            let agent = UserEdit {
                login: login.clone(),
                name: format!("Agent {login}"),
                number: Some((8001 + place).to_string()),
                roles: vec![Role::Agent],
                skills: level(5),
                queues: vec![queue.id],
                active: true,
                recording: hark_shared::wire::control::RecordRule::Always,
                password: Some(PASSWORD.to_owned()),
            };
            admin.send(Method::POST, "/api/users", &agent).await?;
        }
        let users: Vec<User> = admin.get("/api/users").await?;
        let found = |login: &String| users.iter().find(|user| &user.login == login).cloned();
        let agents = plan.agents.iter().map(|login| found(login).with_context(|| format!("{login} is not there")));
        let agents = agents.collect::<Result<_>>()?;
        Ok(Self { slug: tenant.to_owned(), admin, queue, trunk: plan.trunk, number, agents })
    }

    /// The id of an agent.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn agent(&self, login: &str) -> Result<UserId> {
        let agent = self.agents.iter().find(|agent| agent.login == login);
        Ok(agent.with_context(|| format!("no agent {login}"))?.id)
    }
}
