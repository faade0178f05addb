//! What browsers load and callers hear: inside the binary of a release, read from the checkout in development.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hark_shared::wire::rest::Language;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::collections::BTreeSet;

/// The site that `cargo xtask bundle` builds.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Site;

/// Prompts and music.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../static/sounds"]
#[include = "*.wav"]
#[allow_missing = true]
struct SoundFiles;

/// The words of letters.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../static/locales"]
#[include = "*/mail.json"]
struct MailWords;

/// The page that shows a page's routes.
const INDEX: &str = "index.html";

/// The demo's page of another site: it has the policy of its own site, which is none.
const FOREIGN: &str = "demo/shop.html";

/// Where the parts of the desktop's program are, loaded when they are wanted.
const PARTS: &str = "parts/";

/// What a page of ours may load. Styles are set by script on single elements, hence `unsafe-inline` for them alone.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; media-src 'self' blob:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'";

/// Serves a file of the site; a path that looks like a page's route gets the page of that name, or the desk.
pub async fn site(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.rsplit('/').next().unwrap_or_default().contains('.') {
        return Site::get(path).map_or_else(|| StatusCode::NOT_FOUND.into_response(), |file| serve(path, file));
    }
    let own = format!("{path}.html");
    let page = Site::get(&own).map(|file| (own.as_str(), file)).or_else(|| Some((INDEX, Site::get(INDEX)?)));
    match page {
        Some((name, file)) => serve(name, file),
        None => (StatusCode::SERVICE_UNAVAILABLE, "The site is not built: run `cargo xtask bundle`.").into_response(),
    }
}

fn serve(name: &str, file: EmbeddedFile) -> Response {
    let kind = file.metadata.mimetype();
    let is_page = kind == "text/html";
    let kind = HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    // Names don't change with their content, so a browser asks each time; a reload is then never stale. Parts lie in a
    // folder that is named after the program they belong to.
    let kept = if name.starts_with(PARTS) { "max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if is_page && name != FOREIGN {
        // The widget's frame is made to be framed by foreign pages; nothing else is.
        let ancestors = if name.starts_with("widget/") { "*" } else { "'self'" };
        let policy = format!("{PAGE_POLICY}; frame-ancestors {ancestors}");
        headers.extend(HeaderValue::from_str(&policy).map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    }
    response
}

/// The names of all prompts and music.
#[must_use]
pub fn sound_names() -> BTreeSet<String> {
    SoundFiles::iter().filter_map(|path| path.strip_suffix(".wav").map(str::to_owned)).collect()
}

/// Words of a letter in a language; empty for an unknown key.
#[must_use]
pub fn mail_word(language: Language, key: &str) -> String {
    let file = MailWords::get(&format!("{}/mail.json", language.folder()));
    let words: Option<serde_json::Value> = file.and_then(|file| serde_json::from_slice(&file.data).ok());
    words.and_then(|words| words.get(key)?.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A prompt or music as a WAV file.
#[must_use]
pub fn sound(name: &str) -> Option<Vec<u8>> {
    SoundFiles::get(&format!("{name}.wav")).map(|file| file.data.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::flow::speech;
    use hark_shared::wire::rest::Language;

    #[test]
    fn every_word_of_a_spoken_value_is_recorded() {
        let names = sound_names();
        for language in [Language::Zh, Language::En] {
            for piece in speech::pieces(language) {
                let name = speech::sound(language, &piece);
                assert!(names.contains(&name), "{name}");
            }
        }
    }
}
