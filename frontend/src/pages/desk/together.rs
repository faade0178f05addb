//! More than two in a call, in the customer's card: who had it before, what is at the side, who is in it, and the way to
//! ask somebody else. With nothing of it there is one button.

use crate::components::controls::{Elapsed, Remaining};
use crate::components::icon::{Glyph, Icon};
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::pages::desk::reach::Reach;
use crate::pages::desk::sounds::Sounds;
use crate::text::{self, *};
use hark_shared::wire::control::RecordRule;
use hark_shared::wire::desk::ContactPhase;
use hark_shared::wire::parties::{
    CallAction, EarlierView, Mode, Part, PartyView, PartyWho, Purpose, SideEnded, SideStage, SideView,
};
use leptos::prelude::*;

/// Who had the contact before.
#[component]
pub fn Earlier() -> impl IntoView {
    let contact = use_desk().contact();
    let earlier = Memo::new(move |_| contact.with(|contact| contact.as_ref().map(|contact| contact.earlier.clone())));
    move || earlier.get().map(|earlier| view! { <EarlierNotes earlier /> })
}

/// What colleagues wrote.
#[component]
pub fn EarlierNotes(
    /// Theirs, the last one last.
    earlier: Vec<EarlierView>,
) -> impl IntoView {
    let i18n = use_i18n();
    let wrote = earlier.into_iter().filter(|earlier| !earlier.notes.is_empty() || earlier.left.is_some());
    let notes: Vec<_> = wrote
        .map(|earlier| {
            let (name, asks) = (earlier.name, earlier.left.is_none());
            let head = move || {
                if asks {
                    t_string!(i18n, desk.notes_of, name = name.clone())
                } else {
                    t_string!(i18n, desk.passed_on_by, name = name.clone())
                }
            };
            view! {
                <li>
                    <b>{head}</b>
                    <p class="notes">{earlier.notes}</p>
                </li>
            }
        })
        .collect();
    (!notes.is_empty()).then(|| view! { <ul class="earlier" data-testid="earlier">{notes}</ul> })
}

/// Everything with more than two, while there is a call.
#[component]
pub fn Together() -> impl IntoView {
    let contact = use_desk().contact();
    let live = Memo::new(move |_| {
        contact.with(|contact| {
            contact.as_ref().is_some_and(|contact| match contact.phase {
                ContactPhase::Talking | ContactPhase::Hold => true,
                ContactPhase::Dialling | ContactPhase::WrapUp { .. } => false,
            })
        })
    });
    view! {
        <Show when=move || live.get()>
            <Live />
        </Show>
    }
}

#[component]
fn Live() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let contact = desk.contact();
    let part = Memo::new(move |_| contact.with(|contact| contact.as_ref().map(|contact| contact.part)));
    let sides = Memo::new(move |_| contact.with(|it| it.as_ref().map(|it| it.sides.clone()).unwrap_or_default()));
    let ended = Memo::new(move |_| contact.with(|it| it.as_ref().and_then(|it| it.side_ended.clone())));
    let parties = Memo::new(move |_| contact.with(|it| it.as_ref().map(|it| it.parties.clone()).unwrap_or_default()));
    let leads = Memo::new(move |_| part.get() == Some(Part::Responsible));
    let role = move || match part.get() {
        Some(Part::Consulted) => Some(t_string!(i18n, desk.part_consulted)),
        Some(Part::Guest) => Some(t_string!(i18n, desk.part_guest)),
        Some(Part::Listens) => Some(t_string!(i18n, desk.part_listens)),
        Some(Part::Whispers) => Some(t_string!(i18n, desk.part_whispers)),
        Some(Part::Responsible) | None => None,
    };
    view! {
        <div class="together">
            {move || role().map(|role| view! { <p class="part" data-testid="part">{role}</p> })}
            {move || ended.get().map(|ended| view! { <Ended ended /> })}
            <For each=move || sides.get() key=SideView::clone children=move |side| view! { <SideRow side /> } />
            <Show when=move || parties.with(|parties| !parties.is_empty())>
                <ul class="parties" aria-label=t!(i18n, desk.parties) data-testid="parties">
                    <For
                        each=move || parties.get()
                        key=PartyView::clone
                        children=move |party| view! { <PartyRow party leads /> }
                    />
                </ul>
                <LeaveButton />
            </Show>
            <Show when=move || leads.get()>
                <div class="row-actions">
                    <Reach />
                    <ParkButton />
                    <RecordingButton />
                    <Sounds />
                </div>
            </Show>
        </div>
    }
}

/// Why somebody is not there any more.
#[component]
fn Ended(ended: SideEnded) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || {
        let (name, locale) = (ended.with.clone(), i18n.get_locale());
        if ended.answered {
            t_string!(i18n, desk.side_left, name = name)
        } else {
            t_string!(i18n, desk.side_failed, name = name, why = text::cause(locale, ended.cause))
        }
    };
    view! { <p class="side-ended" role="alert" data-testid="side-ended">{words}</p> }
}

/// A call at the side and what can be done with it.
#[component]
fn SideRow(side: SideView) -> impl IntoView {
    let (actions, i18n) = (use_actions(), use_i18n());
    let (id, stage, purpose, front) = (side.side, side.stage, side.purpose, side.front);
    let name = side.with.clone();
    let title = move || match purpose {
        Purpose::Consult => t_string!(i18n, desk.consulting, name = name.clone()),
        Purpose::Transfer => t_string!(i18n, desk.transferring, name = name.clone()),
        Purpose::Invite => t_string!(i18n, desk.inviting, name = name.clone()),
    };
    let state = move || match (stage, front) {
        (SideStage::Queued, _) => t_string!(i18n, desk.side_queued),
        (SideStage::Ringing, _) => t_string!(i18n, desk.state_ringing),
        (SideStage::Talking, true) => t_string!(i18n, desk.side_front),
        (SideStage::Talking, false) => t_string!(i18n, desk.side_waits),
    };
    let act = move |action: CallAction| {
        move |_| {
            actions.call(action.clone());
        }
    };
    let consults = purpose == Purpose::Consult;
    let talks = stage == SideStage::Talking;
    view! {
        <section class="side-call" data-testid="side" data-stage=stage_name(stage) data-front=front.to_string()>
            <p>
                <b>{title}</b>
                " "
                <span class="muted" role="status">{state}</span>
                " "
                <Elapsed since=Signal::stored(side.since) />
            </p>
            <div class="row-actions">
                {(consults && talks)
                    .then(|| {
                        view! {
                            <button type="button" data-testid="side-toggle" on:click=act(CallAction::Toggle)>
                                <Glyph icon=Icon::Swap />
                                <span>
                                    {move || if front { t_string!(i18n, desk.to_customer) } else { t_string!(i18n, desk.to_side) }}
                                </span>
                            </button>
                            <button type="button" data-testid="side-join" on:click=act(CallAction::Join)>
                                <Glyph icon=Icon::People />
                                <span>{t!(i18n, desk.join)}</span>
                            </button>
                        }
                    })}
                {consults
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="primary"
                                data-testid="side-complete"
                                on:click=act(CallAction::Complete)
                            >
                                {t!(i18n, desk.complete)}
                            </button>
                        }
                    })}
                <button type="button" data-testid="side-cancel" on:click=act(CallAction::Cancel { side: id })>
                    {t!(i18n, desk.side_cancel)}
                </button>
            </div>
        </section>
    }
}

const fn stage_name(stage: SideStage) -> &'static str {
    match stage {
        SideStage::Queued => "queued",
        SideStage::Ringing => "ringing",
        SideStage::Talking => "talking",
    }
}

/// A party's name in the person's language.
pub fn party_name(locale: Locale, who: &PartyWho) -> String {
    match who {
        PartyWho::Customer => td_string!(locale, desk.customer).to_owned(),
        PartyWho::Agent { name, .. } => name.clone(),
        PartyWho::Outside { number } => number.to_string(),
    }
}

/// What a party is there for, if that needs a word.
pub fn party_mode(locale: Locale, party: &PartyView) -> Option<&'static str> {
    match (&party.who, party.mode, party.muted, party.silent) {
        (_, Mode::Listens, ..) => Some(td_string!(locale, desk.mode_listens)),
        (_, Mode::Whispers, ..) => Some(td_string!(locale, desk.mode_whispers)),
        (_, Mode::Talks, true, _) => Some(td_string!(locale, desk.mode_muted)),
        (_, Mode::Talks, false, true) => Some(td_string!(locale, desk.mode_silent)),
        (PartyWho::Agent { leads: true, .. }, Mode::Talks, false, false) => Some(td_string!(locale, desk.mode_leads)),
        (PartyWho::Customer | PartyWho::Agent { .. } | PartyWho::Outside { .. }, Mode::Talks, false, false) => None,
    }
}

#[component]
fn PartyRow(party: PartyView, leads: Memo<bool>) -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let leg = party.leg;
    let shown = StoredValue::new(party);
    let name = move || shown.with_value(|party| party_name(i18n.get_locale(), &party.who));
    let mode = move || shown.with_value(|party| party_mode(i18n.get_locale(), party));
    let me = desk.now(|desk| Some(desk.user));
    let (own, agent) = shown.with_value(|party| match &party.who {
        PartyWho::Agent { user, .. } => (me == Some(*user), Some(*user)),
        PartyWho::Customer | PartyWho::Outside { .. } => (false, None),
    });
    let (hushed, customer) = shown.with_value(|party| (party.hushed, party.who == PartyWho::Customer));
    view! {
        <li class="party" data-testid="party">
            <span class="party-name">{name}</span>
            <span class="muted">{mode}</span>
            <Show when=move || leads.get() && !own>
                <span class="row-actions">
                    <button
                        type="button"
                        class="small"
                        data-testid="party-hush"
                        aria-pressed=hushed.to_string()
                        aria-label=move || t_string!(i18n, desk.hush_name, name = name())
                        on:click=move |_| {
                            actions.call(CallAction::Hush { leg, on: !hushed });
                        }
                    >
                        <Glyph icon=if hushed { Icon::MicOff } else { Icon::Mic } />
                    </button>
                    {agent
                        .map(|user| {
                            view! {
                                <button
                                    type="button"
                                    class="small"
                                    data-testid="party-hand-over"
                                    on:click=move |_| {
                                        actions.call(CallAction::HandOver { user });
                                    }
                                >
                                    {t!(i18n, desk.hand_over)}
                                </button>
                            }
                        })}
                    {(!customer)
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="small danger"
                                    data-testid="party-kick"
                                    aria-label=move || t_string!(i18n, desk.kick_name, name = name())
                                    on:click=move |_| {
                                        actions.call(CallAction::Kick { leg });
                                    }
                                >
                                    {t!(i18n, desk.kick)}
                                </button>
                            }
                        })}
                </span>
            </Show>
        </li>
    }
}

/// Records, or lets the recording hold silence while a card number is said; how long it does counts down.
#[component]
fn RecordingButton() -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let contact = desk.contact();
    let now = Memo::new(move |_| {
        contact.with(|contact| {
            let contact = contact.as_ref().filter(|contact| contact.record_rule != RecordRule::Never);
            contact.map(|contact| (contact.recording, contact.paused_until))
        })
    });
    move || {
        let (records, paused) = now.get()?;
        let action = if records { CallAction::Pause { on: paused.is_none() } } else { CallAction::Record };
        let word = move || match (records, paused) {
            (false, _) => t_string!(i18n, desk.record),
            (true, None) => t_string!(i18n, desk.pause_recording),
            (true, Some(_)) => t_string!(i18n, desk.resume_recording),
        };
        Some(view! {
            <button
                type="button"
                data-testid="recording-control"
                data-paused=paused.is_some().to_string()
                on:click=move |_| {
                    actions.call(action.clone());
                }
            >
                <span>{word}</span>
                {paused.map(|until| view! { <Remaining until=Signal::stored(until) /> })}
            </button>
        })
    }
}

/// Leaves the customer with music for a colleague; not in a conference, which would lose its others.
#[component]
fn ParkButton() -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let contact = desk.contact();
    let alone = Memo::new(move |_| {
        contact.with(|it| it.as_ref().is_some_and(|it| it.parties.is_empty() && it.sides.is_empty()))
    });
    view! {
        <button
            type="button"
            data-testid="park"
            title=t!(i18n, desk.park_hint)
            disabled=move || !alone.get()
            on:click=move |_| {
                actions.call(CallAction::Park);
            }
        >
            {t!(i18n, desk.park)}
        </button>
    }
}

/// Leaves a conference; hanging up would end it for all, or for who does not lead is the same.
#[component]
fn LeaveButton() -> impl IntoView {
    let (actions, i18n) = (use_actions(), use_i18n());
    view! {
        <button
            type="button"
            data-testid="leave"
            title=t!(i18n, desk.leave_hint)
            on:click=move |_| {
                actions.call(CallAction::Leave);
            }
        >
            <Glyph icon=Icon::Leave />
            <span>{t!(i18n, desk.leave)}</span>
        </button>
    }
}
