//! The microphone: asked for when it is needed, stopped when it is not, and its failures told apart.

use crate::js;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack};

/// Where this browser remembers that it shall not process the microphone's sound.
const PROCESSING: &str = "hark.processing";

/// Whether the browser suppresses noise, cancels echo and levels the voice: yes, unless [`set_processing`] said no.
/// A headset that does it itself sounds better without, and so does a test tone.
#[must_use]
pub fn processing() -> bool {
    let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
    storage.and_then(|storage| storage.get_item(PROCESSING).ok().flatten()).as_deref() != Some("off")
}

/// Remembers whether the browser shall process the sound of the next microphone that is opened.
pub fn set_processing(on: bool) {
    if let Some(storage) = web_sys::window().and_then(|window| window.local_storage().ok().flatten()) {
        // A browser that forbids storage forgets it with the page.
        let _ = storage.set_item(PROCESSING, if on { "on" } else { "off" });
    }
}

/// Why there is no microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicError {
    /// The page is not in a secure context (plain HTTP away from localhost): the browser hides its devices.
    Insecure,
    /// The person or a policy said no.
    Denied,
    /// None is plugged in, or not the one that was chosen.
    Missing,
    /// Another program holds it, or its driver failed.
    Unreadable,
}

/// An open microphone. Dropping it stops it, and the browser's red dot goes out.
pub struct Mic {
    stream: MediaStream,
    track: MediaStreamTrack,
    _ended: Closure<dyn FnMut()>,
}

impl Mic {
    /// Asks for the microphone `device`, or for the system's choice. `ended` is called when it is unplugged or taken
    /// away; not when it is dropped.
    ///
    /// # Errors
    /// See [`MicError`].
    pub async fn open(device: Option<&str>, ended: impl Fn() + 'static) -> Result<Self, MicError> {
        let stream = ask(device).await?;
        let track: MediaStreamTrack = stream.get_audio_tracks().get(0).dyn_into().map_err(|_| MicError::Missing)?;
        let once = Rc::new(Cell::new(false));
        let ended = Closure::new(move || {
            if !once.replace(true) {
                ended();
            }
        });
        track.set_onended(Some(ended.as_ref().unchecked_ref()));
        Ok(Self { stream, track, _ended: ended })
    }

    /// The track to send.
    #[must_use]
    pub fn track(&self) -> MediaStreamTrack {
        // `self.track.clone()` would be the browser's own method: a second track that mutes and stops on its own.
        Clone::clone(&self.track)
    }

    /// The stream, for a level meter.
    #[must_use]
    pub fn stream(&self) -> &MediaStream {
        &self.stream
    }

    /// Lets sound through or not. A muted microphone gives silence, whatever the server does.
    pub fn set_enabled(&self, on: bool) {
        self.track.set_enabled(on);
    }
}

impl Drop for Mic {
    fn drop(&mut self) {
        self.track.set_onended(None);
        self.track.stop();
    }
}

async fn ask(device: Option<&str>) -> Result<MediaStream, MicError> {
    let devices = media_devices().ok_or(MicError::Insecure)?;
    let on = JsValue::from_bool(processing());
    let mut audio = vec![("echoCancellation", on.clone()), ("noiseSuppression", on.clone()), ("autoGainControl", on)];
    if let Some(id) = device {
        audio.push(("deviceId", js::object(&[("exact", id.into())]).into()));
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&js::object(&audio));
    let asked = devices.get_user_media_with_constraints(&constraints).map_err(|error| reason(&error))?;
    match JsFuture::from(asked).await {
        Ok(stream) => stream.dyn_into().map_err(|_| MicError::Unreadable),
        Err(error) => Err(reason(&error)),
    }
}

/// The exceptions of `getUserMedia` (Media Capture and Streams, 10.2).
fn reason(error: &JsValue) -> MicError {
    match js::error_name(error).as_str() {
        "NotAllowedError" | "SecurityError" => MicError::Denied,
        "NotFoundError" | "OverconstrainedError" => MicError::Missing,
        _ => MicError::Unreadable,
    }
}

/// `navigator.mediaDevices`, which only exists in a secure context.
fn media_devices() -> Option<MediaDevices> {
    let navigator = web_sys::window()?.navigator();
    js::get(&navigator, "mediaDevices").dyn_into().ok()
}

/// A microphone or speaker that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The browser's id, stable for this site.
    pub id: String,
    /// Its name; empty until the microphone was allowed once.
    pub label: String,
    /// A speaker, else a microphone.
    pub output: bool,
}

/// The audio devices that the browser shows. Empty when it shows none or not yet.
pub async fn devices() -> Vec<Device> {
    let Some(asked) = media_devices().and_then(|devices| devices.enumerate_devices().ok()) else { return Vec::new() };
    let Ok(list) = JsFuture::from(asked).await else { return Vec::new() };
    js_sys::Array::from(&list)
        .iter()
        .filter_map(|entry| entry.dyn_into::<MediaDeviceInfo>().ok())
        .filter_map(|info| {
            let output = match info.kind() {
                MediaDeviceKind::Audioinput => false,
                MediaDeviceKind::Audiooutput => true,
                _ => return None,
            };
            Some(Device { id: info.device_id(), label: info.label(), output })
        })
        .filter(|device| !device.id.is_empty())
        .collect()
}

/// Calls back when a device is plugged in or out, for as long as the page lives.
pub fn on_device_change(changed: impl Fn() + 'static) {
    if let Some(devices) = media_devices() {
        let closure = Closure::<dyn FnMut()>::new(changed);
        devices.set_ondevicechange(Some(closure.as_ref().unchecked_ref()));
        closure.forget();
    }
}
