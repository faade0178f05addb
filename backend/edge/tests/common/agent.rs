//! A SIP user agent of a few lines, written apart from the stack: it speaks for telephones in tests with sound.

use super::{NUMBER, PATIENCE};
use std::net::SocketAddr;
use tokio::net::UdpSocket;

/// One call of a far end.
pub struct Agent {
    socket: UdpSocket,
    edge: SocketAddr,
    /// The INVITE that it got, when it was called.
    invite: String,
    to: String,
    cseq: u32,
}

fn sdp(rtp: SocketAddr, direction: &str) -> String {
    let (ip, port) = (rtp.ip(), rtp.port());
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    )
}

fn line<'a>(message: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    message.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_else(|| panic!("no {name} in {message}"))
}

/// Where the edge listens for sound, by its SDP.
fn rtp_of(message: &str) -> SocketAddr {
    let ip = message.lines().find_map(|l| l.strip_prefix("c=IN IP4 ")).expect("a connection line");
    let port =
        message.lines().find_map(|l| l.strip_prefix("m=audio ")).and_then(|l| l.split(' ').next()).expect("audio");
    format!("{ip}:{port}").parse().unwrap()
}

impl Agent {
    pub async fn new(edge: SocketAddr) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), edge).await
    }

    pub async fn at(local: SocketAddr, edge: SocketAddr) -> Self {
        let socket = UdpSocket::bind(local).await.unwrap();
        Self { socket, edge, invite: String::new(), to: format!("<sip:{NUMBER}@edge>"), cseq: 0 }
    }

    fn here(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    async fn send(&self, text: String) {
        self.socket.send_to(text.as_bytes(), self.edge).await.unwrap();
    }

    async fn request(&self, method: &str, cseq: u32, body: &str) {
        let (here, to) = (self.here(), &self.to);
        // The ACK of a 2xx is a transaction of its own, so is every other request here.
        self.send(format!(
            "{method} sip:{NUMBER}@{} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method}{cseq}\r\nMax-Forwards: 70\r\n\
             From: <sip:1001@far>;tag=far\r\nTo: {to}\r\nCall-ID: call-{here}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:1001@{here}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            self.edge,
            body.len()
        ))
        .await;
    }

    /// The next message whose first line has this.
    async fn receive(&self, wanted: &str) -> String {
        let mut buffer = vec![0; 4096];
        loop {
            let read = tokio::time::timeout(PATIENCE, self.socket.recv(&mut buffer)).await;
            let length = read.unwrap_or_else(|_| panic!("no {wanted}")).unwrap();
            let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if text.lines().next().unwrap_or_default().contains(wanted) {
                return text;
            }
        }
    }

    pub async fn invite(&mut self, rtp: SocketAddr) {
        self.reinvite(rtp, "sendrecv").await;
    }

    pub async fn reinvite(&mut self, rtp: SocketAddr, direction: &str) {
        self.cseq += 1;
        self.request("INVITE", self.cseq, &sdp(rtp, direction)).await;
    }

    /// Takes the 200, acknowledges it, and tells where the edge listens.
    pub async fn answered(&mut self) -> SocketAddr {
        let response = loop {
            let response = self.receive(" 200 ").await;
            // A 200 that was repeated before the ACK came belongs to an earlier INVITE.
            if line(&response, "CSeq") == format!("{} INVITE", self.cseq) {
                break response;
            }
        };
        line(&response, "To").clone_into(&mut self.to);
        self.request("ACK", self.cseq, "").await;
        rtp_of(&response)
    }

    pub async fn bye(&mut self) {
        self.cseq += 1;
        self.request("BYE", self.cseq, "").await;
        self.receive(" 200 ").await;
    }

    /// Takes a BYE and answers it.
    pub async fn hung_up(&mut self) {
        let bye = self.receive("BYE ").await;
        self.send(reply(&bye, "200 OK", "", self.here())).await;
    }

    /// Is called: tells where the edge listens.
    pub async fn called(&mut self) -> SocketAddr {
        self.invite = self.receive("INVITE ").await;
        rtp_of(&self.invite)
    }

    pub async fn progress(&mut self, rtp: SocketAddr) {
        self.send(reply(&self.invite, "183 Session Progress", &sdp(rtp, "sendrecv"), self.here())).await;
    }

    pub async fn accept(&mut self, rtp: SocketAddr) {
        self.send(reply(&self.invite, "200 OK", &sdp(rtp, "sendrecv"), self.here())).await;
        self.receive("ACK ").await;
    }
}

fn reply(request: &str, status: &str, body: &str, here: SocketAddr) -> String {
    let to = line(request, "To");
    let to = if to.contains(";tag=") { to.to_owned() } else { format!("{to};tag=callee") };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\nContact: <sip:callee@{here}>\r\n\
         {kind}Content-Length: {}\r\n\r\n{body}",
        line(request, "Via"),
        line(request, "From"),
        line(request, "Call-ID"),
        line(request, "CSeq"),
        body.len()
    )
}
