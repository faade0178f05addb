//! The telephones and browsers of the bench, in a process of their own.
//!
//! Every packet carries the time at which it was made; both ends are in this process, so one clock serves.

use crate::browser::Browser;
use crate::line::Line;
use crate::phone::{Phone, packet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// Packets that a party must have heard before its call counts as bridged.
const HEARD: usize = 10;
const PERIOD: Duration = Duration::from_millis(20);

/// Delays in seconds while they are wanted.
type Delays = Arc<Mutex<Option<Vec<f64>>>>;

/// What all parties share.
#[derive(Clone)]
struct Book {
    origin: Instant,
    delays: Delays,
    loopback: Delays,
}

impl Book {
    /// A payload of 20 ms that says when it was made.
    fn stamp(&self) -> Vec<u8> {
        let mut payload = vec![0xD5; 160];
        payload[..8].copy_from_slice(&(self.origin.elapsed().as_nanos() as u64).to_be_bytes());
        payload
    }

    fn note(&self, delays: &Delays, payload: &[u8], at: Instant) {
        let sent = Duration::from_nanos(u64::from_be_bytes(payload[..8].try_into().unwrap()));
        if let Some(delays) = &mut *delays.lock().unwrap() {
            delays.push(at.duration_since(self.origin).saturating_sub(sent).as_secs_f64());
        }
    }
}

/// The value below which `share` of them lie, in ms.
fn quantile(delays: &mut [f64], share: f64) -> f64 {
    delays.sort_unstable_by(f64::total_cmp);
    let at = (delays.len() as f64 * share) as usize;
    delays.get(at.min(delays.len().saturating_sub(1))).copied().unwrap_or(f64::NAN) * 1000.0
}

/// Does as the bench says until it is gone.
pub async fn run(mut line: Line) {
    let book = Book { origin: Instant::now(), delays: Delays::default(), loopback: Delays::default() };
    let (mut talking, mut ready) = (JoinSet::new(), Vec::new());
    tokio::spawn(loopback(book.clone()));
    while let Some(said) = line.next().await {
        match said.as_str() {
            "call" => ready.push(call(&mut line, ready.len()).await),
            "listen" => {
                let mut waiting = JoinSet::new();
                for (phone, browser, to, number) in ready.drain(..) {
                    waiting.spawn(talk(phone, browser, to, number, book.clone()));
                }
                while let Some(tasks) = waiting.join_next().await {
                    for task in tasks.unwrap() {
                        talking.spawn(task);
                    }
                }
                line.say("all hear").await;
            }
            "measure" => {
                *book.delays.lock().unwrap() = Some(Vec::new());
                *book.loopback.lock().unwrap() = Some(Vec::new());
            }
            "tell" => {
                let mut delays = book.delays.lock().unwrap().take().unwrap();
                let mut loopback = book.loopback.lock().unwrap().take().unwrap();
                line.say(&quantile(&mut delays, 0.5).to_string()).await;
                line.say(&quantile(&mut delays, 0.99).to_string()).await;
                line.say(&quantile(&mut loopback, 0.99).to_string()).await;
            }
            "hang up" => {
                talking.shutdown().await;
                line.say("gone").await;
            }
            other => panic!("the bench said {other}"),
        }
    }
}

async fn call(line: &mut Line, number: usize) -> (Phone, Browser, SocketAddr, usize) {
    let (phone, browser) = (Phone::new().await, Browser::new().await);
    line.say(&phone.address.to_string()).await;
    line.say(&browser.offer(false).await).await;
    let to = line.hear().await.parse().unwrap();
    browser.answer(line.hear().await).await;
    (phone, browser, to, number)
}

type Task = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Lets both speak and waits until both hear; then each goes on as a task.
async fn talk(mut phone: Phone, mut browser: Browser, to: SocketAddr, number: usize, book: Book) -> Vec<Task> {
    // Spread over the period as real calls are.
    let start = tokio::time::Instant::now() + PERIOD * (number as u32 % 50) / 50;
    let (socket, mouth) = (phone.rtp.clone(), browser.mouth());
    let speaking = tokio::spawn({
        let book = book.clone();
        async move {
            let mut clock = tokio::time::interval_at(start, PERIOD);
            for n in 0u32.. {
                clock.tick().await;
                let bytes = packet(8, n == 0, n as u16, n * 160, number as u32 + 1, &book.stamp());
                let _ = socket.send_to(&bytes, to).await;
                mouth.say(8, 160, book.stamp()).await;
            }
        }
    });
    let speaking = Abort(speaking);
    for _ in 0..HEARD {
        phone.packet().await;
        browser.packet().await;
    }
    let (for_phone, for_browser) = (book.clone(), book);
    vec![
        Box::pin(async move {
            let _speaking = speaking;
            loop {
                let got = phone.packet().await;
                for_phone.note(&for_phone.delays, &got.payload, got.at);
            }
        }),
        Box::pin(async move {
            loop {
                let got = browser.packet().await;
                for_browser.note(&for_browser.delays, &got.payload, got.at);
            }
        }),
    ]
}

/// A task that ends with its owner.
struct Abort(tokio::task::JoinHandle<()>);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Two sockets with nothing between them, ten packets in each period.
async fn loopback(book: Book) {
    let (a, b) = (UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let to = b.local_addr().unwrap();
    let sending = {
        let book = book.clone();
        async move {
            let mut clock = tokio::time::interval(PERIOD / 10);
            loop {
                clock.tick().await;
                let _ = a.send_to(&book.stamp(), to).await;
            }
        }
    };
    let receiving = async move {
        let mut buffer = [0; 2048];
        loop {
            if let Ok((length, _)) = b.recv_from(&mut buffer).await {
                book.note(&book.loopback, &buffer[..length], Instant::now());
            }
        }
    };
    tokio::join!(sending, receiving);
}
