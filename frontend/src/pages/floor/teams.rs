//! Teams on the live floor: whose agents and calls are shown, and which of them whoever looks may supervise.

use crate::session::use_session;
use crate::text::*;
use hark_shared::ids::{TeamId, UserId};
use hark_shared::team::{self, Team};
use hark_shared::wire::parties::{CallLine, PartyView, PartyWho};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The teams, who looks at them, and what they chose to see.
#[derive(Clone, Copy)]
pub struct Around {
    teams: Memo<Vec<Team>>,
    me: Option<UserId>,
    /// What was chosen; `None`: nothing, which is one's own teams where there are any.
    chosen: RwSignal<Option<Choice>>,
}

/// Whose agents and calls are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    All,
    Own,
    Team(TeamId),
}

/// Who is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Everybody.
    All,
    /// The members of these teams.
    These(BTreeSet<UserId>),
}

impl Shown {
    /// Whether nobody is left out.
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether this one is shown.
    pub fn has(&self, user: UserId) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(&user),
        }
    }

    /// Whether anybody of them answers for a call or takes part in it.
    pub fn has_call(&self, call: &CallLine) -> bool {
        let part = |party: &PartyView| match party.who {
            PartyWho::Agent { user, .. } => self.has(user),
            PartyWho::Customer | PartyWho::Outside { .. } => false,
        };
        self.is_all() || call.agent.is_some_and(|user| self.has(user)) || call.parties.iter().any(part)
    }
}

impl Around {
    /// Around whoever is signed in.
    pub fn new(teams: Memo<Vec<Team>>) -> Self {
        let me = use_session().me().map(|me| me.user);
        Self { teams, me, chosen: RwSignal::new(None) }
    }

    fn leads(self, team: &Team) -> bool {
        self.me.is_some_and(|me| team.leaders.contains(&me))
    }

    fn leads_any(self) -> bool {
        self.teams.with(|teams| teams.iter().any(|team| self.leads(team)))
    }

    /// Whether who looks may supervise a call of this agent, or the agent; tracked.
    pub fn oversees(self, agent: Option<UserId>) -> bool {
        self.me.is_some_and(|me| self.teams.with(|teams| team::overseen(teams, me, agent)))
    }

    /// What holds; a team that is gone, or teams that are no longer one's own, are everybody.
    fn choice(self) -> Choice {
        match self.chosen.get() {
            Some(Choice::Own) | None if self.leads_any() => Choice::Own,
            Some(Choice::Team(id)) if self.teams.with(|teams| teams.iter().any(|team| team.id == id)) => {
                Choice::Team(id)
            }
            Some(Choice::All | Choice::Own | Choice::Team(_)) | None => Choice::All,
        }
    }

    /// Who is shown, tracked.
    pub fn shown(self) -> Shown {
        let of = |wanted: &dyn Fn(&Team) -> bool| {
            let members = |teams: &Vec<Team>| {
                teams.iter().filter(|team| wanted(team)).flat_map(|team| team.members.iter().copied()).collect()
            };
            Shown::These(self.teams.with(members))
        };
        match self.choice() {
            Choice::All => Shown::All,
            Choice::Own => of(&|team| self.leads(team)),
            Choice::Team(id) => of(&|team| team.id == id),
        }
    }
}

/// Chooses whose agents and calls are shown; there only where there are teams.
#[component]
pub fn TeamFilter(around: Around) -> impl IntoView {
    let i18n = use_i18n();
    let choose = move |value: String| {
        around.chosen.set(Some(match value.as_str() {
            "all" => Choice::All,
            "own" => Choice::Own,
            id => id.parse().map_or(Choice::All, Choice::Team),
        }));
    };
    let option = move |team: Team| {
        let id = team.id;
        view! {
            <option value=id.to_string() selected=move || around.choice() == Choice::Team(id)>{team.name}</option>
        }
    };
    view! {
        <Show when=move || around.teams.with(|teams| !teams.is_empty())>
            <label class="floor-team">
                <span>{t!(i18n, floor.team_shown)}</span>
                <select data-testid="floor-team" on:change:target=move |event| choose(event.target().value())>
                    <Show when=move || around.leads_any()>
                        <option value="own" selected=move || around.choice() == Choice::Own>
                            {t!(i18n, floor.team_own)}
                        </option>
                    </Show>
                    <option value="all" selected=move || around.choice() == Choice::All>
                        {t!(i18n, floor.team_all)}
                    </option>
                    {move || around.teams.get().into_iter().map(option).collect_view()}
                </select>
            </label>
        </Show>
    }
}
