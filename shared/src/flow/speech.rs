//! Numbers as sequences of recorded words, in both languages.

use crate::wire::rest::Language;

/// Positions above this are said as this: nobody needs to know more exactly that the line is long.
const MOST: u32 = 99;

/// "You are number …" as the names of recorded pieces.
#[must_use]
pub fn position(language: Language, position: u32) -> Vec<String> {
    let mut words = vec!["position".to_owned()];
    words.extend(number(language, position.clamp(1, MOST)));
    words.into_iter().map(|word| format!("{}/{word}", language.folder())).collect()
}

/// `number`, 0 to 99, as words that are recorded.
fn number(language: Language, number: u32) -> Vec<String> {
    let (tens, ones) = (number / 10, number % 10);
    match language {
        // 十五, 二十, 二十五: ten is a word of its own, one before it is not said.
        Language::Zh => {
            let mut words = Vec::new();
            if tens > 1 {
                words.push(tens.to_string());
            }
            if tens > 0 {
                words.push("10".to_owned());
            }
            if ones > 0 || tens == 0 {
                words.push(ones.to_string());
            }
            words
        }
        // Digit by digit above nine: clear on a bad line, and the recordings are the same for every number.
        Language::En if tens == 1 && ones == 0 => vec!["10".to_owned()],
        Language::En => number.to_string().chars().map(String::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_said_as_people_say_them() {
        assert_eq!(position(Language::Zh, 25), ["zh/position", "zh/2", "zh/10", "zh/5"]);
        assert_eq!(position(Language::Zh, 10), ["zh/position", "zh/10"]);
        assert_eq!(position(Language::Zh, 1), ["zh/position", "zh/1"]);
        assert_eq!(position(Language::En, 12), ["en/position", "en/1", "en/2"]);
        assert_eq!(position(Language::En, 1000), ["en/position", "en/9", "en/9"]);
    }
}
