//! Characters to numbered pinyin, which espeak-ng speaks; characters it would spell in English.
//!
//! A character has its commonest reading, but for words in which it is read otherwise: those that callers of a hotline are
//! likely to hear are listed here.

use pinyin::ToPinyin;

/// Words whose characters are not read as usual, the longer ones before those that they contain.
const WORDS: &[(&str, &str)] = &[
    ("银行", "yin2hang2"),
    ("行业", "hang2ye4"),
    ("重新", "chong2xin1"),
    ("重复", "chong2fu4"),
    ("重启", "chong2qi3"),
    ("长度", "chang2du4"),
    ("长期", "chang2qi1"),
    ("长途", "chang2tu2"),
    ("多长时间", "duo1chang2shi2jian1"),
    ("时长", "shi2chang2"),
    ("还有", "hai2you3"),
    ("还是", "hai2shi4"),
    ("还在", "hai2zai4"),
    ("都", "dou1"),
    ("为您", "wei4nin2"),
    ("因为", "yin1wei4"),
    ("为了", "wei4le5"),
    ("音乐", "yin1yue4"),
    ("调整", "tiao2zheng3"),
    ("调查", "diao4cha2"),
    ("方便", "fang1bian4"),
    ("便宜", "pian2yi5"),
    ("不便", "bu2bian4"),
    ("觉得", "jue2de5"),
    ("得到", "de2dao4"),
    ("的确", "di2que4"),
    ("目的", "mu4di4"),
    ("了解", "liao3jie3"),
    ("校对", "jiao4dui4"),
    ("差异", "cha1yi4"),
    ("出差", "chu1chai1"),
    ("供电", "gong1dian4"),
    ("提供", "ti2gong1"),
    ("单位", "dan1wei4"),
    ("应该", "ying1gai1"),
    ("反应", "fan3ying4"),
    ("处理", "chu3li3"),
    ("处罚", "chu3fa2"),
    ("不用", "bu2yong4"),
    ("不要", "bu2yao4"),
    ("不在", "bu2zai4"),
    ("不是", "bu2shi4"),
];

/// The text with its characters as numbered pinyin; what is no character stays.
pub(super) fn pinyin(text: &str) -> String {
    let mut said = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((word, reading)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            said.push_str(reading);
            rest = &rest[word.len()..];
            continue;
        }
        match (first.to_pinyin(), pause(first)) {
            (Some(reading), _) => said.push_str(reading.with_tone_num_end()),
            (None, Some(pause)) => said.push_str(pause),
            (None, None) => said.push(first),
        }
        rest = &rest[first.len_utf8()..];
    }
    said
}

/// Chinese punctuation as espeak-ng knows it.
fn pause(mark: char) -> Option<&'static str> {
    Some(match mark {
        '，' | '、' => ", ",
        '。' => ". ",
        '；' => "; ",
        '：' => ": ",
        '？' => "? ",
        '！' => "! ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::pinyin;

    #[test]
    fn characters_become_pinyin_and_common_words_are_read_as_people_read_them() {
        assert_eq!(pinyin("您好，请重新选择银行。"), "nin2hao3, qing3chong2xin1xuan3ze2yin2hang2. ");
        assert_eq!(pinyin("按1"), "an41");
        assert_eq!(pinyin("Hark"), "Hark");
    }
}
