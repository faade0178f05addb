//! English: one hundred and five, twelve yuan and five cents, November twenty-fifth.

/// The pieces that only English needs.
pub(super) fn pieces() -> Vec<String> {
    let numbers = (11..=20).chain((30..=90).step_by(10)).map(|number: u32| number.to_string());
    let large = GROUPS.iter().map(|(_, name)| (*name).to_owned());
    let ordinals = (1..=20).chain([30]).map(|day| format!("ordinal-{day}"));
    let months = (1..=12).map(|month| format!("month-{month}"));
    let words = ["and", "cent", "cents"].map(str::to_owned);
    numbers.chain(large).chain(ordinals).chain(months).chain(words).collect()
}

/// Groups of three digits, largest first.
const GROUPS: [(u64, &str); 4] =
    [(1_000_000_000_000, "1000000000000"), (1_000_000_000, "1000000000"), (1_000_000, "1000000"), (1000, "1000")];

fn push(pieces: &mut Vec<String>, piece: impl ToString) {
    pieces.push(piece.to_string());
}

/// Below 10^15.
pub(super) fn number(number: u64, pieces: &mut Vec<String>) {
    let (before, mut rest) = (pieces.len(), number);
    for (unit, name) in GROUPS {
        if rest >= unit {
            hundreds(rest / unit, pieces);
            push(pieces, name);
            rest %= unit;
        }
    }
    if rest > 0 || pieces.len() == before {
        if rest < 100 && pieces.len() > before {
            push(pieces, "and");
        }
        hundreds(rest, pieces);
    }
}

/// 0 to 999.
fn hundreds(number: u64, pieces: &mut Vec<String>) {
    if number >= 100 {
        push(pieces, number / 100);
        push(pieces, 100);
        if number.is_multiple_of(100) {
            return;
        }
        push(pieces, "and");
    }
    tens(number % 100, pieces);
}

/// 0 to 99.
fn tens(number: u64, pieces: &mut Vec<String>) {
    if number <= 20 {
        return push(pieces, number);
    }
    push(pieces, number / 10 * 10);
    if !number.is_multiple_of(10) {
        push(pieces, number % 10);
    }
}

/// Yuan and cents.
pub(super) fn money(yuan: u64, cents: u64, pieces: &mut Vec<String>) {
    if yuan > 0 || cents == 0 {
        number(yuan, pieces);
        push(pieces, "yuan");
    }
    if cents > 0 {
        if yuan > 0 {
            push(pieces, "and");
        }
        number(cents, pieces);
        push(pieces, if cents == 1 { "cent" } else { "cents" });
    }
}

/// Month, day as an ordinal, year in two halves unless the second is below ten.
pub(super) fn date(year: u32, month: u32, day: u32, pieces: &mut Vec<String>) {
    push(pieces, format!("month-{month}"));
    if day <= 20 || day == 30 {
        push(pieces, format!("ordinal-{day}"));
    } else {
        push(pieces, day / 10 * 10);
        push(pieces, format!("ordinal-{}", day % 10));
    }
    let (century, rest) = (year / 100, year % 100);
    if century.is_multiple_of(10) && rest < 10 {
        return number(year.into(), pieces);
    }
    number(century.into(), pieces);
    match rest {
        0 => push(pieces, 100),
        1..10 => {
            push(pieces, 100);
            push(pieces, "and");
            push(pieces, rest);
        }
        _ => tens(rest.into(), pieces),
    }
}
