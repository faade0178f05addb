//! Patches of a page's own browser: what a story cannot do from outside, done where the browser hands out its objects.
//!
//! Each is a script that runs before the page's own code. The product holds none of it, and the objects stay the
//! browser's: a microphone that is unplugged is a track that ends, a codec that is missing is one not offered.

use super::Browser;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;

/// Keeps every peer connection in `window.__peers`.
const PEERS: &str = r"
    (() => {
        if (window.__peers) return;
        window.__peers = [];
        const add = RTCPeerConnection.prototype.addTransceiver;
        RTCPeerConnection.prototype.addTransceiver = function (...given) {
            window.__peers.push(this);
            return add.apply(this, given);
        };
    })();
";

/// A browser that knows Opus and no other codec.
const OPUS_ONLY: &str = r"
    (() => {
        const add = RTCPeerConnection.prototype.addTransceiver;
        RTCPeerConnection.prototype.addTransceiver = function (...given) {
            const transceiver = add.apply(this, given);
            const codecs = RTCRtpReceiver.getCapabilities('audio').codecs;
            transceiver.setCodecPreferences(codecs.filter((codec) => codec.mimeType === 'audio/opus'));
            return transceiver;
        };
    })();
";

/// A microphone that can be unplugged and plugged in: its tracks end as the browser ends them (Media Capture and
/// Streams, 4.3.1: `readyState` is `ended` and then the event comes), asking for it finds none, the list of devices changes.
const PLUG: &str = r"
    (() => {
        const devices = navigator.mediaDevices;
        if (!devices) return;
        const ask = devices.getUserMedia.bind(devices);
        const tracks = [];
        let plugged = true;
        devices.getUserMedia = async (wanted) => {
            if (!plugged) throw new DOMException('Requested device not found', 'NotFoundError');
            const stream = await ask(wanted);
            tracks.push(...stream.getAudioTracks());
            return stream;
        };
        window.__plug = (on) => {
            plugged = on;
            for (const track of on ? [] : tracks.splice(0)) {
                if (track.readyState === 'live') {
                    track.stop();
                    track.dispatchEvent(new Event('ended'));
                }
            }
            devices.dispatchEvent(new Event('devicechange'));
        };
    })();
";

/// Keeps every frame that comes over a WebSocket in `window.__frames`, and the newest one in `window.__socket`.
const FRAMES: &str = r"
    (() => {
        window.__frames = [];
        window.WebSocket = class extends WebSocket {
            constructor(...given) {
                super(...given);
                window.__socket = this;
                this.addEventListener('message', (event) => window.__frames.push(String(event.data)));
            }
        };
    })();
";

/// Notes by the system's clock when the button that answers is pressed, and when a ringing card has left the page.
const RINGING: &str = r#"
    (() => {
        const clock = () => performance.timeOrigin + performance.now();
        window.__ringing = {};
        document.addEventListener('click', (event) => {
            if (event.target.closest('[data-testid="offer-accept"]')) window.__ringing.pressed = clock();
        }, true);
        let shown = false;
        new MutationObserver(() => {
            const now = document.querySelector('[data-testid="offer-card"]') !== null;
            if (shown && !now) window.__ringing.gone = clock();
            shown = now;
        }).observe(document, { childList: true, subtree: true });
    })();
"#;

/// The codec that is sent and the codec that is received, of the newest connection.
const CODECS: &str = r"
    window.__peers.at(-1).getStats().then((stats) => {
        const all = [...stats.values()];
        const name = (type) => all.filter((s) => s.type === type).map((s) => stats.get(s.codecId)?.mimeType)[0] ?? '';
        return [name('outbound-rtp'), name('inbound-rtp')];
    })
";

/// The newest connection's ICE: which connection it is, and the user name that changes with each restart.
const ICE: &str = r"
    [window.__peers.length, window.__peers.at(-1).localDescription.sdp.match(/a=ice-ufrag:(\S+)/)[1]]
";

/// Parts of the program that are loaded when they are wanted cannot be had, until [`Browser::let_parts_through`].
const NO_PARTS: &str = r"
    (() => {
        const fetched = window.fetch;
        window.fetch = (what, ...rest) => {
            const cut = !window.__parts && String(what.url ?? what).includes('/parts/');
            return cut ? Promise.reject(new TypeError('no parts')) : fetched.call(window, what, ...rest);
        };
    })();
";

/// A patch, put in when the browser is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    /// [`Browser::codecs`] and [`Browser::ice`] can be asked.
    Peers,
    /// Opus is the only codec.
    OpusOnly,
    /// [`Browser::plug_microphone`] works.
    Plug,
    /// [`Browser::frames`] can be asked.
    Frames,
    /// [`Browser::pressed`] and [`Browser::card_gone`] can be asked.
    Ringing,
    /// Parts of the program cannot be loaded, until [`Browser::let_parts_through`].
    NoParts,
}

impl Patch {
    fn script(self) -> &'static str {
        match self {
            Self::Peers => PEERS,
            Self::OpusOnly => OPUS_ONLY,
            Self::Plug => PLUG,
            Self::Frames => FRAMES,
            Self::Ringing => RINGING,
            Self::NoParts => NO_PARTS,
        }
    }
}

impl Browser {
    /// Puts a patch into every page that is opened from now on.
    ///
    /// # Errors
    /// When the browser is gone.
    pub(super) async fn patch(&self, patch: Patch) -> Result<()> {
        self.cdp("Page.enable", json!({})).await?;
        let script = json!({ "source": patch.script() });
        self.cdp("Page.addScriptToEvaluateOnNewDocument", script).await.map(drop)
    }

    /// Ends what [`Patch::NoParts`] does.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn let_parts_through(&self) -> Result<()> {
        self.evaluate("window.__parts = true").await.map(drop)
    }

    /// Plugs the microphone in or out; needs [`Patch::Plug`].
    ///
    /// # Errors
    /// When the page was opened without the patch.
    pub async fn plug_microphone(&self, on: bool) -> Result<()> {
        self.evaluate(&format!("window.__plug({on})")).await.map(drop)
    }

    /// The MIME types of the codecs that are sent and received; needs [`Patch::Peers`].
    ///
    /// # Errors
    /// When the page was opened without the patch or has no connection.
    pub async fn codecs(&self) -> Result<(String, String)> {
        Ok(serde_json::from_value(self.evaluate(CODECS).await?)?)
    }

    /// How many connections the page has made, and the ICE user name of the newest; needs [`Patch::Peers`].
    ///
    /// # Errors
    /// When the page was opened without the patch or has no connection.
    pub async fn ice(&self) -> Result<(u32, String)> {
        Ok(serde_json::from_value(self.evaluate(ICE).await?)?)
    }

    /// What came over the page's WebSockets; needs [`Patch::Frames`].
    ///
    /// # Errors
    /// When the page was opened without the patch.
    pub async fn frames(&self) -> Result<Vec<String>> {
        let frames: Vec<String> = serde_json::from_value(self.evaluate("window.__frames").await?)?;
        ensure!(!frames.is_empty(), "nothing came over a WebSocket");
        Ok(frames)
    }

    /// Sends a frame over the page's newest WebSocket, whatever the page itself would; needs [`Patch::Frames`].
    ///
    /// # Errors
    /// When the page was opened without the patch.
    pub async fn send_frame(&self, frame: &str) -> Result<()> {
        let script = "window.__socket.send(arguments[0])";
        self.client().execute(script, vec![frame.into()]).await.map(drop).context("send a frame")
    }

    /// When the button that answers was pressed last, in ms since 1970; needs [`Patch::Ringing`].
    ///
    /// # Errors
    /// When it was not.
    pub async fn pressed(&self) -> Result<f64> {
        self.evaluate("window.__ringing.pressed").await?.as_f64().context("nothing was answered")
    }

    /// When a ringing card left the page last, in ms since 1970; needs [`Patch::Ringing`].
    ///
    /// # Errors
    /// When none did.
    pub async fn card_gone(&self) -> Result<f64> {
        self.evaluate("window.__ringing.gone").await?.as_f64().context("no card has gone")
    }

    /// Clicks an element after a time by the page's own clock, if it is still there then: for two things at one moment.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn click_after(&self, id: &str, time: Duration) -> Result<()> {
        let script = format!(
            "setTimeout(() => document.querySelector(\"[data-testid='{id}']\")?.click(), {})",
            time.as_secs_f64() * 1000.0
        );
        self.client().execute(&script, Vec::new()).await.map(drop).with_context(|| format!("click {id} later"))
    }
}
