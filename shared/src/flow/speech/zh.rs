//! Mandarin: 一百零五, 两千, 十五; 元角分; years by their digits.

const TEN_THOUSAND: u64 = 10_000;
const HUNDRED_MILLION: u64 = 100_000_000;

/// The pieces that only Mandarin needs.
pub(super) fn pieces() -> Vec<String> {
    ["10000", "100000000", "liang", "jiao", "fen", "year", "month", "day"].map(str::to_owned).to_vec()
}

fn push(pieces: &mut Vec<String>, piece: impl ToString) {
    pieces.push(piece.to_string());
}

/// Below 10^16.
pub(super) fn number(number: u64, pieces: &mut Vec<String>) {
    if number == 0 {
        push(pieces, 0);
    }
    parts(number, pieces);
}

/// A number in front of what it counts: two of something is 两.
pub(super) fn counted(count: u64, pieces: &mut Vec<String>) {
    if count == 2 { push(pieces, "liang") } else { number(count, pieces) }
}

/// 亿, then 万, then the rest; 零 where places are empty in between.
fn parts(number: u64, pieces: &mut Vec<String>) {
    let before = pieces.len();
    let mut rest = number;
    for (unit, name) in [(HUNDRED_MILLION, "100000000"), (TEN_THOUSAND, "10000")] {
        let count = rest / unit;
        if count > 0 {
            gap(before, count < unit_below(unit), pieces);
            if count == 2 {
                push(pieces, "liang")
            } else {
                parts(count, pieces)
            }
            push(pieces, name);
            rest %= unit;
        }
    }
    if rest > 0 {
        gap(before, rest < 1000, pieces);
        thousands(rest, pieces.len() == before, pieces);
    }
}

/// The smallest count of a unit that fills the place right behind the unit above it.
fn unit_below(unit: u64) -> u64 {
    if unit == TEN_THOUSAND { 1000 } else { 0 }
}

fn gap(before: usize, empty: bool, pieces: &mut Vec<String>) {
    if empty && pieces.len() > before {
        push(pieces, 0);
    }
}

/// 1 to 9999; `leads` when nothing stands before it.
fn thousands(number: u64, leads: bool, pieces: &mut Vec<String>) {
    let before = pieces.len();
    let mut empty = false;
    for (unit, name) in [(1000, "1000"), (100, "100"), (10, "10"), (1, "")] {
        let digit = number / unit % 10;
        if digit == 0 {
            empty = pieces.len() > before;
            continue;
        }
        if empty {
            push(pieces, 0);
            empty = false;
        }
        let first = pieces.len() == before;
        // 两千 everywhere, 两百 only at the head; 十五 at the head, but 一百一十五.
        match (digit, unit) {
            (2, 1000) => push(pieces, "liang"),
            (2, 100) if first && leads => push(pieces, "liang"),
            (1, 10) if first && leads => {}
            _ => push(pieces, digit),
        }
        if !name.is_empty() {
            push(pieces, name);
        }
    }
}

/// 12.35 is 十二元三角五分, 12.05 is 十二元零五分.
pub(super) fn money(yuan: u64, cents: u64, pieces: &mut Vec<String>) {
    let (jiao, fen) = (cents / 10, cents % 10);
    let before = pieces.len();
    if yuan > 0 || cents == 0 {
        counted(yuan, pieces);
        push(pieces, "yuan");
    }
    if jiao > 0 {
        if pieces.len() == before {
            counted(jiao, pieces)
        } else {
            number(jiao, pieces)
        }
        push(pieces, "jiao");
    } else if fen > 0 && pieces.len() > before {
        push(pieces, 0);
    }
    if fen > 0 {
        if pieces.len() == before {
            counted(fen, pieces)
        } else {
            number(fen, pieces)
        }
        push(pieces, "fen");
    }
}

/// 二零二六年十一月二十五日.
pub(super) fn date(year: u32, month: u32, day: u32, pieces: &mut Vec<String>) {
    pieces.extend(year.to_string().chars().map(String::from));
    push(pieces, "year");
    number(month.into(), pieces);
    push(pieces, "month");
    number(day.into(), pieces);
    push(pieces, "day");
}
