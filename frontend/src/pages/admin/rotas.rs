//! Duty rotas: who is called on which telephone when nobody is at a desk.

use super::calendars::weekday;
use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::components::form::TextField;
use crate::text::*;
use hark_shared::duty::{DutyDay, OnDuty, Rota, Turn};
use hark_shared::hours::{Date, Minute, Weekday};
use hark_shared::ids::RotaId;
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::WireError;
use leptos::prelude::*;
use uuid::Uuid;

/// The list.
#[component]
pub fn Rotas() -> impl IntoView {
    let i18n = use_i18n();
    let rotas = Resource::<Rota>::load("rotas");
    let cells = move |rota: Rota| {
        let first = rota.turns.first().map(|turn| write(&turn.people)).unwrap_or_default();
        view! {
            <td>{rota.name}</td>
            <td>{rota.zone}</td>
            <td>{rota.turns.len()}</td>
            <td>{first}</td>
        }
        .into_any()
    };
    let form = move |rota, close| view! { <Form rota rotas close /> }.into_any();
    view! {
        <Entries
            entries=rotas
            about=t_label!(i18n, admin.rotas_about)
            caption=t_label!(i18n, admin.rotas)
            heads=[t_label!(i18n, admin.name), t_label!(i18n, admin.zone), t_label!(i18n, admin.turns), t_label!(i18n, admin.on_duty)]
            name=|rota: &Rota| rota.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.rotas_none)
        />
    }
}

/// People as a line: `Ann 13900000001, Bo 13900000002`.
fn write(people: &[OnDuty]) -> String {
    people.iter().map(|one| format!("{} {}", one.name, one.number)).collect::<Vec<_>>().join(", ")
}

/// Reads what [`write`] wrote; commas may be Chinese ones.
fn read(text: &str) -> Result<Vec<OnDuty>, WireError> {
    let wrong = |part: &str| WireError::new("invalid.people").with("text", part);
    let parts = text.split([',', '，', '、', ';', '；']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, number) = part.rsplit_once(char::is_whitespace).ok_or_else(|| wrong(part))?;
            let number = PhoneNumber::parse(number).map_err(|_| wrong(part))?;
            Ok(OnDuty { name: name.trim().to_owned(), number })
        })
        .collect()
}

/// A turn or a day in the form. The number tells rows apart while they are typed.
#[derive(Clone, Copy)]
struct TurnFields {
    row: usize,
    weekdays: [RwSignal<bool>; 7],
    from: RwSignal<String>,
    to: RwSignal<String>,
    people: RwSignal<String>,
}

#[derive(Clone, Copy)]
struct DayFields {
    row: usize,
    date: RwSignal<String>,
    people: RwSignal<String>,
}

impl TurnFields {
    fn of(row: usize, turn: &Turn) -> Self {
        Self {
            row,
            weekdays: Weekday::ALL.map(|day| RwSignal::new(turn.weekdays.contains(&day))),
            from: RwSignal::new(turn.from.to_string()),
            to: RwSignal::new(turn.to.to_string()),
            people: RwSignal::new(write(&turn.people)),
        }
    }

    fn turn(self) -> Result<Turn, WireError> {
        let minute = |text: RwSignal<String>| {
            let text = text.get_untracked();
            Minute::parse(text.trim()).map_err(|_| WireError::new("invalid.hours").with("text", text))
        };
        let on = Weekday::ALL.into_iter().filter(|day| self.weekdays[day.index()].get_untracked());
        Ok(Turn {
            weekdays: on.collect(),
            from: minute(self.from)?,
            to: minute(self.to)?,
            people: read(&self.people.get_untracked())?,
        })
    }
}

impl DayFields {
    fn day(self) -> Result<DutyDay, WireError> {
        let date = self.date.get_untracked();
        let date = Date::parse(&date).map_err(|_| WireError::new("invalid.date").with("text", date))?;
        Ok(DutyDay { date, people: read(&self.people.get_untracked())? })
    }
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Fields {
    id: RotaId,
    name: RwSignal<String>,
    zone: RwSignal<String>,
    turns: RwSignal<Vec<TurnFields>>,
    days: RwSignal<Vec<DayFields>>,
    rows: RwSignal<usize>,
}

/// A night, as a new turn begins.
fn night() -> Turn {
    let minute = |text| Minute::parse(text).expect("a time of day");
    Turn { weekdays: Weekday::ALL.to_vec(), from: minute("18:00"), to: minute("08:00"), people: vec![] }
}

impl Fields {
    fn of(rota: Option<Rota>) -> Self {
        let rota = rota.unwrap_or_else(|| Rota {
            id: RotaId(Uuid::new_v4()),
            name: String::new(),
            zone: "Asia/Shanghai".to_owned(),
            turns: vec![night()],
            days: vec![],
        });
        let day = |(row, day): (usize, &DutyDay)| DayFields {
            row,
            date: RwSignal::new(day.date.to_string()),
            people: RwSignal::new(write(&day.people)),
        };
        Self {
            id: rota.id,
            name: RwSignal::new(rota.name),
            zone: RwSignal::new(rota.zone),
            turns: RwSignal::new(rota.turns.iter().enumerate().map(|(row, turn)| TurnFields::of(row, turn)).collect()),
            days: RwSignal::new(rota.days.iter().enumerate().map(day).collect()),
            rows: RwSignal::new(rota.turns.len().max(rota.days.len())),
        }
    }

    fn row(self) -> usize {
        let row = self.rows.get_untracked();
        self.rows.set(row + 1);
        row
    }

    fn rota(self) -> Result<Rota, WireError> {
        let turns = self.turns.get_untracked().into_iter().map(TurnFields::turn).collect::<Result<_, _>>()?;
        let mut days = self.days.get_untracked().into_iter().map(DayFields::day).collect::<Result<Vec<_>, _>>()?;
        days.sort_by_key(|day| day.date);
        Ok(Rota {
            id: self.id,
            name: self.name.get_untracked().trim().to_owned(),
            zone: self.zone.get_untracked().trim().to_owned(),
            turns,
            days,
        })
    }
}

#[component]
fn Form(rota: Option<Rota>, rotas: Resource<Rota>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let new = rota.is_none();
    let fields = Fields::of(rota);
    let add_turn = move |_| {
        let row = fields.row();
        fields.turns.update(|turns| turns.push(TurnFields::of(row, &night())));
    };
    let add_day = move |_| {
        let fresh =
            DayFields { row: fields.row(), date: RwSignal::new(String::new()), people: RwSignal::new(String::new()) };
        fields.days.update(|days| days.push(fresh));
    };
    view! {
        <EntryForm what=t_label!(i18n, admin.rota) entries=rotas id=(!new).then(|| fields.id.to_string()) body=move || fields.rota() close>
            <TextField label=t_label!(i18n, admin.name) value=fields.name testid="rota-name" required=true />
            <TextField label=t_label!(i18n, admin.zone) hint=t_label!(i18n, admin.zone_hint) value=fields.zone />
            <fieldset class="special-days">
                <legend>{t!(i18n, admin.turns)}</legend>
                <p class="field-hint">{t!(i18n, admin.turns_hint)}</p>
                <For each=move || fields.turns.get() key=|turn| turn.row children=move |turn| view! { <TurnRow turn fields /> } />
                <button type="button" data-testid="add-turn" on:click=add_turn>{t!(i18n, admin.add_turn)}</button>
            </fieldset>
            <fieldset class="special-days">
                <legend>{t!(i18n, admin.special_days)}</legend>
                <For each=move || fields.days.get() key=|day| day.row children=move |day| view! { <DayRow day fields /> } />
                <button type="button" data-testid="add-day" on:click=add_day>{t!(i18n, admin.add_day)}</button>
            </fieldset>
        </EntryForm>
    }
}

#[component]
fn TurnRow(turn: TurnFields, fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    let ticks = Weekday::ALL.map(|day| {
        let on = turn.weekdays[day.index()];
        view! {
            <label class="tick">
                <input type="checkbox" prop:checked=on on:change:target=move |event| on.set(event.target().checked()) />
                <span>{move || weekday(i18n.get_locale(), day)}</span>
            </label>
        }
    });
    view! {
        <div class="turn" role="group">
            <div class="ticks">{ticks.collect_view()}</div>
            <div class="turn-hours">
                <TextField label=t_label!(i18n, admin.turn_from) value=turn.from />
                <TextField label=t_label!(i18n, admin.turn_to) value=turn.to />
            </div>
            <TextField label=t_label!(i18n, admin.on_duty) hint=t_label!(i18n, admin.people_hint) value=turn.people testid="turn-people" />
            <button type="button" class="quiet" on:click=move |_| fields.turns.update(|turns| turns.retain(|other| other.row != turn.row))>
                {t!(i18n, common.remove)}
            </button>
        </div>
    }
}

#[component]
fn DayRow(day: DayFields, fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="special-day" role="group">
            <input type="date" required=true aria-label=t!(i18n, admin.date) prop:value=day.date
                on:input:target=move |event| day.date.set(event.target().value()) />
            <input type="text" aria-label=t!(i18n, admin.on_duty) placeholder=t!(i18n, admin.on_duty) prop:value=day.people
                on:input:target=move |event| day.people.set(event.target().value()) />
            <button type="button" class="quiet" on:click=move |_| fields.days.update(|days| days.retain(|other| other.row != day.row))>
                {t!(i18n, common.remove)}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn people_are_read_as_they_are_written() {
        let people = read("Ann Li 13900000001，王 13900000002").unwrap();
        assert_eq!(write(&people), "Ann Li 13900000001, 王 13900000002");
        assert_eq!(read(" "), Ok(vec![]));
        for bad in ["13900000001", "Ann", "Ann x1"] {
            assert_eq!(read(bad).unwrap_err().values["text"], bad);
        }
    }
}
