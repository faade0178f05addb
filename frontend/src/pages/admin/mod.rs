//! Administration: lists and forms over the REST resources. What a role may not change it does not see; the server asks
//! the same function again.

mod audit;
mod calendars;
mod capacity;
mod destination;
pub mod dialog;
mod dispositions;
pub mod entries;
mod flows;
mod hours_text;
mod listings;
mod mailboxes;
mod meeting_rooms;
mod notices;
mod numbers;
mod outbound;
mod pick;
mod prompts;
mod queue_routing;
mod queue_waiting;
mod queues;
mod resource;
mod rotas;
mod setting;
mod skills;
mod teams;
mod trunks;
mod users;

use crate::route::{Link, use_route};
use crate::session::use_session;
use crate::text::*;
use hark_shared::perms::Permission;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

/// A part of the administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Users,
    Teams,
    Queues,
    Skills,
    Numbers,
    Flows,
    Calendars,
    Notices,
    Prompts,
    Listings,
    Rotas,
    Mailboxes,
    MeetingRooms,
    Capacity,
    Trunks,
    Outbound,
    Dispositions,
    Audit,
}

impl Part {
    const ALL: [Self; 18] = [
        Self::Users,
        Self::Teams,
        Self::Queues,
        Self::Skills,
        Self::Numbers,
        Self::Flows,
        Self::Calendars,
        Self::Notices,
        Self::Prompts,
        Self::Listings,
        Self::Rotas,
        Self::Mailboxes,
        Self::MeetingRooms,
        Self::Capacity,
        Self::Trunks,
        Self::Outbound,
        Self::Dispositions,
        Self::Audit,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Teams => "teams",
            Self::Queues => "queues",
            Self::Skills => "skills",
            Self::Numbers => "numbers",
            Self::Flows => "flows",
            Self::Calendars => "calendars",
            Self::Notices => "notices",
            Self::Prompts => "prompts",
            Self::Listings => "listings",
            Self::Rotas => "rotas",
            Self::Mailboxes => "mailboxes",
            Self::MeetingRooms => "meeting-rooms",
            Self::Capacity => "capacity",
            Self::Trunks => "trunks",
            Self::Outbound => "outbound",
            Self::Dispositions => "dispositions",
            Self::Audit => "audit",
        }
    }

    const fn permission(self) -> Permission {
        match self {
            Self::Users => Permission::ManageUsers,
            Self::Teams
            | Self::Queues
            | Self::Skills
            | Self::Numbers
            | Self::Flows
            | Self::Calendars
            | Self::Notices
            | Self::Prompts
            | Self::Listings
            | Self::Rotas
            | Self::Mailboxes
            | Self::MeetingRooms
            | Self::Capacity
            | Self::Dispositions => Permission::ManageRouting,
            Self::Trunks | Self::Outbound => Permission::ManageTrunks,
            Self::Audit => Permission::ReadAudit,
        }
    }

    fn title(self, locale: Locale) -> &'static str {
        match self {
            Self::Users => td_string!(locale, admin.users),
            Self::Teams => td_string!(locale, admin.teams),
            Self::Queues => td_string!(locale, admin.queues),
            Self::Skills => td_string!(locale, admin.skills),
            Self::Numbers => td_string!(locale, admin.numbers),
            Self::Flows => td_string!(locale, admin.flows),
            Self::Calendars => td_string!(locale, admin.calendars),
            Self::Notices => td_string!(locale, admin.notices),
            Self::Prompts => td_string!(locale, admin.prompts),
            Self::Listings => td_string!(locale, admin.listings),
            Self::Rotas => td_string!(locale, admin.rotas),
            Self::Mailboxes => td_string!(locale, admin.mailboxes),
            Self::MeetingRooms => td_string!(locale, admin.meeting_rooms),
            Self::Capacity => td_string!(locale, admin.capacity),
            Self::Trunks => td_string!(locale, admin.trunks),
            Self::Outbound => td_string!(locale, admin.outbound),
            Self::Dispositions => td_string!(locale, admin.dispositions),
            Self::Audit => td_string!(locale, admin.audit),
        }
    }
}

/// The page: tabs, and the part that the address names.
#[component]
pub fn AdminPage() -> impl IntoView {
    let (session, i18n, route) = (use_session(), use_i18n(), use_route());
    let mine: Vec<Part> = Part::ALL.into_iter().filter(|part| session.may_now(part.permission())).collect();
    let first = mine.first().copied();
    let shown = {
        let mine = mine.clone();
        Memo::new(move |_| {
            let named = route.part();
            mine.iter().find(|part| Some(part.path()) == named.as_deref()).copied().or(first)
        })
    };
    Effect::new(move |_| {
        let Some(part) = shown.get() else { return };
        // An address without a part, or with one that there is not, is that of the part which is shown for it.
        if route.part().as_deref() != Some(part.path()) {
            route.replace(&format!("/admin/{}", part.path()));
        }
        // On a narrow screen the tabs scroll: the one that is open must be among those in sight.
        if let Ok(Some(tab)) = document().query_selector(&format!(".tabs [href='/admin/{}']", part.path())) {
            let options = ScrollIntoViewOptions::new();
            options.set_inline(ScrollLogicalPosition::Center);
            options.set_block(ScrollLogicalPosition::Nearest);
            tab.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    view! {
        <div class="page">
            <h1>{t!(i18n, admin.title)}</h1>
            <nav class="tabs" aria-label=t!(i18n, admin.title)>
                {mine
                    .into_iter()
                    .map(|part| {
                        view! {
                            <Link to=format!("/admin/{}", part.path()) testid=format!("admin-{}", part.path())>
                                {move || part.title(i18n.get_locale())}
                            </Link>
                        }
                    })
                    .collect_view()}
            </nav>
            {move || match shown.get() {
                Some(Part::Users) => view! { <users::Users /> }.into_any(),
                Some(Part::Teams) => view! { <teams::Teams /> }.into_any(),
                Some(Part::Queues) => view! { <queues::Queues /> }.into_any(),
                Some(Part::Skills) => view! { <skills::Skills /> }.into_any(),
                Some(Part::Numbers) => view! { <numbers::Numbers /> }.into_any(),
                Some(Part::Flows) => view! { <flows::Flows /> }.into_any(),
                Some(Part::Calendars) => view! { <calendars::Calendars /> }.into_any(),
                Some(Part::Notices) => view! { <notices::Notices /> }.into_any(),
                Some(Part::Rotas) => view! { <rotas::Rotas /> }.into_any(),
                Some(Part::Mailboxes) => view! { <mailboxes::Mailboxes /> }.into_any(),
                Some(Part::MeetingRooms) => view! { <meeting_rooms::MeetingRooms /> }.into_any(),
                Some(Part::Prompts) => view! { <prompts::Prompts /> }.into_any(),
                Some(Part::Listings) => view! { <listings::Listings /> }.into_any(),
                Some(Part::Trunks) => view! { <trunks::Trunks /> }.into_any(),
                Some(Part::Capacity) => view! { <capacity::CapacityPage /> }.into_any(),
                Some(Part::Outbound) => view! { <outbound::Outbound /> }.into_any(),
                Some(Part::Dispositions) => view! { <dispositions::Dispositions /> }.into_any(),
                Some(Part::Audit) => view! { <audit::Audit /> }.into_any(),
                None => view! {
                    <section class="card nothing">
                        <p>{t!(i18n, admin.nothing)}</p>
                        <Link to="/">{t!(i18n, common.home)}</Link>
                    </section>
                }
                .into_any(),
            }}
        </div>
    }
}
