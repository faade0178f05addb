//! One exchange over HTTP/1.1: resolve, look at the address, connect to that very one, send, read at most so much.

use super::Failed;
use super::reach::is_public;
use crate::config::PrivateHosts;
use hark_shared::flow::VarName;
use hark_shared::flow::dip::{Part, Request};
use hark_shared::flow::model;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use hyper::{Method, Response, StatusCode, body::Incoming};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// The largest answer: a customer's data are a few kilobytes.
pub(super) const MAX_ANSWER: usize = 256 * 1024;
/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// A request whose masked digits are filled in.
pub(super) struct Ready {
    url: Url,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
    /// It carries masked digits, which go to the host that the flow names and to no other.
    secret: bool,
}

impl Ready {
    pub fn new(request: &Request, masked: impl Fn(&VarName, u8) -> Option<String>) -> Result<Self, Failed> {
        let reveal = |text: &hark_shared::flow::dip::Filled| text.reveal(&masked).ok_or(Failed::Lost);
        let url = Url::parse(&reveal(&request.url)?).map_err(|_| Failed::Address("it is none"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failed::Address("a header's name"))?;
            let value = HeaderValue::from_str(&reveal(value)?).map_err(|_| Failed::Address("a header's value"))?;
            headers.insert(name, value);
        }
        headers.insert(USER_AGENT, HeaderValue::from_static("hark"));
        let body = reveal(&request.body)?;
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let method = match request.method {
            model::Method::Get => Method::GET,
            model::Method::Post => Method::POST,
        };
        let texts = request.headers.values().chain([&request.url, &request.body]);
        let secret = texts.flat_map(|text| &text.0).any(|part| matches!(part, Part::Masked { .. }));
        Ok(Self { url, method, headers, body: Bytes::from(body), secret })
    }

    /// Which host it goes to, with its port: what a breaker remembers.
    pub fn host(&self) -> Result<String, Failed> {
        let (host, port) = place(&self.url)?;
        Ok(format!("{host}:{port}"))
    }

    /// The request that a redirect asks for.
    fn redirected(&self, response: &Response<Incoming>) -> Result<Self, Failed> {
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).ok_or(Failed::Redirect)?;
        let url = self.url.join(to).map_err(|_| Failed::Redirect)?;
        let elsewhere = url.origin() != self.url.origin();
        let downgraded = self.url.scheme() == "https" && url.scheme() != "https";
        if downgraded || (elsewhere && self.secret) {
            return Err(Failed::Redirect);
        }
        // Further headers may be keys to the house that was asked, and are nobody else's.
        let mut headers = if elsewhere { HeaderMap::new() } else { self.headers.clone() };
        headers.insert(USER_AGENT, HeaderValue::from_static("hark"));
        let again = matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        let (method, body) = if again { (self.method.clone(), self.body.clone()) } else { (Method::GET, Bytes::new()) };
        if body.is_empty() {
            headers.remove(CONTENT_TYPE);
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(Self { url, method, headers, body, secret: self.secret })
    }
}

/// Host and port of an address.
fn place(url: &Url) -> Result<(String, u16), Failed> {
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(Failed::Address("only http and https, without a name and password"));
    }
    let host = match url.host().ok_or(Failed::Address("it names no host"))? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Ok((host, url.port_or_known_default().ok_or(Failed::Address("it names no port"))?))
}

/// See the module.
pub(super) struct Client {
    private: PrivateHosts,
    tls: TlsConnector,
}

impl Client {
    pub fn new(private: PrivateHosts) -> Self {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has what TLS 1.2 and 1.3 need")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { private, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// The answer's body, once its status says that it is one.
    pub async fn ask(&self, request: &Ready) -> Result<String, Failed> {
        let mut answer = self.exchange(request).await?;
        let mut followed = None;
        for _ in 0..MAX_REDIRECTS {
            if !answer.status().is_redirection() {
                break;
            }
            let next = followed.as_ref().unwrap_or(request).redirected(&answer)?;
            answer = self.exchange(&next).await?;
            followed = Some(next);
        }
        match answer.status() {
            status if status.is_success() => {}
            status if status.is_redirection() => return Err(Failed::Redirect),
            status => return Err(Failed::Status(status.as_u16())),
        }
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|why| if why.is::<LengthLimitError>() { Failed::TooLarge } else { Failed::Broken })?;
        String::from_utf8(body.to_bytes().to_vec()).map_err(|_| Failed::Answer)
    }

    async fn exchange(&self, request: &Ready) -> Result<Response<Incoming>, Failed> {
        let (host, port) = place(&request.url)?;
        let stream = self.connect(&host, port).await?;
        if request.url.scheme() == "https" {
            let name = ServerName::try_from(host).map_err(|_| Failed::Address("no certificate can name its host"))?;
            let stream = self.tls.connect(name, stream).await.map_err(|why| Failed::Connect(why.kind()))?;
            send(stream, request).await
        } else {
            send(stream, request).await
        }
    }

    /// Connects to an address that was looked at, never to a name again: it could mean another address by then.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Failed> {
        let addresses: Vec<SocketAddr> =
            tokio::net::lookup_host((host, port)).await.map_err(|_| Failed::Name)?.collect();
        let mut failed = if addresses.is_empty() { Failed::Name } else { Failed::Private };
        for address in addresses {
            if !is_public(address.ip()) && !self.private.names(host, address.ip()) {
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(why) => failed = Failed::Connect(why.kind()),
            }
        }
        Err(failed)
    }
}

async fn send<S>(stream: S, request: &Ready) -> Result<Response<Incoming>, Failed>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failed::Broken)?;
    // Ends with the exchange: nobody keeps the connection.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    let path = match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    };
    let host = match (request.url.host_str(), request.url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let mut message = hyper::Request::builder().method(request.method.clone()).uri(path).header(HOST, host);
    if let Some(headers) = message.headers_mut() {
        headers.extend(request.headers.clone());
    }
    let message = message.body(Full::new(request.body.clone())).map_err(|_| Failed::Address("its path"))?;
    sender.send_request(message).await.map_err(|_| Failed::Broken)
}
