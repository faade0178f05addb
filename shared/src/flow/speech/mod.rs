//! Values as sequences of recorded pieces, in both languages, as people say them.
//!
//! A piece is a sound's name without the language's folder: `105` in English is `1` `100` `and` `5`. Which pieces there
//! are is in [`pieces`]; every one of them is recorded, in `static/sounds`.

mod en;
mod zh;

use super::decimal::Decimal;
use super::exit::Key;
use super::say::ReadAs;
use crate::time::Millis;
use crate::wire::rest::Language;

/// Positions above this are said as this: nobody needs to know more exactly that the line is long.
const MOST: u32 = 99;

/// "You are number …" as the names of recorded sounds.
#[must_use]
pub fn position(language: Language, position: u32) -> Vec<String> {
    let mut pieces = vec!["position".to_owned()];
    number(language, position.clamp(1, MOST).into(), &mut pieces);
    pieces.into_iter().map(|piece| sound(language, &piece)).collect()
}

/// Waits above this are said as *more than an hour*.
const LONGEST_MINUTES: i64 = 60;

/// Waits above this are said in steps of five minutes: no estimate of them is more exact.
const EXACT_MINUTES: i64 = 10;

const MINUTE: i64 = 60_000;

/// "Your estimated waiting time is …" as the names of recorded sounds: rounded up, since who was promised less is
/// disappointed.
#[must_use]
pub fn wait(language: Language, wait: Millis) -> Vec<String> {
    let minutes = (wait.0.max(0) + MINUTE - 1) / MINUTE;
    let minutes = if minutes > EXACT_MINUTES { (minutes + 4) / 5 * 5 } else { minutes };
    let mut pieces = vec!["estimate".to_owned()];
    match minutes {
        _ if wait.0 < MINUTE => pieces.push("less-than-a-minute".to_owned()),
        _ if minutes > LONGEST_MINUTES => pieces.push("more-than-an-hour".to_owned()),
        minutes => {
            let minutes = minutes.unsigned_abs();
            match language {
                Language::Zh => zh::counted(minutes, &mut pieces),
                Language::En => en::number(minutes, &mut pieces),
            }
            let one = minutes == 1 && language == Language::En;
            pieces.push(if one { "minute" } else { "minutes" }.to_owned());
        }
    }
    pieces.into_iter().map(|piece| sound(language, &piece)).collect()
}

/// "To …, press …" as the names of recorded sounds.
#[must_use]
pub fn press(language: Language, words: &str, key: Key) -> Vec<String> {
    let key = match key.char() {
        '*' => "star".to_owned(),
        '#' => "pound".to_owned(),
        digit => digit.to_string(),
    };
    vec![sound(language, words), sound(language, &key)]
}

/// The sound of a piece in a language.
#[must_use]
pub fn sound(language: Language, piece: &str) -> String {
    format!("{}/{piece}", language.folder())
}

/// The folder of sentences' names.
pub const SAID: &str = "said";

/// The name of a sentence that a synthesiser has spoken, like `said/zh/…`: the same words have the same name everywhere.
///
/// The name holds FNV-1a of 128 bits (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>): words of the same house
/// never meet by accident, and who could make them meet would only change what their own callers hear.
#[must_use]
pub fn sentence(language: Language, text: &str) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = text.trim().bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{SAID}/{}/{hash:032x}", language.folder())
}

/// A value as pieces; empty when the value is, or is not what it shall be read as.
#[must_use]
pub fn value(language: Language, read: ReadAs, value: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    match read {
        ReadAs::Digits => digits(value, &mut pieces),
        ReadAs::Number => {
            let Some(decimal) = Decimal::parse(value) else { return pieces };
            minus(decimal.negative(), &mut pieces);
            number(language, decimal.whole(), &mut pieces);
            let fraction = decimal.fraction();
            if !fraction.is_empty() {
                pieces.push("point".to_owned());
                digits(&fraction, &mut pieces);
            }
        }
        ReadAs::Money => {
            let Some(decimal) = Decimal::parse(value) else { return pieces };
            let (yuan, cents) = (decimal.hundredths() / 100, decimal.hundredths() % 100);
            minus(decimal.negative() && decimal.hundredths() > 0, &mut pieces);
            match language {
                Language::Zh => zh::money(yuan, cents, &mut pieces),
                Language::En => en::money(yuan, cents, &mut pieces),
            }
        }
        ReadAs::Date => {
            let Some((year, month, day)) = date(value) else { return pieces };
            match language {
                Language::Zh => zh::date(year, month, day, &mut pieces),
                Language::En => en::date(year, month, day, &mut pieces),
            }
        }
    }
    pieces
}

/// Every piece that [`value`] can ask for in a language.
#[must_use]
pub fn pieces(language: Language) -> Vec<String> {
    let mut all: Vec<String> = (0..=10).map(|digit| digit.to_string()).collect();
    all.extend(["100", "1000", "point", "minus", "yuan"].map(str::to_owned));
    all.extend(match language {
        Language::Zh => zh::pieces(),
        Language::En => en::pieces(),
    });
    all
}

fn number(language: Language, number: u64, pieces: &mut Vec<String>) {
    match language {
        Language::Zh => zh::number(number, pieces),
        Language::En => en::number(number, pieces),
    }
}

fn minus(negative: bool, pieces: &mut Vec<String>) {
    if negative {
        pieces.push("minus".to_owned());
    }
}

/// One digit after the other. What people write between them is left out; a value with letters is none of digits.
fn digits(value: &str, pieces: &mut Vec<String>) {
    if value.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')' | '.')) {
        pieces.extend(value.chars().filter(char::is_ascii_digit).map(String::from));
    }
}

/// The date `YYYY-MM-DD` that a text is or begins with, before a `T` or a space.
fn date(text: &str) -> Option<(u32, u32, u32)> {
    let date = text.split(['T', ' ']).next()?;
    let (parts, digits) = (date.split('-'), date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
    let numbers: Vec<u32> = parts.map_while(|part| part.parse().ok()).collect();
    let [year, month, day] = numbers[..] else { return None };
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    (digits && (1000..=9999).contains(&year) && (1..=length).contains(&day)).then_some((year, month, day))
}

fn leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn said(language: Language, read: ReadAs, text: &str) -> String {
        value(language, read, text).join(" ")
    }

    #[test]
    fn positions_are_said_as_people_say_them() {
        assert_eq!(position(Language::Zh, 25), ["zh/position", "zh/2", "zh/10", "zh/5"]);
        assert_eq!(position(Language::Zh, 10), ["zh/position", "zh/10"]);
        assert_eq!(position(Language::Zh, 2), ["zh/position", "zh/2"]);
        assert_eq!(position(Language::En, 12), ["en/position", "en/12"]);
        assert_eq!(position(Language::En, 1000), ["en/position", "en/90", "en/9"]);
    }

    #[test]
    fn waits_are_said_as_people_say_them() {
        let said = |language, seconds| wait(language, Millis::from_secs(seconds)).join(" ");
        assert_eq!(said(Language::En, 0), "en/estimate en/less-than-a-minute");
        assert_eq!(said(Language::En, 59), "en/estimate en/less-than-a-minute");
        assert_eq!(said(Language::En, 60), "en/estimate en/1 en/minute");
        assert_eq!(said(Language::En, 61), "en/estimate en/2 en/minutes");
        assert_eq!(said(Language::Zh, 61), "zh/estimate zh/liang zh/minutes");
        assert_eq!(said(Language::Zh, 59), "zh/estimate zh/less-than-a-minute");
        assert_eq!(said(Language::En, 601), "en/estimate en/15 en/minutes", "eleven is no estimate");
        assert_eq!(said(Language::En, 3000), "en/estimate en/50 en/minutes");
        assert_eq!(said(Language::En, 3601), "en/estimate en/more-than-an-hour");
        assert_eq!(press(Language::En, "press-end", Key::ALL[9]), ["en/press-end", "en/star"]);
    }

    #[test]
    fn english_numbers() {
        let said = |text| said(Language::En, ReadAs::Number, text);
        assert_eq!(said("0"), "0");
        assert_eq!(said("12"), "12");
        assert_eq!(said("25"), "20 5");
        assert_eq!(said("105"), "1 100 and 5");
        assert_eq!(said("1005"), "1 1000 and 5");
        assert_eq!(said("1250"), "1 1000 2 100 and 50");
        assert_eq!(said("20300"), "20 1000 3 100");
        assert_eq!(said("3000000"), "3 1000000");
        assert_eq!(said("-2.50"), "minus 2 point 5");
        assert_eq!(said("twelve"), "");
    }

    #[test]
    fn chinese_numbers() {
        let said = |text| said(Language::Zh, ReadAs::Number, text);
        assert_eq!(said("0"), "0");
        assert_eq!(said("2"), "2");
        assert_eq!(said("15"), "10 5");
        assert_eq!(said("105"), "1 100 0 5");
        assert_eq!(said("115"), "1 100 1 10 5");
        assert_eq!(said("200"), "liang 100");
        assert_eq!(said("1202"), "1 1000 2 100 0 2");
        assert_eq!(said("2000"), "liang 1000");
        assert_eq!(said("1010"), "1 1000 0 1 10");
        assert_eq!(said("10005"), "1 10000 0 5");
        assert_eq!(said("20000"), "liang 10000");
        assert_eq!(said("120000"), "10 2 10000");
        assert_eq!(said("220300"), "2 10 2 10000 0 3 100");
        assert_eq!(said("12000"), "1 10000 liang 1000");
        assert_eq!(said("200000000"), "liang 100000000");
        assert_eq!(said("100000005"), "1 100000000 0 5");
        assert_eq!(said("3.14"), "3 point 1 4");
    }

    #[test]
    fn money() {
        let zh = |text| said(Language::Zh, ReadAs::Money, text);
        assert_eq!(zh("12.35"), "10 2 yuan 3 jiao 5 fen");
        assert_eq!(zh("12.05"), "10 2 yuan 0 5 fen");
        assert_eq!(zh("12.30"), "10 2 yuan 3 jiao");
        assert_eq!(zh("2"), "liang yuan");
        assert_eq!(zh("0.2"), "liang jiao");
        assert_eq!(zh("0.02"), "liang fen");
        assert_eq!(zh("0"), "0 yuan");
        assert_eq!(zh("-100"), "minus 1 100 yuan");
        let en = |text| said(Language::En, ReadAs::Money, text);
        assert_eq!(en("12.35"), "12 yuan and 30 5 cents");
        assert_eq!(en("1"), "1 yuan");
        assert_eq!(en("0.01"), "1 cent");
        assert_eq!(en("0"), "0 yuan");
    }

    #[test]
    fn dates_and_digits() {
        assert_eq!(said(Language::Zh, ReadAs::Date, "2026-11-25"), "2 0 2 6 year 10 1 month 2 10 5 day");
        assert_eq!(said(Language::En, ReadAs::Date, "2026-11-25"), "month-11 20 ordinal-5 20 20 6");
        assert_eq!(said(Language::En, ReadAs::Date, "2005-02-30"), "", "no such day");
        assert_eq!(said(Language::En, ReadAs::Date, "2005-01-30T12:00:00Z"), "month-1 ordinal-30 2 1000 and 5");
        assert_eq!(said(Language::En, ReadAs::Date, "1999-12-12"), "month-12 ordinal-12 19 90 9");
        assert_eq!(said(Language::En, ReadAs::Date, "1900-06-20"), "month-6 ordinal-20 19 100");
        assert_eq!(said(Language::En, ReadAs::Digits, "010-6500 1"), "0 1 0 6 5 0 0 1");
        assert_eq!(said(Language::En, ReadAs::Digits, "A1"), "");
    }

    #[test]
    fn no_value_asks_for_a_piece_that_is_not_recorded() {
        for language in [Language::Zh, Language::En] {
            let known: BTreeSet<String> = pieces(language).into_iter().collect();
            let mut values: Vec<String> = (0..=1200).map(|number| number.to_string()).collect();
            values.extend((0..15).flat_map(|zeros| (1..30).map(move |n| format!("{n}{}", "0".repeat(zeros)))));
            values.extend((0..15).map(|digits| format!("-{}.{:02}", "2".repeat(digits + 1), digits)));
            values
                .extend((1..=28).flat_map(|day| (1..=12).map(move |month| format!("20{day:02}-{month:02}-{day:02}"))));
            for (value_, read) in values.iter().flat_map(|value| ReadAs::ALL.map(|read| (value, read))) {
                for piece in value(language, read, value_) {
                    assert!(known.contains(&piece), "{piece} of {value_} as {read:?}");
                }
            }
        }
    }
}
