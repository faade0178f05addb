//! Meeting rooms: their numbers, PINs and rules. A PIN is written here and never read back.

use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::components::form::{Field, TextField, Tick};
use crate::text::*;
use hark_shared::ids::MeetingRoomId;
use hark_shared::meeting::{LONGEST, MOST_PARTIES, MeetingNumber, MeetingRoom, SHORTEST};
use hark_shared::wire::WireError;
use hark_shared::wire::meetings::{MeetingRoomChange, MeetingRoomView, PinChange};
use leptos::prelude::*;
use uuid::Uuid;

/// The list.
#[component]
pub fn MeetingRooms() -> impl IntoView {
    let i18n = use_i18n();
    let rooms = Resource::<MeetingRoomView>::load("meeting-rooms");
    let cells = move |view: MeetingRoomView| {
        let (room, has_moderator) = (view.room, view.has_moderator_pin);
        let yes = move |on: bool| move || if on { t_string!(i18n, common.yes) } else { t_string!(i18n, common.no) };
        view! {
            <td>{room.name}</td>
            <td>{room.number.as_str().to_owned()}</td>
            <td>{room.most}</td>
            <td>{yes(has_moderator)}</td>
            <td>{yes(room.recorded)}</td>
        }
        .into_any()
    };
    let form = move |room, close| view! { <Form room rooms close /> }.into_any();
    let heads = [
        t_label!(i18n, admin.name),
        t_label!(i18n, admin.number),
        t_label!(i18n, admin.meeting_most),
        t_label!(i18n, admin.meeting_moderator),
        t_label!(i18n, admin.meeting_recorded),
    ];
    view! {
        <Entries
            entries=rooms
            about=t_label!(i18n, admin.meeting_rooms_about)
            caption=t_label!(i18n, admin.meeting_rooms)
            heads
            name=|view: &MeetingRoomView| view.room.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.meeting_rooms_none)
        />
        <p class="muted">{t!(i18n, admin.meeting_keys)}</p>
    }
}

/// What becomes of a PIN, as the form asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pin {
    Keep,
    Set,
    Remove,
}

impl Pin {
    const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Set => "set",
            Self::Remove => "remove",
        }
    }

    fn of(word: &str) -> Self {
        [Self::Set, Self::Remove].into_iter().find(|pin| pin.word() == word).unwrap_or(Self::Keep)
    }
}

/// One PIN in the form.
#[derive(Clone, Copy)]
struct PinFields {
    what: RwSignal<Pin>,
    digits: RwSignal<String>,
}

impl PinFields {
    fn new(what: Pin) -> Self {
        Self { what: RwSignal::new(what), digits: RwSignal::new(String::new()) }
    }

    fn change(self) -> PinChange {
        match self.what.get_untracked() {
            Pin::Keep => PinChange::Keep,
            Pin::Set => PinChange::Set { pin: self.digits.get_untracked().trim().to_owned() },
            Pin::Remove => PinChange::Remove,
        }
    }
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Fields {
    id: MeetingRoomId,
    name: RwSignal<String>,
    number: RwSignal<String>,
    most: RwSignal<String>,
    recorded: RwSignal<bool>,
    waits: RwSignal<bool>,
    music: RwSignal<String>,
    tones: RwSignal<bool>,
    ends_after: RwSignal<String>,
    pin: PinFields,
    moderator_pin: PinFields,
}

impl Fields {
    fn of(room: Option<MeetingRoom>) -> Self {
        let new = room.is_none();
        let number = room.as_ref().map(|room| room.number.as_str().to_owned());
        let most = room.as_ref().map_or(MOST_PARTIES, |room| room.most);
        let music = room.as_ref().map_or_else(|| "music/calm".to_owned(), |room| room.music.clone());
        let ends = room.as_ref().and_then(|room| room.ends_after);
        let tick = |of: fn(&MeetingRoom) -> bool, fresh: bool| RwSignal::new(room.as_ref().map_or(fresh, of));
        Self {
            id: room.as_ref().map_or_else(|| MeetingRoomId(Uuid::new_v4()), |room| room.id),
            name: RwSignal::new(room.as_ref().map(|room| room.name.clone()).unwrap_or_default()),
            number: RwSignal::new(number.unwrap_or_default()),
            most: RwSignal::new(most.to_string()),
            recorded: tick(|room| room.recorded, false),
            waits: tick(|room| room.waits, false),
            music: RwSignal::new(music),
            tones: tick(|room| room.tones, true),
            ends_after: RwSignal::new(ends.map(|minutes| minutes.to_string()).unwrap_or_default()),
            pin: PinFields::new(if new { Pin::Set } else { Pin::Keep }),
            moderator_pin: PinFields::new(Pin::Keep),
        }
    }

    fn body(self) -> Result<MeetingRoomChange, WireError> {
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let digits = || WireError::new("invalid.digits").with("min", SHORTEST).with("max", LONGEST);
        let number = MeetingNumber::new(&text(self.number)).map_err(|_| digits().with("field", "number"))?;
        let ends = text(self.ends_after);
        Ok(MeetingRoomChange {
            room: MeetingRoom {
                id: self.id,
                name: text(self.name),
                number,
                // What is no number becomes one that the server refuses, with the limits.
                most: text(self.most).parse().unwrap_or(0),
                recorded: self.recorded.get_untracked(),
                waits: self.waits.get_untracked(),
                music: text(self.music),
                tones: self.tones.get_untracked(),
                ends_after: (!ends.is_empty()).then(|| ends.parse().unwrap_or(0)),
            },
            pin: self.pin.change(),
            moderator_pin: self.moderator_pin.change(),
        })
    }
}

#[component]
fn Form(room: Option<MeetingRoomView>, rooms: Resource<MeetingRoomView>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let new = room.is_none();
    let has_moderator = room.as_ref().is_some_and(|room| room.has_moderator_pin);
    let fields = Fields::of(room.map(|view| view.room));
    view! {
        <EntryForm
            what=t_label!(i18n, admin.meeting_room)
            entries=rooms
            id=(!new).then(|| fields.id.to_string())
            body=move || fields.body()
            close
        >
            <TextField label=t_label!(i18n, admin.name) value=fields.name testid="room-name" required=true />
            <TextField
                label=t_label!(i18n, admin.meeting_number)
                hint=t_label!(i18n, admin.meeting_digits_hint)
                value=fields.number
                testid="room-number"
                required=true
            />
            <PinField label=t_label!(i18n, admin.meeting_pin) pin=fields.pin there=!new may_go=false testid="room-pin" />
            <PinField
                label=t_label!(i18n, admin.meeting_moderator_pin)
                pin=fields.moderator_pin
                there=has_moderator
                may_go=true
                testid="room-moderator-pin"
            />
            <TextField label=t_label!(i18n, admin.meeting_most) value=fields.most kind="number" testid="room-most" />
            <Tick label=t_label!(i18n, admin.meeting_recorded_hint) value=fields.recorded />
            <Tick label=t_label!(i18n, admin.meeting_waits) value=fields.waits testid="room-waits" />
            <TextField label=t_label!(i18n, admin.music) hint=t_label!(i18n, admin.meeting_music_hint) value=fields.music />
            <Tick label=t_label!(i18n, admin.meeting_tones) value=fields.tones />
            <TextField
                label=t_label!(i18n, admin.meeting_ends_after)
                hint=t_label!(i18n, admin.meeting_ends_after_hint)
                value=fields.ends_after
                kind="number"
                testid="room-ends-after"
            />
        </EntryForm>
    }
}

/// A PIN: what becomes of it, and its digits if it is set.
#[component]
fn PinField(
    #[prop(into)] label: Signal<String>,
    pin: PinFields,
    /// Whether there is one already.
    there: bool,
    /// Whether there may be none.
    may_go: bool,
    testid: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let option = move |what: Pin, word: Signal<String>| {
        view! { <option value=what.word() selected=move || pin.what.get() == what>{word}</option> }
    };
    let keep: Signal<String> = if there { t_label!(i18n, admin.pin_keep) } else { t_label!(i18n, admin.pin_none) };
    let set: Signal<String> = if there { t_label!(i18n, admin.pin_change) } else { t_label!(i18n, admin.pin_set) };
    // Whoever must have one has one, or sets it now.
    let keeps = there || may_go;
    view! {
        <Field label hint=t_label!(i18n, admin.meeting_digits_hint)>
            <select
                data-testid=format!("{testid}-what")
                on:change:target=move |event| pin.what.set(Pin::of(&event.target().value()))
            >
                {keeps.then(|| option(Pin::Keep, keep))}
                {option(Pin::Set, set)}
                {(there && may_go).then(|| option(Pin::Remove, t_label!(i18n, admin.pin_remove)))}
            </select>
            <input
                type="password"
                inputmode="numeric"
                autocomplete="new-password"
                data-testid=testid
                aria-label=label
                hidden=move || pin.what.get() != Pin::Set
                prop:value=pin.digits
                on:input:target=move |event| pin.digits.set(event.target().value())
            />
        </Field>
    }
}
