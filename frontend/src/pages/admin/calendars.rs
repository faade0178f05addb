//! Calendars: the hours of each weekday, days that differ, and the switch for an emergency.

use super::entries::{Entries, EntryForm};
use super::hours_text::{read, write};
use super::resource::Resource;
use crate::components::form::{TextField, Tick};
use crate::text::*;
use hark_shared::hours::{Calendar, Date, SpecialDay, SpecialKind, Weekday};
use hark_shared::ids::CalendarId;
use hark_shared::wire::WireError;
use leptos::prelude::*;
use uuid::Uuid;

/// The list.
#[component]
pub fn Calendars() -> impl IntoView {
    let i18n = use_i18n();
    let calendars = Resource::<Calendar>::load("calendars");
    let cells = move |calendar: Calendar| {
        let state = move || {
            if calendar.emergency { t_string!(i18n, admin.emergency_on) } else { t_string!(i18n, admin.by_hours) }
        };
        view! {
            <td>{calendar.name}</td>
            <td>{calendar.zone}</td>
            <td>{calendar.days.len()}</td>
            <td>
                <span class="outcome" data-good=(!calendar.emergency).to_string()>
                    {state}
                </span>
            </td>
        }
        .into_any()
    };
    let form = move |calendar, close| view! { <Form calendar calendars close /> }.into_any();
    view! {
        <Entries
            entries=calendars
            about=t_label!(i18n, admin.calendars_about)
            caption=t_label!(i18n, admin.calendars)
            heads=[t_label!(i18n, admin.name), t_label!(i18n, admin.zone), t_label!(i18n, admin.special_days), t_label!(i18n, admin.open_by)]
            name=|calendar: &Calendar| calendar.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.calendars_none)
        />
    }
}

/// How a special day differs, as the form's list offers it.
#[derive(Clone, Copy, PartialEq)]
enum Differs {
    Holiday,
    Like(Weekday),
    Hours,
}

/// A special day in the form. The number tells rows apart while dates are typed.
#[derive(Clone, Copy)]
struct DayFields {
    row: usize,
    date: RwSignal<String>,
    name: RwSignal<String>,
    differs: RwSignal<Differs>,
    open: RwSignal<String>,
}

impl DayFields {
    fn of(row: usize, day: Option<SpecialDay>) -> Self {
        let (date, name, kind) = match day {
            Some(day) => (day.date.to_string(), day.name, day.kind),
            None => (String::new(), String::new(), SpecialKind::Holiday),
        };
        let (differs, open) = match kind {
            SpecialKind::Holiday => (Differs::Holiday, String::new()),
            SpecialKind::Like { weekday } => (Differs::Like(weekday), String::new()),
            SpecialKind::Hours { open } => (Differs::Hours, write(&open)),
        };
        Self {
            row,
            date: RwSignal::new(date),
            name: RwSignal::new(name),
            differs: RwSignal::new(differs),
            open: RwSignal::new(open),
        }
    }

    fn day(self) -> Result<SpecialDay, WireError> {
        let date = self.date.get_untracked();
        let date = Date::parse(&date).map_err(|_| WireError::new("invalid.date").with("text", date))?;
        let kind = match self.differs.get_untracked() {
            Differs::Holiday => SpecialKind::Holiday,
            Differs::Like(weekday) => SpecialKind::Like { weekday },
            Differs::Hours => SpecialKind::Hours { open: read(&self.open.get_untracked())? },
        };
        Ok(SpecialDay { date, name: self.name.get_untracked().trim().to_owned(), kind })
    }
}

/// What the form holds; hours as people write them.
#[derive(Clone, Copy)]
struct Fields {
    id: CalendarId,
    name: RwSignal<String>,
    zone: RwSignal<String>,
    week: [RwSignal<String>; 7],
    days: RwSignal<Vec<DayFields>>,
    rows: RwSignal<usize>,
    emergency: RwSignal<bool>,
}

impl Fields {
    fn of(calendar: Option<Calendar>) -> Self {
        let office = || read("09:00-18:00").expect("nine to six is an interval");
        let calendar = calendar.unwrap_or_else(|| Calendar {
            id: CalendarId(Uuid::new_v4()),
            name: String::new(),
            zone: "Asia/Shanghai".to_owned(),
            week: [office(), office(), office(), office(), office(), vec![], vec![]],
            days: vec![],
            emergency: false,
        });
        let days: Vec<_> = (0..).zip(calendar.days).map(|(row, day)| DayFields::of(row, Some(day))).collect();
        Self {
            id: calendar.id,
            name: RwSignal::new(calendar.name),
            zone: RwSignal::new(calendar.zone),
            week: calendar.week.map(|open| RwSignal::new(write(&open))),
            rows: RwSignal::new(days.len()),
            days: RwSignal::new(days),
            emergency: RwSignal::new(calendar.emergency),
        }
    }

    fn add_day(self) {
        let row = self.rows.get_untracked();
        self.rows.set(row + 1);
        self.days.update(|days| days.push(DayFields::of(row, None)));
    }

    fn calendar(self) -> Result<Calendar, WireError> {
        let mut week: [Vec<_>; 7] = Default::default();
        for (open, text) in week.iter_mut().zip(self.week) {
            *open = read(&text.get_untracked())?;
        }
        let mut days = self.days.get_untracked().into_iter().map(DayFields::day).collect::<Result<Vec<_>, _>>()?;
        days.sort_by_key(|day| day.date);
        Ok(Calendar {
            id: self.id,
            name: self.name.get_untracked().trim().to_owned(),
            zone: self.zone.get_untracked().trim().to_owned(),
            week,
            days,
            emergency: self.emergency.get_untracked(),
        })
    }
}

/// A weekday's name.
pub(super) fn weekday(locale: Locale, day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => td_string!(locale, admin.monday),
        Weekday::Tuesday => td_string!(locale, admin.tuesday),
        Weekday::Wednesday => td_string!(locale, admin.wednesday),
        Weekday::Thursday => td_string!(locale, admin.thursday),
        Weekday::Friday => td_string!(locale, admin.friday),
        Weekday::Saturday => td_string!(locale, admin.saturday),
        Weekday::Sunday => td_string!(locale, admin.sunday),
    }
}

#[component]
fn Form(calendar: Option<Calendar>, calendars: Resource<Calendar>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let new = calendar.is_none();
    let fields = Fields::of(calendar);
    let week = Weekday::ALL.map(|day| (day, fields.week[day.index()]));
    view! {
        <EntryForm what=t_label!(i18n, admin.calendar) entries=calendars id=(!new).then(|| fields.id.to_string()) body=move || fields.calendar() close>
            <TextField label=t_label!(i18n, admin.name) value=fields.name testid="calendar-name" required=true />
            <TextField label=t_label!(i18n, admin.zone) hint=t_label!(i18n, admin.zone_hint) value=fields.zone />
            <Tick label=t_label!(i18n, admin.emergency) value=fields.emergency />
            <fieldset class="week">
                <legend>{t!(i18n, admin.weekly_hours)}</legend>
                <p class="field-hint">{t!(i18n, admin.hours_hint)}</p>
                {week
                    .map(|(day, value)| {
                        view! { <TextField label=Signal::derive(move || weekday(i18n.get_locale(), day).to_owned()) value /> }
                    })
                    .collect_view()}
            </fieldset>
            <fieldset class="special-days">
                <legend>{t!(i18n, admin.special_days)}</legend>
                <For each=move || fields.days.get() key=|day| day.row children=move |day| view! { <Day day fields /> } />
                <button type="button" data-testid="add-day" on:click=move |_| fields.add_day()>
                    {t!(i18n, admin.add_day)}
                </button>
            </fieldset>
        </EntryForm>
    }
}

/// One special day.
#[component]
fn Day(day: DayFields, fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    let choose = move |value: String| {
        day.differs.set(match value.as_str() {
            "hours" => Differs::Hours,
            like => match like.parse::<usize>().ok().and_then(|at| Weekday::ALL.get(at)) {
                Some(weekday) => Differs::Like(*weekday),
                None => Differs::Holiday,
            },
        });
    };
    let likes = Weekday::ALL.map(|like| {
        view! {
            <option value=like.index() selected=move || day.differs.get() == Differs::Like(like)>
                {move || t_string!(i18n, admin.like_weekday, day = weekday(i18n.get_locale(), like))}
            </option>
        }
    });
    view! {
        <div class="special-day" role="group">
            <input type="date" required=true aria-label=t!(i18n, admin.date) prop:value=day.date
                on:input:target=move |event| day.date.set(event.target().value()) />
            <input type="text" aria-label=t!(i18n, admin.name) placeholder=t!(i18n, admin.name) prop:value=day.name
                on:input:target=move |event| day.name.set(event.target().value()) />
            <select aria-label=t!(i18n, admin.differs) on:change:target=move |event| choose(event.target().value())>
                <option value="holiday" selected=move || day.differs.get() == Differs::Holiday>{t!(i18n, admin.holiday)}</option>
                {likes.collect_view()}
                <option value="hours" selected=move || day.differs.get() == Differs::Hours>{t!(i18n, admin.own_hours)}</option>
            </select>
            <Show when=move || day.differs.get() == Differs::Hours>
                <input type="text" aria-label=t!(i18n, admin.own_hours) placeholder="09:00-12:00" prop:value=day.open
                    on:input:target=move |event| day.open.set(event.target().value()) />
            </Show>
            <button type="button" class="quiet" on:click=move |_| fields.days.update(|days| days.retain(|other| other.row != day.row))>
                {t!(i18n, common.remove)}
            </button>
        </div>
    }
}
