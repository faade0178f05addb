//! The contact at hand: the customer beside the form that becomes the wrap-up.
//!
//! One form from the first word to the end of wrap-up, so nothing is typed twice. It belongs to the contact's id: what
//! is typed here wins over the server's echo of it, and a reloaded page starts from the server's last copy.

use crate::components::controls::Remaining;
use crate::components::form::Field;
use crate::components::icon::{Glyph, Icon};
use crate::desk::keys::{self, KeyAction};
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::pages::desk::identified::Verification;
use crate::pages::desk::party::{CustomerStory, ViaLine, number_beside, who};
use crate::pages::desk::together::{Earlier, Together};
use crate::text::{self, *};
use gloo_timers::callback::Timeout;
use hark_shared::ids::{ContactId, DispositionId};
use hark_shared::time::Timestamp;
use hark_shared::wire::desk::{ContactPhase, WrapUpForm};
use hark_shared::wire::parties::Part;
use hark_shared::wire::routing::WrapUpMode;
use leptos::prelude::*;

/// A pause in typing after which the draft is saved.
const SAVE_AFTER_MS: u32 = 500;
/// See [`WrapUpForm::notes`].
const MAX_NOTES: &str = "4000";

/// Customer and form.
#[component]
pub fn ContactPanel(
    /// Which.
    id: ContactId,
) -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let contact = desk.contact();
    let party = Memo::new(move |_| contact.with(|contact| contact.as_ref().map(|contact| contact.party.clone())));
    let has_form = Memo::new(move |_| {
        contact.with(|contact| match contact.as_ref().map(|contact| contact.part) {
            Some(Part::Responsible | Part::Consulted) | None => true,
            Some(Part::Guest | Part::Listens | Part::Whispers) => false,
        })
    });
    view! {
        <div class="contact-panel">
            <section class="card" aria-label=t!(i18n, desk.customer)>
                {move || {
                    party
                        .get()
                        .map(|party| {
                            let vip = party.card.as_ref().is_some_and(|card| card.vip);
                            view! {
                                <h2>
                                    {who(i18n.get_locale(), &party)} {vip.then(|| view! { <span class="vip">"VIP"</span> })}
                                </h2>
                                {number_beside(&party).map(|number| view! { <p class="number">{number}</p> })}
                                <ViaLine via=party.via />
                                <CustomerStory card=party.card />
                            }
                        })
                }}
                <Verification />
                <Earlier />
                <Together />
            </section>
            // Who only takes part has nothing to fill in.
            <Show when=move || has_form.get()>
                <FormCard id />
            </Show>
        </div>
    }
}

#[component]
fn FormCard(id: ContactId) -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let start = desk.now(|desk| desk.contact.as_ref().map(|contact| contact.form.clone())).unwrap_or_default();
    let form = RwSignal::new(start);
    let save = StoredValue::new_local(None::<Timeout>);
    let change = move |edit: &dyn Fn(&mut WrapUpForm)| {
        form.update(|form| edit(form));
        let later = Timeout::new(SAVE_AFTER_MS, move || actions.note(id, form.get_untracked()));
        save.set_value(Some(later));
    };
    // A change of page must not lose the last words.
    on_cleanup(move || {
        if save.try_update_value(Option::take).flatten().is_some()
            && let Some(form) = form.try_get_untracked()
        {
            actions.note(id, form);
        }
    });
    let finish = move || {
        save.set_value(None);
        actions.finish_with(|_| form.get_untracked());
    };
    view! {
        <section class="card form-card" aria-label=t!(i18n, desk.this_contact)>
            <WrapUpHead />
            <Dispositions form change=Callback::new(move |id| change(&move |form| form.disposition = id)) />
            <Solved form change=Callback::new(move |solved| change(&move |form| form.solved = solved)) />
            <Field label=t_label!(i18n, desk.notes)>
                <textarea
                    data-testid="wrap-up-notes"
                    rows="5"
                    maxlength=MAX_NOTES
                    placeholder=t!(i18n, desk.notes_hint)
                    prop:value=move || form.with(|form| form.notes.clone())
                    on:input:target=move |event| {
                        let text = event.target().value();
                        change(&move |form| form.notes.clone_from(&text));
                    }
                    on:keydown=move |event| {
                        if event.key() == "Enter" && event.ctrl_key() && !event.is_composing() {
                            event.prevent_default();
                            event.stop_propagation();
                            finish();
                        }
                    }
                ></textarea>
            </Field>
            <Finish finish=Callback::new(move |()| finish()) />
        </section>
    }
}

/// What is due, and until when.
#[component]
fn WrapUpHead() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let (until, mode) = (wrap_up_until(), wrap_up_mode());
    let contact = desk.contact();
    let cause = Memo::new(move |_| {
        contact.with(|contact| match contact.as_ref().map(|contact| contact.phase) {
            Some(ContactPhase::WrapUp { cause, .. }) => Some(cause),
            _ => None,
        })
    });
    view! {
        <div class="form-head" role="status">
            <h2>
                {move || {
                    if cause.get().is_some() { t_string!(i18n, desk.state_wrap_up) } else { t_string!(i18n, desk.this_contact) }
                }}
            </h2>
            {move || cause.get().map(|cause| view! { <span class="muted">{text::cause(i18n.get_locale(), cause)}</span> })}
            {move || {
                until
                    .get()
                    .map(|until| match mode.get() {
                        WrapUpMode::MustClassify => {
                            view! {
                                <span class="wrap-up-left" data-testid="wrap-up-must">{t!(i18n, desk.must_classify)}</span>
                            }
                                .into_any()
                        }
                        WrapUpMode::None | WrapUpMode::Optional | WrapUpMode::Timed => {
                            view! {
                                <span class="wrap-up-left">
                                    {t!(i18n, desk.ends_in)} " " <Remaining until=Signal::stored(until) />
                                </span>
                            }
                                .into_any()
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn Dispositions(form: RwSignal<WrapUpForm>, change: Callback<Option<DispositionId>>) -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let dispositions = desk.dispositions();
    view! {
        <Field label=t_label!(i18n, desk.disposition)>
            <select
                data-testid="wrap-up-disposition"
                on:change:target=move |event| change.run(event.target().value().parse().ok())
            >
                <option value="" selected=move || form.with(|form| form.disposition.is_none())>
                    {t!(i18n, desk.disposition_none)}
                </option>
                <For
                    each=move || dispositions.get()
                    key=|disposition| disposition.id
                    children=move |disposition| {
                        let id = disposition.id;
                        view! {
                            <option
                                value=id.to_string()
                                selected=move || form.with(|form| form.disposition == Some(id))
                            >
                                {move || text::disposition(i18n.get_locale(), &disposition)}
                            </option>
                        }
                    }
                />
            </select>
        </Field>
    }
}

/// Solved, not solved, not said.
#[component]
fn Solved(form: RwSignal<WrapUpForm>, change: Callback<Option<bool>>) -> impl IntoView {
    let i18n = use_i18n();
    let pressed = move |answer: bool| form.with(|form| form.solved == Some(answer));
    // A second click takes the answer back.
    let toggle = move |answer: bool| change.run((!pressed(answer)).then_some(answer));
    view! {
        <div class="field" role="group" aria-label=t!(i18n, desk.solved)>
            <span class="field-label">{t!(i18n, desk.solved)}</span>
            <div class="segmented">
                <button
                    type="button"
                    data-testid="wrap-up-solved"
                    aria-pressed=move || pressed(true).to_string()
                    on:click=move |_| toggle(true)
                >
                    {t!(i18n, common.yes)}
                </button>
                <button
                    type="button"
                    data-testid="wrap-up-unsolved"
                    aria-pressed=move || pressed(false).to_string()
                    on:click=move |_| toggle(false)
                >
                    {t!(i18n, common.no)}
                </button>
            </div>
        </div>
    }
}

/// One key ends it. Before wrap-up there is nothing to finish.
#[component]
fn Finish(finish: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let (until, mode) = (wrap_up_until(), wrap_up_mode());
    // A wrap-up that takes its whole time ends by itself.
    view! {
        <Show when=move || until.get().is_some() && mode.get() != WrapUpMode::Timed>
            <button type="button" class="primary" data-testid="wrap-up-finish" on:click=move |_| finish.run(())>
                <Glyph icon=Icon::Done />
                <span>{t!(i18n, desk.finish)}</span>
                <kbd aria-hidden="true">{keys::label(KeyAction::Finish)}</kbd>
            </button>
        </Show>
    }
}

fn wrap_up_mode() -> Memo<WrapUpMode> {
    let contact = use_desk().contact();
    Memo::new(move |_| contact.with(|contact| contact.as_ref().map(|contact| contact.wrap_up).unwrap_or_default()))
}

fn wrap_up_until() -> Memo<Option<Timestamp>> {
    let contact = use_desk().contact();
    Memo::new(move |_| {
        contact.with(|contact| match contact.as_ref().map(|contact| contact.phase) {
            Some(ContactPhase::WrapUp { until, .. }) => Some(until),
            _ => None,
        })
    })
}
