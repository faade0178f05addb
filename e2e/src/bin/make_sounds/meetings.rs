//! What is said at the door of a meeting room and inside, and the tones that tell of coming and going.

use crate::RATE;
use crate::speech::{Prompt, prompt};
use std::f64::consts::TAU;

/// The sentences.
pub const PROMPTS: &[Prompt] = &[
    prompt(
        "meeting-number",
        "请输入会议号码，以井号键结束。",
        "qing3 shu1ru4 hui4yi4 hao4ma3, yi3 jing3hao4jian4 jie2shu4.",
        "Please enter the number of the meeting, and end with the pound key.",
    ),
    prompt(
        "meeting-pin",
        "请输入会议密码，以井号键结束。",
        "qing3 shu1ru4 hui4yi4 mi4ma3, yi3 jing3hao4jian4 jie2shu4.",
        "Please enter the PIN of the meeting, and end with the pound key.",
    ),
    prompt(
        "meeting-unknown",
        "没有这个会议室。",
        "mei2you3 zhe4ge5 hui4yi4shi4.",
        "There is no meeting of this number.",
    ),
    prompt("meeting-wrong-pin", "会议密码不正确。", "hui4yi4 mi4ma3 bu2 zheng4que4.", "This PIN is not right."),
    prompt(
        "meeting-barred",
        "密码错误次数过多，请稍后再试。",
        "mi4ma3 cuo4wu4 ci4shu4 guo4duo1, qing3 shao1hou4 zai4 shi4.",
        "Too many wrong PINs were entered. Please try again later.",
    ),
    prompt(
        "meeting-is-locked",
        "会议已锁定，无法加入。",
        "hui4yi4 yi3 suo3ding4, wu2fa3 jia1ru4.",
        "The meeting is locked, nobody more can join.",
    ),
    prompt("meeting-full", "会议人数已满。", "hui4yi4 ren2shu4 yi3 man3.", "The meeting is full."),
    prompt(
        "meeting-recorded",
        "本次会议将被录音。",
        "ben3ci4 hui4yi4 jiang1 bei4 lu4yin1.",
        "This meeting is recorded.",
    ),
    prompt(
        "meeting-waits",
        "请等候主持人加入会议。",
        "qing3 deng3hou4 zhu3chi2ren2 jia1ru4 hui4yi4.",
        "Please wait until the moderator joins.",
    ),
    prompt(
        "meeting-count",
        "现在会议人数是",
        "xian4zai4 hui4yi4 ren2shu4 shi4",
        "The number of people in the meeting is",
    ),
    prompt("meeting-muted", "您已静音。", "nin2 yi3 jing4yin1.", "You are muted."),
    prompt("meeting-unmuted", "您已恢复发言。", "nin2 yi3 hui1fu4 fa1yan2.", "You can be heard again."),
    prompt("meeting-all-muted", "已全体静音。", "yi3 quan2ti3 jing4yin1.", "Everybody else is muted."),
    prompt("meeting-all-unmuted", "已取消全体静音。", "yi3 qu3xiao1 quan2ti3 jing4yin1.", "Everybody can speak again."),
    prompt("meeting-locked", "会议室已锁定。", "hui4yi4shi4 yi3 suo3ding4.", "The room is locked."),
    prompt("meeting-unlocked", "会议室已解锁。", "hui4yi4shi4 yi3 jie3suo3.", "The room is open again."),
    prompt("meeting-over", "会议已结束，再见。", "hui4yi4 yi3 jie2shu4, zai4jian4.", "The meeting is over. Goodbye."),
];

/// Somebody came: two tones upwards.
pub fn joined() -> Vec<f64> {
    two(620.0, 930.0)
}

/// Somebody went: the same downwards.
pub fn left() -> Vec<f64> {
    two(930.0, 620.0)
}

/// Two tones of 0.2 s, quiet enough to talk on.
fn two(first: f64, second: f64) -> Vec<f64> {
    [first, second].into_iter().flat_map(tone).collect()
}

fn tone(hertz: f64) -> impl Iterator<Item = f64> {
    let count = (RATE / 5) as usize;
    let fade = (RATE / 50) as usize;
    (0..count).map(move |n| {
        let edge = (n.min(count - 1 - n) as f64 / fade as f64).min(1.0);
        0.08 * edge * (TAU * hertz * n as f64 / f64::from(RATE)).sin()
    })
}
