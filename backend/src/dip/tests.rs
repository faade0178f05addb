//! Dips against servers that this test runs: good ones, slow ones, broken ones, and some that lead elsewhere.

use super::*;
use crate::clock::SystemClock;
use hark_shared::flow::dip::{Filled, Part};
use hark_shared::flow::model::{Method, Taken};
use hark_shared::time::Millis;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that gives these answers in turn, the last one again and again; `None` never answers. It keeps what it read.
struct Server {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    read: Arc<Mutex<Vec<String>>>,
}

async fn server(answers: Vec<Option<String>>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, read) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (count, kept) = (asked.clone(), read.clone());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let at = count.fetch_add(1, Ordering::SeqCst);
            let mut buffer = vec![0; 64 * 1024];
            let mut text = String::new();
            while !is_whole(&text) {
                let Ok(more @ 1..) = stream.read(&mut buffer).await else { break };
                text.push_str(&String::from_utf8_lossy(&buffer[..more]));
            }
            kept.lock().unwrap().push(text);
            match answers.get(at).unwrap_or_else(|| answers.last().unwrap()) {
                Some(answer) => {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
                None => open.push(stream),
            }
        }
    });
    Server { address, asked, read }
}

/// Head and as much body as it says.
fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn answer(status: &str, headers: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()))
}

fn plain(text: &str) -> Filled {
    Filled(vec![Part::Plain(text.to_owned())])
}

fn request(url: &str) -> Request {
    Request {
        method: Method::Get,
        url: plain(url),
        headers: BTreeMap::new(),
        body: Filled::default(),
        timeout: Millis(2000),
        tries: 1,
        take: vec![Taken { pointer: "/n".into(), into: VarName::new("n").unwrap() }],
    }
}

fn dips(private: &[&str]) -> Dips {
    let private: Vec<String> = private.iter().map(|host| (*host).to_owned()).collect();
    Dips::new(PrivateHosts::read(&private).unwrap(), Arc::new(SystemClock))
}

async fn ask(dips: &Dips, request: &Request) -> Option<String> {
    let values = dips.ask(request, |_, digits| (digits == 4).then(|| "1234".to_owned())).await?;
    Some(values[0].1.clone())
}

const OURS: &[&str] = &["127.0.0.1", "localhost"];

#[tokio::test]
async fn a_value_is_taken_from_the_answer() {
    let server = server(vec![answer("200 OK", "", r#"{"n":42}"#)]).await;
    let pin = Part::Masked { name: VarName::new("pin").unwrap(), digits: 4 };
    let body = Filled(vec![Part::Plain(r#"{"pin":""#.into()), pin.clone(), Part::Plain(r#""}"#.into())]);
    let headers = BTreeMap::from([("X-Key".to_owned(), plain("secret"))]);
    let url = format!("http://{}/a?b=c", server.address);
    let request = Request { method: Method::Post, headers, body, ..request(&url) };
    assert_eq!(ask(&dips(OURS), &request).await.as_deref(), Some("42"));
    let read = server.read.lock().unwrap()[0].clone();
    assert!(read.starts_with("POST /a?b=c HTTP/1.1\r\n") && read.ends_with(r#"{"pin":"1234"}"#), "{read}");
    assert!(read.contains("x-key: secret") && read.contains("application/json"), "{read}");
    let lost = Filled(vec![Part::Masked { name: VarName::new("pin").unwrap(), digits: 5 }]);
    assert_eq!(ask(&dips(OURS), &Request { body: lost, ..request }).await, None);
    assert_eq!(server.asked.load(Ordering::SeqCst), 1, "without all digits nobody is asked");
}

#[tokio::test]
async fn a_server_that_stumbles_is_asked_again_and_a_refusal_is_not() {
    let good = answer("200 OK", "", r#"{"n":1}"#);
    let stumbles = server(vec![answer("503 Busy", "", ""), good.clone()]).await;
    let url = format!("http://{}/", stumbles.address);
    assert_eq!(ask(&dips(OURS), &Request { tries: 2, ..request(&url) }).await.as_deref(), Some("1"));
    let refuses = server(vec![answer("404 Not Found", "", ""), good]).await;
    let url = format!("http://{}/", refuses.address);
    assert_eq!(ask(&dips(OURS), &Request { tries: 3, ..request(&url) }).await, None);
    assert_eq!(refuses.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_slow_a_broken_and_a_boundless_server_take_the_error_branch() {
    let slow = server(vec![None]).await;
    let url = format!("http://{}/", slow.address);
    assert_eq!(ask(&dips(OURS), &Request { timeout: Millis(100), ..request(&url) }).await, None);
    for answer in [
        Some("HTTP/1.1 200 OK\r\n\r\nno json".to_owned()),
        Some("nonsense\r\n\r\n".to_owned()),
        answer("200 OK", "", r#"{"m":1}"#),
        answer("200 OK", "", &format!("{{\"n\":\"{}\"}}", "x".repeat(client::MAX_ANSWER))),
    ] {
        let broken = server(vec![answer]).await;
        assert_eq!(ask(&dips(OURS), &request(&format!("http://{}/", broken.address))).await, None);
    }
}

#[tokio::test]
async fn a_host_that_fails_again_and_again_is_left_alone() {
    let server = server(vec![answer("500 Oh", "", "")]).await;
    let (dips, request) = (dips(OURS), request(&format!("http://{}/", server.address)));
    for _ in 0..9 {
        assert_eq!(ask(&dips, &request).await, None);
    }
    assert_eq!(server.asked.load(Ordering::SeqCst), 5, "then nobody waits for it");
}

#[tokio::test]
async fn private_addresses_are_refused_also_by_name_and_behind_a_redirect() {
    let inside = server(vec![answer("200 OK", "", r#"{"n":"secret"}"#)]).await;
    let port = inside.address.port();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        assert_eq!(ask(&dips(&[]), &request(&format!("http://{host}:{port}/"))).await, None, "{host}");
    }
    assert_eq!(inside.asked.load(Ordering::SeqCst), 0);
    // By the address alone the first server may be asked, the second may not.
    let to = format!("location: http://localhost:{port}/\r\n");
    let leads = server(vec![answer("302 Found", &to, "")]).await;
    let first = format!("http://127.0.0.1:{}/", leads.address.port());
    assert_eq!(ask(&dips(&["127.0.0.1"]), &request(&first)).await.as_deref(), Some("secret"), "the address is allowed");
    let six = TcpListener::bind("[::1]:0").await.unwrap();
    let to = format!("location: http://[::1]:{}/\r\n", six.local_addr().unwrap().port());
    let leads = server(vec![answer("302 Found", &to, "")]).await;
    let first = format!("http://127.0.0.1:{}/", leads.address.port());
    assert_eq!(ask(&dips(&["127.0.0.1"]), &request(&first)).await, None);
}

#[tokio::test]
async fn masked_digits_and_keys_do_not_follow_a_redirect_to_another_house() {
    let other = server(vec![answer("200 OK", "", r#"{"n":1}"#)]).await;
    let to = format!("location: http://{}/\r\n", other.address);
    let leads = server(vec![answer("307 Go", &to, "")]).await;
    let url = format!("http://{}/", leads.address);
    let headers = BTreeMap::from([("Authorization".to_owned(), plain("key"))]);
    let keyed = Request { headers, ..request(&url) };
    assert_eq!(ask(&dips(OURS), &keyed).await.as_deref(), Some("1"));
    assert!(!other.read.lock().unwrap()[0].to_ascii_lowercase().contains("authorization"));
    let pin = Part::Masked { name: VarName::new("pin").unwrap(), digits: 4 };
    let body = Filled(vec![Part::Plain("\"".into()), pin, Part::Plain("\"".into())]);
    let secret = Request { method: Method::Post, body, ..request(&url) };
    assert_eq!(ask(&dips(OURS), &secret).await, None);
    assert_eq!(other.asked.load(Ordering::SeqCst), 1);
}
