//! A web server for pages of the stories' own: another company's site that includes the widget, and the page on which
//! the browser's ears prove themselves.

use anyhow::Result;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A page that calls itself by WebRTC and plays what comes back: microphone, network and speaker of one browser.
pub const LOOP: &str = include_str!("../pages/loop.html");

/// A running server; it ends when dropped.
#[derive(Debug)]
pub struct Pages {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Pages {
    /// Serves HTML by path, like `/index.html`, on a free loopback port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn serve(pages: impl IntoIterator<Item = (&str, String)>) -> Result<Self> {
        let pages: HashMap<String, String> = pages.into_iter().map(|(path, html)| (path.to_owned(), html)).collect();
        let pages = Arc::new(pages);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A browser that hangs up early costs its own request only.
                tokio::spawn(answer(stream, Arc::clone(&pages)));
            }
        });
        Ok(Self { address, task })
    }

    /// The address of a page; its origin is `http://127.0.0.1:port`, another one than `http://localhost:port`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(stream: TcpStream, pages: Arc<HashMap<String, String>>) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    stream.read_line(&mut request).await?;
    let mut header = String::new();
    while stream.read_line(&mut header).await? > 2 {
        header.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, body) = pages.get(path).map_or(("404 Not Found", ""), |html| ("200 OK", html.as_str()));
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}
