//! Both languages in one table. The frame is too small for a library, and a missing sentence cannot compile.

use hark_shared::edge::Cause;
use hark_voice::grade::Grade;
use hark_voice::mic::MicError;

/// The languages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// Everything that the frame can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// The call button.
    Call,
    /// The call button after a call.
    Again,
    /// The call button after a failure.
    Retry,
    /// The hang-up button.
    HangUp,
    /// The mute button.
    Mute,
    /// The mute button while muted.
    Unmute,
    /// The cross on top.
    Close,
    /// The cross on top during a call.
    HangUpAndClose,
    /// Over the digits.
    Keypad,
    /// Opens the frame in a window of its own.
    NewWindow,
    /// Before the call.
    Idle,
    /// What will happen.
    IdleHint,
    /// Nobody can answer; in large letters.
    AwayTitle,
    /// Nobody can answer: what to do.
    Away,
    /// It did not work; in large letters.
    FailedTitle,
    /// The browser asks for the microphone.
    Asking,
    /// What to click.
    AskingHint,
    /// On the way.
    Connecting,
    /// The voice portal speaks.
    Menu,
    /// What to do in it.
    MenuHint,
    /// Waiting; the next.
    QueuedNext,
    /// Waiting; `{}` are before.
    QueuedAt,
    /// An agent is rung.
    Ringing,
    /// Talking.
    Talking,
    /// On hold.
    Hold,
    /// Over.
    Ended,
    /// The server cannot be reached.
    Offline,
    /// The number of the loader is wrong.
    WrongNumber,
    /// The server refused.
    Refused,
    /// The control connection is lost, the sound is not; we try to get it back.
    Reconnecting,
    /// It could not be got back.
    ControlLost,
    /// Why there is no microphone.
    Microphone(MicError),
    /// The page around us forbids the microphone.
    Framed,
    /// How the call ended.
    Because(Cause),
    /// How it sounds.
    Sound(Grade),
}

impl Say {
    /// The sentence.
    pub const fn text(self, language: Language) -> &'static str {
        let (en, zh) = self.both();
        match language {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    const fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Call => ("Call now", "立即通话"),
            Self::Again => ("Call again", "再次通话"),
            Self::Retry => ("Try again", "重试"),
            Self::HangUp => ("Hang up", "挂断"),
            Self::Mute => ("Mute", "静音"),
            Self::Unmute => ("Unmute", "取消静音"),
            Self::Close => ("Close", "关闭"),
            Self::HangUpAndClose => ("Hang up and close", "挂断并关闭"),
            Self::Keypad => ("Keypad", "拨号盘"),
            Self::NewWindow => ("Open in a new window", "在新窗口中打开"),
            Self::Idle => ("Talk to us", "与我们通话"),
            Self::IdleHint => (
                "A free call from this page. Your browser will ask for the microphone.",
                "网页免费通话。浏览器会请求使用麦克风。",
            ),
            Self::AwayTitle => ("We are away", "暂时无人值守"),
            Self::Away => ("Nobody can answer right now. Please try again later.", "现在无人接听，请稍后再试。"),
            Self::FailedTitle => ("That did not work", "未能开始通话"),
            Self::Asking => ("Microphone", "麦克风"),
            Self::AskingHint => {
                ("Please allow the microphone, so that we can hear you.", "请允许使用麦克风，以便我们听到您的声音。")
            }
            Self::Connecting => ("Connecting…", "正在连接…"),
            Self::Menu => ("Please choose", "请选择"),
            Self::MenuHint => ("Listen, then press a key below.", "请听提示，然后按下面的数字键。"),
            Self::QueuedNext => ("You are next", "下一位就是您"),
            Self::QueuedAt => ("{} before you", "您前面还有 {} 位"),
            Self::Ringing => ("An agent is being called", "正在呼叫坐席"),
            Self::Talking => ("Connected", "通话中"),
            Self::Hold => ("One moment please", "请稍候，通话保持中"),
            Self::Ended => ("The call is over", "通话已结束"),
            Self::Offline => {
                ("We cannot be reached. Please check your network and try again.", "无法连接。请检查网络后重试。")
            }
            Self::WrongNumber => (
                "This button is not set up rightly: its number is missing or unknown.",
                "此按钮设置有误：号码缺失或不存在。",
            ),
            Self::Refused => ("The call could not begin. Please try again.", "通话未能建立，请重试。"),
            Self::Reconnecting => (
                "Reconnecting… You can go on talking; keys do not work for a moment.",
                "正在重新连接…您可以继续通话，按键暂时无效。",
            ),
            Self::ControlLost => (
                "The connection did not come back. You can go on talking, but keys do not work any more.",
                "连接未能恢复。您可以继续通话，但按键已无法使用。",
            ),
            Self::Microphone(MicError::Insecure) => (
                "The browser gives no microphone to this page, because its address is not secure (https).",
                "页面地址不是安全的 https，浏览器不允许使用麦克风。",
            ),
            Self::Microphone(MicError::Denied) => (
                "The microphone is blocked: click the icon left of the address, allow it, and try again.",
                "麦克风被阻止：点击地址栏左侧的图标，允许后重试。",
            ),
            Self::Microphone(MicError::Missing) => {
                ("No microphone was found. Please plug one in and try again.", "没有找到麦克风。请插上后重试。")
            }
            Self::Microphone(MicError::Unreadable) => (
                "The microphone cannot be used; another program may hold it. Close that program and try again.",
                "麦克风无法使用，可能被其他程序占用。请关闭该程序后重试。",
            ),
            Self::Framed => (
                "The microphone is blocked here. Allow it by the icon left of the address, or call from a new window.",
                "此处的麦克风被阻止。请点击地址栏左侧的图标允许，或在新窗口中通话。",
            ),
            Self::Because(cause) => because(cause),
            Self::Sound(Grade::Good) => ("Sound: good", "音质：良好"),
            Self::Sound(Grade::Fair) => ("Sound: disturbed", "音质：一般"),
            Self::Sound(Grade::Poor) => ("Sound: poor", "音质：差"),
        }
    }
}

const fn because(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::Normal | Cause::Cancelled | Cause::Ended => ("Thank you for calling.", "感谢您的来电。"),
        Cause::Busy | Cause::NoAnswer | Cause::Rejected | Cause::Congestion => {
            ("Nobody could answer. Please try again later.", "暂时无人接听，请稍后再试。")
        }
        Cause::NotFound => Say::WrongNumber.both(),
        Cause::Lost => ("The connection was lost.", "连接中断。"),
        Cause::Incompatible | Cause::Failed => ("The call failed. Please try again.", "通话失败，请重试。"),
    }
}
