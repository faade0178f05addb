//! The frame around every page: contexts, what the desk's state sets in motion, and the gate before it.

use crate::clock::{Clock, use_clock};
use crate::components::notices::NoticeList;
use crate::desk::keys::{self, KeyAction, Press};
use crate::desk::ledger::Over;
use crate::desk::phone::{Phone, use_phone};
use crate::desk::ring::RingTone;
use crate::desk::store::{DeskStore, Stage, use_desk};
use crate::language::I18n;
use crate::notices::{Notices, use_notices};
use crate::pages::desk::actions;
use crate::pages::desk::party::who;
use crate::pages::over::OverPage;
use crate::pages::shell::Shell;
use crate::pages::sign_in::SignInPage;
use crate::parts::{Apart, Beside, Parts};
use crate::prefs::Theme;
use crate::route::{Page, Route, use_route};
use crate::session::{Session, SessionStore, use_session};
use crate::text::*;
use hark_shared::ids::UserId;
use hark_shared::perms::{self, Permission};
use hark_shared::wire::desk::ContactPhase;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Shows the application in the document.
pub fn start() {
    leptos::mount::mount_to_body(App);
}

/// The application.
#[component]
fn App() -> impl IntoView {
    Theme::saved().apply();
    provide_context(I18n::start());
    provide_context(Route::start());
    let clock = Clock::start();
    let notices = Notices::new();
    let desk = DeskStore::new(clock, notices);
    provide_context(clock);
    provide_context(notices);
    provide_context(SessionStore::restore());
    provide_context(desk);
    provide_context(Phone::new(desk, notices));
    provide_context(RingTone::new());
    provide_context(Parts::new());
    connect_desk();
    follow_contact();
    ring();
    listen_to_keys();
    view! {
        <Gate />
        <NoticeList />
    }
}

/// What stands at the gate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Setup,
    Restoring,
    SignIn,
    Over(Over),
    Inside,
}

#[component]
fn Gate() -> impl IntoView {
    let (session, desk) = (use_session(), use_desk());
    let route = use_route();
    // A memo, so that the pages inside are mounted once and not with every change of the session.
    let place = Memo::new(move |_| {
        if route.page() == Page::Setup {
            return Place::Setup;
        }
        match (session.get(), desk.stage()) {
            (Session::Restoring, _) => Place::Restoring,
            (Session::Out(_), _) => Place::SignIn,
            (Session::In(_), Stage::Over(why)) => Place::Over(why),
            (Session::In(_), Stage::Off | Stage::Connecting | Stage::Live | Stage::Waiting) => Place::Inside,
        }
    });
    name_tab(place);
    move || match place.get() {
        Place::Setup => view! { <Apart what=Beside::Setup /> }.into_any(),
        Place::Restoring => view! { <p class="splash" role="status">"Hark"</p> }.into_any(),
        Place::SignIn | Place::Over(Over::SignedOut) => view! { <SignInPage /> }.into_any(),
        Place::Over(why) => view! { <OverPage why /> }.into_any(),
        Place::Inside => view! { <Shell /> }.into_any(),
    }
}

/// Opens the desk for who may sit at one, closes it when the session ends. The voice connection survives an expired
/// session, so that a call goes on while its agent signs in again; another person's sign-in ends it.
fn connect_desk() {
    let (session, desk, phone) = (use_session(), use_desk(), use_phone());
    let last = StoredValue::new(None::<UserId>);
    Effect::new(move |_| match session.get() {
        Session::Restoring => {}
        Session::In(me) => {
            if last.get_value().is_some_and(|last| last != me.user) {
                phone.close();
            }
            last.set_value(Some(me.user));
            // Who has no desk may still see the floor live, over the same socket.
            let may = |permission| perms::allowed(&me.roles, permission);
            if may(Permission::TakeContacts) || may(Permission::WatchFloor) {
                desk.open(false);
            }
        }
        Session::Out(_) => desk.close(),
    });
    // Nobody is asked for a password in front of a customer, as long as the desk works.
    let status = desk.status();
    let on_contact = move || status.with(|status| status.as_ref().is_some_and(|status| status.state.on_contact()));
    Effect::new(move |_| {
        if session.lapsed() && !(desk.stage() == Stage::Live && on_contact()) {
            session.leave();
        }
    });
    Effect::new(move |_| match desk.stage() {
        Stage::Over(Over::SignedOut) => session.leave(),
        Stage::Waiting => session.check(),
        // The other tab has the voice now: two pages must not hold one agent's microphone.
        Stage::Over(Over::InUse | Over::Taken) => phone.close(),
        Stage::Over(Over::Reload) | Stage::Off | Stage::Connecting | Stage::Live => {}
    });
}

/// The microphone is open while there is somebody to talk to, or about to be.
fn follow_contact() {
    let (desk, phone) = (use_desk(), use_phone());
    let (status, offer, contact) = (desk.status(), desk.offer(), desk.contact());
    let wanted = Memo::new(move |before: Option<&Option<bool>>| {
        // While the desk is unknown the last word holds.
        if status.with(Option::is_none) {
            return before.copied().flatten();
        }
        let live = contact.with(|contact| {
            contact.as_ref().is_some_and(|contact| match contact.phase {
                ContactPhase::Dialling | ContactPhase::Talking | ContactPhase::Hold => true,
                ContactPhase::WrapUp { .. } => false,
            })
        });
        Some(live || offer.with(Option::is_some))
    });
    Effect::new(move |_| {
        if let Some(wanted) = wanted.get() {
            phone.want_microphone(wanted);
        }
    });
    let muted = Memo::new(move |_| contact.with(|contact| contact.as_ref().is_some_and(|contact| contact.muted)));
    Effect::new(move |_| phone.mute(muted.get()));
}

fn ring() {
    let (desk, tone) = (use_desk(), expect_context::<RingTone>());
    let offer = desk.offer();
    Effect::new(move |_| tone.ring(offer.with(Option::is_some) && !desk.answering()));
}

/// The tab's title: who rings, else the page.
fn name_tab(place: Memo<Place>) {
    let (desk, i18n, route) = (use_desk(), use_i18n(), use_route());
    let offer = desk.offer();
    Effect::new(move |_| {
        let page = match (place.get(), route.page()) {
            (Place::Inside, Page::Contacts) => Some(t_string!(i18n, common.contacts)),
            (Place::Inside, Page::Messages) => Some(t_string!(i18n, common.messages)),
            (Place::Inside, Page::Callbacks) => Some(t_string!(i18n, common.callbacks)),
            (Place::Inside, Page::Floor) => Some(t_string!(i18n, common.floor)),
            (Place::Inside, Page::Check) => Some(t_string!(i18n, common.check)),
            (Place::Inside, Page::Admin) => Some(t_string!(i18n, common.admin)),
            (Place::Inside, Page::Account) => Some(t_string!(i18n, sign_in.account)),
            (Place::Inside, Page::Home) => Some(t_string!(i18n, common.desk)),
            (Place::SignIn, _) => Some(t_string!(i18n, sign_in.submit)),
            (Place::Inside, Page::Setup | Page::Unknown) => None,
            (Place::Setup | Place::Restoring | Place::Over(_), _) => None,
        };
        let title = offer.with(|offer| match (offer, page) {
            (Some(offer), _) => {
                t_string!(i18n, desk.title_ringing, who = who(i18n.get_locale(), &offer.party))
            }
            (None, Some(page)) => format!("{page} · Hark"),
            (None, None) => "Hark".to_owned(),
        });
        document().set_title(&title);
    });
}

fn listen_to_keys() {
    let actions = actions::Actions { desk: use_desk(), clock: use_clock(), notices: use_notices() };
    provide_context(actions);
    let listening = window_event_listener(leptos::ev::keydown, move |event| {
        let pressed = keys::action(Press {
            key: &event.key(),
            control: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            repeat: event.repeat(),
            // 229 is what browsers report for keys that an input method swallowed (UI Events, legacy key codes).
            composing: event.is_composing() || event.key_code() == 229,
            focused: takes_keys(),
        });
        if let Some(action) = pressed
            && act(actions, action)
        {
            event.prevent_default();
        }
    });
    on_cleanup(move || listening.remove());
}

fn act(actions: actions::Actions, action: KeyAction) -> bool {
    match action {
        KeyAction::Answer => actions.answer(),
        KeyAction::Hold => actions.toggle_hold(),
        KeyAction::Mute => actions.toggle_mute(),
        KeyAction::HangUp => actions.hang_up(),
        KeyAction::Ready => actions.toggle_ready(),
        KeyAction::Finish => actions.finish(),
    }
}

/// Whether the focus is on something that does something with the space bar.
fn takes_keys() -> bool {
    document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok()).is_some_and(|element| {
        matches!(
            element.tag_name().as_str(),
            "INPUT" | "TEXTAREA" | "SELECT" | "BUTTON" | "A" | "SUMMARY" | "AUDIO" | "LABEL"
        ) || element.is_content_editable()
    })
}
