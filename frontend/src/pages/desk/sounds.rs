//! Plays a recorded sentence to the customer, alone or to everybody.

use crate::components::icon::{Glyph, Icon};
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::text::*;
use hark_shared::wire::control::Audience;
use hark_shared::wire::parties::CallAction;
use leptos::prelude::*;

/// A choice of sounds, or what plays and the way to stop it.
#[component]
pub fn Sounds() -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let contact = desk.contact();
    let sounds = Memo::new(move |_| contact.with(|it| it.as_ref().map(|it| it.sounds.clone()).unwrap_or_default()));
    let playing = Memo::new(move |_| contact.with(|it| it.as_ref().and_then(|it| it.playing.clone())));
    let everybody = RwSignal::new(true);
    let choose = move |event: leptos::ev::Targeted<web_sys::Event, web_sys::HtmlSelectElement>| {
        let sound = event.target().value();
        event.target().set_value("");
        if !sound.is_empty() {
            let to = if everybody.get_untracked() { Audience::Everybody } else { Audience::Customer };
            actions.call(CallAction::Play { sound, to });
        }
    };
    let stop = move || {
        view! {
            <button
                type="button"
                data-testid="stop-playing"
                on:click=move |_| {
                    actions.call(CallAction::StopPlaying);
                }
            >
                <Glyph icon=Icon::Hold />
                <span>{move || t_string!(i18n, desk.stop_sound, name = name_of(&playing.get().unwrap_or_default()))}</span>
            </button>
        }
    };
    view! {
        <Show when=move || sounds.with(|sounds| !sounds.is_empty())>
            <Show when=move || playing.with(Option::is_none) fallback=stop>
                <span class="play-sound">
                    <select
                        class="small"
                        data-testid="play-sound"
                        aria-label=t!(i18n, desk.play_sound)
                        on:change:target=choose
                    >
                        <option value="">{t!(i18n, desk.play_sound)}</option>
                        {move || {
                            let option = |sound: String| {
                                let name = name_of(&sound);
                                view! { <option value=sound>{name}</option> }
                            };
                            sounds.get().into_iter().map(option).collect_view()
                        }}
                    </select>
                    <label class="small">
                        <input
                            type="checkbox"
                            data-testid="play-to-both"
                            prop:checked=everybody
                            on:change:target=move |event| everybody.set(event.target().checked())
                        />
                        {t!(i18n, desk.play_to_both)}
                    </label>
                </span>
            </Show>
        </Show>
    }
}

/// A sound's name without the language's folder.
fn name_of(sound: &str) -> String {
    sound.split_once('/').map_or(sound, |(_, name)| name).to_owned()
}
