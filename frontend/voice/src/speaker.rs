//! Where the far side is heard: one `<audio id="remote-audio">` for the life of the page.

use crate::js;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlAudioElement, MediaStream};

/// The audio element; it stays in the document.
#[derive(Clone)]
pub struct Speaker {
    element: HtmlAudioElement,
}

impl Speaker {
    /// The id of the element.
    pub const ID: &'static str = "remote-audio";

    /// The page's speaker, put at the end of its body when it is not there yet.
    #[must_use]
    pub fn of_page() -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let found = document.get_element_by_id(Self::ID).and_then(|element| element.dyn_into().ok());
        let element = match found {
            Some(element) => element,
            None => {
                let element: HtmlAudioElement = document.create_element("audio").ok()?.dyn_into().ok()?;
                element.set_id(Self::ID);
                element.set_autoplay(true);
                document.body()?.append_child(&element).ok()?;
                element
            }
        };
        Some(Self { element })
    }

    /// Plays `stream` from now on. Call [`Self::play`] again once the microphone is open: before the first click of a
    /// page browsers let it make a sound only while it captures.
    pub fn attach(&self, stream: &MediaStream) {
        self.element.set_src_object(Some(stream));
        self.play();
    }

    /// Starts playing; a refusal of the browser is not an error, because the next call comes with the microphone.
    pub fn play(&self) {
        if let Ok(promise) = self.element.play() {
            spawn_local(async move {
                let _ = JsFuture::from(promise).await;
            });
        }
    }

    /// Sends the sound to output device `id`, empty for the system's choice. Says whether the browser did it: some have
    /// no `setSinkId`, and a device may be gone.
    pub async fn use_device(&self, id: &str) -> bool {
        match js::call(&self.element, "setSinkId", &id.into()) {
            Some(promise) => JsFuture::from(promise).await.is_ok(),
            None => false,
        }
    }
}
