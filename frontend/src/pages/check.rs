//! Device check: microphone, speaker, network, each in words. Best looked at a minute before the shift.

use crate::components::form::{Field, Tick};
use crate::desk::phone::use_phone;
use crate::desk::ring::RingTone;
use crate::desk::store::{Stage, use_desk};
use crate::pages::desk::trouble::mic_error;
use crate::prefs;
use crate::session::use_session;
use crate::text::*;
use gloo_timers::callback::Interval;
use hark_shared::perms::Permission;
use hark_voice::line::Line;
use hark_voice::meter::Meter;
use hark_voice::mic::{self, Device, Mic, MicError};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How often the level is read: quick enough to follow syllables.
const LEVEL_MS: u32 = 80;
/// A level that speech reaches and a quiet room does not: 40 dB below full scale.
const SPEECH: f64 = 0.33;

/// The page.
#[component]
pub fn CheckPage() -> impl IntoView {
    let i18n = use_i18n();
    let devices = RwSignal::new(Vec::<Device>::new());
    let look = move || {
        spawn_local(async move {
            let found = mic::devices().await;
            // The page may be gone by now.
            let _ = devices.try_set(found);
        });
    };
    look();
    view! {
        <div class="page">
            <h1>{t!(i18n, check.title)}</h1>
            <p class="muted">{t!(i18n, check.lead)}</p>
            <div class="checks">
                <Microphone devices look=Callback::new(move |()| look()) />
                <SpeakerCheck devices />
                <Network />
            </div>
        </div>
    }
}

/// A microphone that is tested; dropped when the page is left.
struct Probe {
    _mic: Mic,
    _meter: Interval,
}

#[component]
fn Microphone(devices: RwSignal<Vec<Device>>, look: Callback<()>) -> impl IntoView {
    let (phone, i18n) = (use_phone(), use_i18n());
    let probe = StoredValue::new_local(None::<Probe>);
    let running = RwSignal::new(false);
    let error = RwSignal::new(None::<MicError>);
    let (level, heard) = (RwSignal::new(0.0_f64), RwSignal::new(false));
    let stop = move || {
        probe.set_value(None);
        running.set(false);
        level.set(0.0);
    };
    let start = move || {
        heard.set(false);
        error.set(None);
        spawn_local(async move {
            match Mic::open(prefs::microphone().as_deref(), stop).await {
                Ok(mic) => {
                    let Some(meter) = Meter::new(mic.stream()) else { return };
                    let read = Interval::new(LEVEL_MS, move || {
                        let now = meter.level();
                        level.set(now);
                        heard.update(|heard| *heard |= now > SPEECH);
                    });
                    probe.set_value(Some(Probe { _mic: mic, _meter: read }));
                    running.set(true);
                    look.run(());
                }
                Err(failed) => error.set(Some(failed)),
            }
        });
    };
    let choose = move |id: String| {
        phone.change_microphone(&id);
        if running.get_untracked() {
            stop();
            start();
        }
    };
    let word = move || match (error.get(), running.get(), heard.get()) {
        (Some(error), ..) => mic_error(i18n.get_locale(), error),
        (None, _, true) => t_string!(i18n, check.heard),
        (None, true, false) => t_string!(i18n, check.silent),
        (None, false, false) => t_string!(i18n, check.speak),
    };
    let processing = RwSignal::new(mic::processing());
    Effect::new(move |_| mic::set_processing(processing.get()));
    view! {
        <section class="card">
            <h2>{t!(i18n, check.microphone)}</h2>
            <DevicePick
                label=t_label!(i18n, check.device)
                devices
                output=false
                chosen=prefs::microphone()
                choose=Callback::new(choose)
            />
            <meter
                min="0"
                max="1"
                low="0.33"
                high="0.95"
                optimum="0.6"
                aria-label=t!(i18n, check.level)
                prop:value=level
                data-testid="mic-level"
            >
                {move || format!("{:.0} %", level.get() * 100.0)}
            </meter>
            <p role="status" data-testid="mic-word">{word}</p>
            <button
                type="button"
                data-testid="mic-test"
                on:click=move |_| if running.get_untracked() { stop() } else { start() }
            >
                {move || if running.get() { t_string!(i18n, check.stop) } else { t_string!(i18n, check.start) }}
            </button>
            <Tick label=t_label!(i18n, check.processing) value=processing />
        </section>
    }
}

#[component]
fn SpeakerCheck(devices: RwSignal<Vec<Device>>) -> impl IntoView {
    let (phone, tone, i18n) = (use_phone(), expect_context::<RingTone>(), use_i18n());
    view! {
        <section class="card">
            <h2>{t!(i18n, check.speaker)}</h2>
            <DevicePick
                label=t_label!(i18n, check.device)
                devices
                output=true
                chosen=prefs::speaker()
                choose=Callback::new(move |id| phone.change_speaker(id))
            />
            <p>{t!(i18n, check.play_hint)}</p>
            <button type="button" data-testid="speaker-test" on:click=move |_| tone.chime()>
                {t!(i18n, check.play)}
            </button>
        </section>
    }
}

#[component]
fn DevicePick(
    #[prop(into)] label: Signal<String>,
    devices: RwSignal<Vec<Device>>,
    output: bool,
    chosen: Option<String>,
    choose: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = StoredValue::new(chosen.unwrap_or_default());
    let options = move || {
        let mine = devices.get().into_iter().filter(|device| device.output == output && device.id != "default");
        mine.map(|device| {
            let selected = chosen.with_value(|chosen| *chosen == device.id);
            view! { <option value=device.id selected=selected>{device.label}</option> }
        })
        .collect_view()
    };
    view! {
        <Field label>
            <select on:change:target=move |event| choose.run(event.target().value())>
                <option value="">{t!(i18n, check.default_device)}</option>
                {options}
            </select>
        </Field>
    }
}

#[component]
fn Network() -> impl IntoView {
    let (desk, phone, session, i18n) = (use_desk(), use_phone(), use_session(), use_i18n());
    let has_desk = session.may_now(Permission::TakeContacts);
    let server = move || match (desk.stage(), desk.round_trip()) {
        (Stage::Live, Some(ms)) => t_string!(i18n, check.server_ok, ms = format!("{ms:.0}")),
        (Stage::Live | Stage::Connecting, _) => t_string!(i18n, check.server_connecting).to_string(),
        (Stage::Waiting | Stage::Off | Stage::Over(_), _) => t_string!(i18n, check.server_waiting).to_string(),
    };
    let line = move || match phone.line() {
        Line::Up => t_string!(i18n, check.line_up),
        Line::Offering(_) | Line::Checking(_) => t_string!(i18n, check.line_trying),
        Line::Unsteady => t_string!(i18n, check.line_unsteady),
        Line::Closed => t_string!(i18n, check.line_closed),
    };
    let verdict = move || (phone.line() == Line::Up && desk.stage() == Stage::Live).to_string();
    view! {
        <section class="card">
            <h2>{t!(i18n, check.network)}</h2>
            {if has_desk {
                view! {
                    <p role="status" data-testid="server-word">{server}</p>
                    <p class="verdict" role="status" data-testid="line-word" data-good=verdict>{line}</p>
                }
                .into_any()
            } else {
                view! { <p>{t!(i18n, check.no_desk)}</p> }.into_any()
            }}
        </section>
    }
}
