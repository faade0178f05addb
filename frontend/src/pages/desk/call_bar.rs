//! The bar on top of every page: state, the contact, its controls, the sound. Nothing covers it.

use crate::components::controls::{Control, Elapsed, Remaining};
use crate::components::icon::{Glyph, Icon};
use crate::desk::keys::{self, KeyAction};
use crate::desk::phone::use_phone;
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::pages::desk::party::{number_beside, via_icon, who};
use crate::pages::desk::state_menu::StateMenu;
use crate::text::{self, *};
use hark_shared::wire::desk::{ContactPhase, ContactView};
use hark_voice::grade::Grade;
use leptos::prelude::*;

/// The bar.
#[component]
pub fn CallBar() -> impl IntoView {
    let i18n = use_i18n();
    let contact = use_desk().contact();
    view! {
        <header class="call-bar" aria-label=t!(i18n, desk.call_bar)>
            <StateMenu />
            {move || match contact.get() {
                Some(contact) => view! { <Strip contact /> }.into_any(),
                None => view! { <p class="strip muted">{t!(i18n, desk.no_contact)}</p> }.into_any(),
            }}
            <Sound />
            <Controls />
        </header>
    }
}

/// A phase's name for style sheets and stories.
pub const fn phase_name(phase: ContactPhase) -> &'static str {
    match phase {
        ContactPhase::Dialling => "dialling",
        ContactPhase::Talking => "talking",
        ContactPhase::Hold => "hold",
        ContactPhase::WrapUp { .. } => "wrap_up",
    }
}

/// The contact in one line.
#[component]
fn Strip(contact: ContactView) -> impl IntoView {
    let i18n = use_i18n();
    let icon = via_icon(&contact.party.via);
    let number = number_beside(&contact.party);
    let phase = contact.phase;
    let phase_text = move || match phase {
        ContactPhase::Dialling => t_string!(i18n, desk.state_dialling),
        ContactPhase::Talking => t_string!(i18n, desk.state_talking),
        ContactPhase::Hold => t_string!(i18n, desk.state_hold),
        ContactPhase::WrapUp { cause, .. } => text::cause(i18n.get_locale(), cause),
    };
    // The length of the talk; the state beside it counts the phase.
    let since = match phase {
        ContactPhase::Talking | ContactPhase::Hold => contact.answered.unwrap_or(contact.since),
        ContactPhase::Dialling | ContactPhase::WrapUp { .. } => contact.since,
    };
    let waited = text::duration(contact.waited);
    let queue = contact
        .queue
        .clone()
        .map(|queue| move || t_string!(i18n, desk.from_queue, queue = queue.clone(), waited = waited.clone()));
    let party = contact.party;
    let name = move || who(i18n.get_locale(), &party);
    view! {
        <div class="strip" data-testid="contact" data-phase=phase_name(phase)>
            <Glyph icon />
            <strong class="strip-who">{name}</strong>
            {number.map(|number| view! { <span class="strip-number">{number}</span> })}
            {queue.map(|queue| view! { <span class="strip-queue" title=queue.clone()>{queue.clone()}</span> })}
            <span class="strip-phase" role="status">{phase_text}</span>
            <Elapsed since=Signal::stored(since) />
            {match (contact.recording, contact.paused_until) {
                (false, _) => None,
                (true, None) => Some(view! { <span class="recording">{t!(i18n, desk.recording)}</span> }.into_any()),
                (true, Some(until)) => {
                    Some(
                        view! {
                            <span class="muted" data-testid="recording-paused">
                                {t!(i18n, desk.recording_paused)} " " <Remaining until=Signal::stored(until) />
                            </span>
                        }
                            .into_any(),
                    )
                }
            }}
        </div>
    }
}

/// Whether there is sound, and how good: three bars and a word.
#[component]
fn Sound() -> impl IntoView {
    let (desk, phone, i18n) = (use_desk(), use_phone(), use_i18n());
    let grade = Memo::new(move |_| phone.figures().map(|figures| figures.grade()));
    let word = move || match (desk.connected(), grade.get()) {
        (false, _) => t_string!(i18n, desk.sound_off),
        (true, None) => t_string!(i18n, desk.sound_on),
        (true, Some(Grade::Good)) => t_string!(i18n, desk.sound_good),
        (true, Some(Grade::Fair)) => t_string!(i18n, desk.sound_fair),
        (true, Some(Grade::Poor)) => t_string!(i18n, desk.sound_poor),
    };
    let bars = move || match (desk.connected(), grade.get()) {
        (false, _) => "0",
        (true, Some(Grade::Poor)) => "1",
        (true, Some(Grade::Fair)) => "2",
        (true, None | Some(Grade::Good)) => "3",
    };
    let figures = move || {
        phone.figures().map(|figures| {
            let trip = figures.round_trip_ms.unwrap_or(0.0);
            format!("MOS {:.1} · {:.1} % · {trip:.0} ms", figures.mos, figures.loss * 100.0)
        })
    };
    view! {
        <div
            class="sound"
            data-testid="connected"
            data-connected=move || desk.connected().to_string()
            data-bars=bars
            title=figures
        >
            <svg class="bars" viewBox="0 0 18 14" aria-hidden="true">
                <rect x="1" y="9" width="4" height="5" />
                <rect x="7" y="5" width="4" height="9" />
                <rect x="13" y="1" width="4" height="13" />
            </svg>
            <span class="sound-word">{word}</span>
        </div>
    }
}

/// Hold, mute, hang up: always in the same place, off while there is no call.
#[component]
fn Controls() -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let contact = desk.contact();
    let phase = Memo::new(move |_| contact.with(|contact| contact.as_ref().map(|contact| contact.phase)));
    let muted = Memo::new(move |_| contact.with(|contact| contact.as_ref().is_some_and(|contact| contact.muted)));
    let held = Signal::derive(move || phase.get() == Some(ContactPhase::Hold));
    let bridged = Signal::derive(move || matches!(phase.get(), Some(ContactPhase::Talking | ContactPhase::Hold)));
    let live = Signal::derive(move || bridged.get() || phase.get() == Some(ContactPhase::Dialling));
    view! {
        <div class="controls" role="group" aria-label=t!(i18n, desk.controls)>
            <Control
                icon=Signal::derive(move || if held.get() { Icon::Resume } else { Icon::Hold })
                label=Signal::derive(move || {
                    if held.get() { t_string!(i18n, desk.resume) } else { t_string!(i18n, desk.hold) }.to_string()
                })
                key=keys::label(KeyAction::Hold)
                testid="hold"
                pressed=held
                disabled=Signal::derive(move || !bridged.get())
                act=move || {
                    actions.toggle_hold();
                }
            />
            <Control
                icon=Signal::derive(move || if muted.get() { Icon::MicOff } else { Icon::Mic })
                label=Signal::derive(move || {
                    if muted.get() { t_string!(i18n, desk.unmute) } else { t_string!(i18n, desk.mute) }.to_string()
                })
                key=keys::label(KeyAction::Mute)
                testid="mute"
                pressed=Signal::derive(move || muted.get())
                disabled=Signal::derive(move || !live.get())
                act=move || {
                    actions.toggle_mute();
                }
            />
            <Control
                icon=Icon::HangUp
                label=t_label!(i18n, desk.hang_up)
                key=keys::label(KeyAction::HangUp)
                testid="hang-up"
                look="danger"
                disabled=Signal::derive(move || !live.get() || desk.ending())
                act=move || {
                    actions.hang_up();
                }
            />
        </div>
    }
}
