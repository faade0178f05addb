//! The texts and the voice that speaks them.

use crate::{RATE, signal};
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// Level of speech: comfortable beside people, who speak at about -20 dBFS on a good line.
const LEVEL_DBFS: f64 = -20.0;

/// A prompt in both languages.
pub struct Prompt {
    /// Its name: the file without language and ending.
    pub name: &'static str,
    /// Mandarin, for whoever records or translates it.
    #[expect(dead_code, reason = "read by people: espeak-ng spells most characters in English")]
    pub zh: &'static str,
    /// The same in pinyin, tones as spoken (一 and 不 changed by what follows); this is what is said.
    pub pinyin: &'static str,
    /// English.
    pub en: &'static str,
}

/// A prompt of these texts.
pub const fn prompt(name: &'static str, zh: &'static str, pinyin: &'static str, en: &'static str) -> Prompt {
    Prompt { name, zh, pinyin, en }
}

/// Everything that is said. A position in the queue is put together of `position` and the numbers.
pub const PROMPTS: &[Prompt] = &[
    prompt(
        "welcome",
        "您好，感谢您的来电。",
        "nin2hao3, gan3xie4 nin2 de5 lai2dian4.",
        "Hello, and thank you for calling.",
    ),
    prompt(
        "menu",
        "报修请按一，账单和合同请按二，其他业务请稍候。",
        "bao4xiu1 qing3 an4 yi1, zhang4dan1 he2 he2tong2 qing3 an4 er4, qi2ta1 ye4wu4 qing3 shao1hou4.",
        "For repairs, press 1. For bills and contracts, press 2. For anything else, please stay on the line.",
    ),
    prompt(
        "no-input",
        "没有收到您的按键，请再选一次。",
        "mei2you3 shou1dao4 nin2 de5 an4jian4, qing3 zai4 xuan3 yi2ci4.",
        "We did not hear a key. Please choose once more.",
    ),
    prompt(
        "wrong-key",
        "这个按键没有对应的选项，请重新选择。",
        "zhe4ge5 an4jian4 mei2you3 dui4ying4 de5 xuan3xiang4, qing3 chong2xin1 xuan3ze2.",
        "There is nothing on that key. Please choose again.",
    ),
    prompt(
        "queue-greeting",
        "坐席正在为其他客户服务，马上会为您接通，请不要挂机。",
        "zuo4xi2 zheng4zai4 wei4 qi2ta1 ke4hu4 fu2wu4, ma3shang4 hui4 wei4 nin2 jie1tong1, qing3 bu2yao4 gua4ji1.",
        "All our agents are talking to other customers. You will be connected soon, please stay on the line.",
    ),
    prompt("position", "您现在的排队位置是，第", "nin2 xian4zai4 de5 pai2dui4 wei4zhi4 shi4, di4", "You are number"),
    prompt(
        "comfort",
        "感谢您的耐心等待，我们很快就来。",
        "gan3xie4 nin2 de5 nai4xin1 deng3dai4, wo3men5 hen3kuai4 jiu4 lai2.",
        "Thank you for waiting. We will be with you shortly.",
    ),
    prompt("estimate", "预计等待时间", "yu4ji4 deng3dai4 shi2jian1", "Your estimated waiting time is"),
    prompt("less-than-a-minute", "不到一分钟。", "bu2dao4 yi4 fen1zhong1.", "less than a minute."),
    prompt("minutes", "分钟。", "fen1zhong1.", "minutes."),
    prompt("more-than-an-hour", "超过一小时。", "chao1guo4 yi4 xiao3shi2.", "more than an hour."),
    prompt(
        "press-callback",
        "如需我们给您回电并保留排队位置，请按",
        "ru2xu1 wo3men5 gei3 nin2 hui2dian4 bing4 bao3liu2 pai2dui4 wei4zhi4, qing3 an4",
        "To be called back and keep your place, press",
    ),
    prompt("press-message", "如需留言，请按", "ru2xu1 liu2yan2, qing3 an4", "To leave a message, press"),
    prompt("press-elsewhere", "如需其他服务，请按", "ru2xu1 qi2ta1 fu2wu4, qing3 an4", "For another service, press"),
    prompt("press-end", "如需结束通话，请按", "ru2xu1 jie2shu4 tong1hua4, qing3 an4", "To end the call, press"),
    prompt("star", "星号键", "xing1hao4jian4", "star"),
    prompt("pound", "井号键", "jing3hao4jian4", "pound"),
    prompt(
        "callback-booked",
        "我们会尽快给您回电，再见。",
        "wo3men5 hui4 jin4kuai4 gei3 nin2 hui2dian4, zai4jian4.",
        "We will call you back as soon as we can. Goodbye.",
    ),
    prompt(
        "callback-failed",
        "对不起，我们无法给您回电。",
        "dui4bu5qi3, wo3men5 wu2fa3 gei3 nin2 hui2dian4.",
        "We are sorry, we cannot call you back.",
    ),
    prompt(
        "your-callback",
        "您好，这是您预约的回电，坐席马上为您接通。",
        "nin2hao3, zhe4shi4 nin2 yu4yue1 de5 hui2dian4, zuo4xi2 ma3shang4 wei4 nin2 jie1tong1.",
        "Hello, this is the call that you asked for. An agent will be with you in a moment.",
    ),
    prompt("connecting", "正在为您接通。", "zheng4zai4 wei4 nin2 jie1tong1.", "Connecting you now."),
    prompt(
        "agent-number",
        "为您服务的工号是",
        "wei4 nin2 fu2wu4 de5 gong1hao4 shi4",
        "You are talking to agent number",
    ),
    prompt(
        "recorded",
        "为了提高服务质量，本次通话将被录音。",
        "wei4le5 ti2gao1 fu2wu4 zhi4liang4, ben3ci4 tong1hua4 jiang1 bei4 lu4yin1.",
        "This call is recorded to help us improve our service.",
    ),
    prompt(
        "closed",
        "对不起，现在没有坐席在线，请在工作时间再来电。",
        "dui4bu5qi3, xian4zai4 mei2you3 zuo4xi2 zai4xian4, qing3 zai4 gong1zuo4 shi2jian1 zai4 lai2dian4.",
        "We are sorry, nobody is here at the moment. Please call again during our opening hours.",
    ),
    prompt(
        "busy",
        "对不起，线路繁忙，请稍后再拨。",
        "dui4bu5qi3, xian4lu4 fan2mang2, qing3 shao1hou4 zai4 bo1.",
        "We are sorry, all lines are busy. Please call again later.",
    ),
    prompt(
        "leave-message",
        "请在提示音后留言。",
        "qing3 zai4 ti2shi4yin1 hou4 liu2yan2.",
        "Please leave a message after the tone.",
    ),
    prompt(
        "duty-confirm",
        "您有一个值班来电，接听请按一。",
        "nin2 you3 yi2ge4 zhi2ban1 lai2dian4, jie1ting1 qing3 an4 yi1.",
        "A call for whoever is on duty. To take it, press 1.",
    ),
    prompt(
        "rate",
        "请为本次服务打分，一分最低，五分最高。",
        "qing3 wei4 ben3ci4 fu2wu4 da3fen1, yi4fen1 zui4di1, wu3fen1 zui4gao1.",
        "Please rate this call from 1, poor, to 5, excellent.",
    ),
    prompt("press-one", "来电，按一接听。", "lai2dian4, an4 yi1 jie1ting1.", "A call for you. Press one to take it."),
    prompt("thanks", "谢谢您的评价。", "xie4xie5 nin2 de5 ping2jia4.", "Thank you for your rating."),
    prompt(
        "goodbye",
        "感谢您的来电，再见。",
        "gan3xie4 nin2 de5 lai2dian4, zai4jian4.",
        "Thank you for calling. Goodbye.",
    ),
    prompt(
        "enter-account",
        "请输入您的账号，以井号键结束。",
        "qing3 shu1ru4 nin2 de5 zhang4hao4, yi3 jing3hao4jian4 jie2shu4.",
        "Please enter your account number, and end with the pound key.",
    ),
    prompt(
        "enter-pin",
        "请输入您的密码，以井号键结束。",
        "qing3 shu1ru4 nin2 de5 mi4ma3, yi3 jing3hao4jian4 jie2shu4.",
        "Please enter your PIN, and end with the pound key.",
    ),
    prompt(
        "wrong-entry",
        "输入有误，请重新输入。",
        "shu1ru4 you3 wu4, qing3 chong2xin1 shu1ru4.",
        "That was not right. Please try again.",
    ),
    prompt("balance", "您的余额是", "nin2 de5 yu2e2 shi4", "Your balance is"),
    prompt(
        "solved",
        "问题已经解决请按一，没有解决请按二。",
        "wen4ti2 yi3jing1 jie3jue2 qing3 an4 yi1, mei2you3 jie3jue2 qing3 an4 er4.",
        "If your question is answered, press 1. If not, press 2.",
    ),
    prompt(
        "not-available",
        "对不起，系统暂时无法处理您的请求。",
        "dui4bu5qi3, xi4tong3 zan4shi2 wu2fa3 chu3li3 nin2 de5 qing3qiu2.",
        "We are sorry, this is not available at the moment.",
    ),
    prompt("0", "零", "ling2", "zero"),
    prompt("1", "一", "yi1", "one"),
    prompt("2", "二", "er4", "two"),
    prompt("3", "三", "san1", "three"),
    prompt("4", "四", "si4", "four"),
    prompt("5", "五", "wu3", "five"),
    prompt("6", "六", "liu4", "six"),
    prompt("7", "七", "qi1", "seven"),
    prompt("8", "八", "ba1", "eight"),
    prompt("9", "九", "jiu3", "nine"),
    prompt("10", "十", "shi2", "ten"),
    prompt("100", "百", "bai3", "hundred"),
    prompt("1000", "千", "qian1", "thousand"),
    prompt("point", "点", "dian3", "point"),
    prompt("minus", "负", "fu4", "minus"),
    prompt("yuan", "元", "yuan2", "yuan"),
];

/// What the demo's callers say, over and over.
pub const CALLER_EN: &str = "Hello, this is Anna Miller. The heating in our office stopped working this morning. \
    Could you please send somebody today? We are on the third floor.";
/// The same in Mandarin: 您好，我姓王。我们办公室的暖气，今天早上突然不热了。请问今天可以派师傅来看一下吗？我们在三楼。
pub const CALLER_ZH: &str = "nin2hao3, wo3 xing4 wang2. wo3men5 ban4gong1shi4 de5 nuan3qi4, jin1tian1 zao3shang5 \
    tu1ran2 bu2 re4 le5. qing3wen4, jin1tian1 ke2yi3 pai4 shi1fu5 lai2 kan4 yi2xia4 ma5? wo3men5 zai4 san1 lou2.";

/// Speaks a prompt; Mandarin is given in pinyin.
pub fn say(language: &str, text: &str) -> Result<Vec<f64>> {
    // A female voice for the house.
    let (voice, speed) = if language == "zh" { ("cmn-latn-pinyin+f3", 190) } else { ("en-us+f3", 155) };
    Ok(signal::normalise(&signal::trim(&espeak(voice, speed, text)?), LEVEL_DBFS))
}

/// Speaks as a caller: another voice, and a pause at the end before it begins anew.
pub fn call(language: &str, text: &str) -> Result<Vec<f64>> {
    let (voice, speed) = if language == "zh" { ("cmn-latn-pinyin+m3", 200) } else { ("en-us+f2", 165) };
    let mut spoken = signal::normalise(&signal::trim(&espeak(voice, speed, text)?), LEVEL_DBFS);
    spoken.resize(spoken.len() + RATE as usize, 0.0);
    Ok(spoken)
}

fn espeak(voice: &str, words_per_minute: u32, text: &str) -> Result<Vec<f64>> {
    let mut command = Command::new("espeak-ng");
    command.args(["--stdout", "-v", voice, "-s", &words_per_minute.to_string(), text]);
    let output = command.output().context("espeak-ng (Debian: espeak-ng)")?;
    ensure!(output.status.success(), "espeak-ng: {}", String::from_utf8_lossy(&output.stderr));
    // Written to a pipe, the header says that the file is endless: only its rate is believed.
    let (head, data) = output.stdout.split_at_checked(44).context("espeak-ng gave no WAV")?;
    let rate = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
    ensure!(head.starts_with(b"RIFF") && rate >= RATE, "espeak-ng gave no WAV of a usable rate");
    let samples = data.as_chunks::<2>().0.iter().map(|&pair| f64::from(i16::from_le_bytes(pair)) / 32768.0);
    Ok(signal::resample(&samples.collect::<Vec<_>>(), rate))
}
