//! A mail server that takes every letter and keeps it (RFC 5321, as much as a client needs), and a reader of letters
//! with one attachment (MIME, RFC 2045 and 2046).

use anyhow::{Context, Result, bail, ensure};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How often it is looked whether a letter has come.
const POLL: Duration = Duration::from_millis(50);

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Whom the envelope names.
    pub to: Vec<String>,
    /// Headers and body.
    pub text: String,
}

/// The server.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    letters: Arc<Mutex<Vec<Letter>>>,
    /// Letters that are refused for now (451) before one is taken.
    busy: Arc<Mutex<u32>>,
    task: tokio::task::JoinHandle<()>,
}

impl MailServer {
    /// Opens it on a free port. The first `busy` letters are put off.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn open(busy: u32) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let letters = Arc::new(Mutex::new(Vec::new()));
        let busy = Arc::new(Mutex::new(busy));
        let (kept, busy_too) = (Arc::clone(&letters), Arc::clone(&busy));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, busy) = (Arc::clone(&kept), Arc::clone(&busy_too));
                // A client that hangs up in the middle is its own loss.
                tokio::spawn(async move { serve(stream, &kept, &busy).await.ok() });
            }
        });
        Ok(Self { address, letters, busy, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many letters it will still put off.
    ///
    /// # Panics
    /// Never: no holder of the lock panics.
    #[must_use]
    pub fn busy(&self) -> u32 {
        *self.busy.lock().expect("no holder of this lock panics")
    }

    /// Awaits the first letter.
    ///
    /// # Errors
    /// When none has come `within`.
    ///
    /// # Panics
    /// Never: no holder of the lock panics.
    pub async fn letter(&self, within: Duration) -> Result<Letter> {
        let began = Instant::now();
        loop {
            if let Some(letter) = self.letters.lock().expect("no holder of this lock panics").first() {
                return Ok(letter.clone());
            }
            ensure!(began.elapsed() < within, "no letter has come");
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, letters: &Mutex<Vec<Letter>>, busy: &Mutex<u32>) -> Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = Vec::new();
    write.write_all(b"220 story\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" | "HELO" => b"250 story\r\n",
            "MAIL" => {
                to.clear();
                b"250 go on\r\n"
            }
            "RCPT" => {
                let mut left = busy.lock().expect("no holder of this lock panics");
                if *left > 0 {
                    *left -= 1;
                    b"451 not now\r\n"
                } else {
                    let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                    to.extend(address.map(|(address, _)| address.to_owned()));
                    b"250 go on\r\n"
                }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push_str("\r\n");
                }
                let letter = Letter { to: to.clone(), text };
                letters.lock().expect("no holder of this lock panics").push(letter);
                b"250 taken\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "RSET" | "NOOP" => b"250 so be it\r\n",
            _ => b"502 what?\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}

impl Letter {
    /// The attachment of this type, decoded.
    ///
    /// # Errors
    /// When the letter has several parts and none of this type, or it is not in base64.
    pub fn attachment(&self, kind: &str) -> Result<Vec<u8>> {
        let (head, body) = self.text.split_once("\r\n\r\n").context("no end of the headers")?;
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let boundary = head.split_once("boundary=\"").and_then(|(_, rest)| rest.split_once('"'));
        let (boundary, _) = boundary.with_context(|| format!("no boundary in {head}"))?;
        for part in body.split(&format!("--{boundary}")) {
            let Some((head, body)) = part.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            if head.contains(&format!("content-type: {kind}")) {
                ensure!(head.contains("content-transfer-encoding: base64"), "another encoding: {head}");
                return decode(body);
            }
        }
        bail!("no {kind} in the letter: {head}")
    }
}

/// Base64 (RFC 4648, 4).
fn decode(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            other => bail!("{other} is no base64"),
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_found_among_the_parts() {
        let text = "Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n\
                    --b\r\nContent-Type: audio/wav\r\nContent-Transfer-Encoding: base64\r\n\r\nUklG\r\nRg==\r\n--b--\r\n";
        let letter = Letter { to: vec![], text: text.to_owned() };
        assert_eq!(letter.attachment("audio/wav").unwrap(), b"RIFF");
        assert!(letter.attachment("image/png").is_err());
    }
}
