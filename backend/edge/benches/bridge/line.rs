//! The line between the bench and its parties: texts, each with its length in front, over a local connection.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// One end.
pub struct Line {
    stream: TcpStream,
    /// Ends with this end of the line.
    _child: Option<Child>,
}

impl Line {
    /// Starts this program again as the parties.
    pub async fn to_child() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let program = std::env::current_exe().unwrap();
        let child = Command::new(program).args(["parties", &address]).kill_on_drop(true).spawn().unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, _child: Some(child) }
    }

    /// The child's end.
    pub async fn of_child() -> Self {
        let address = std::env::args().next_back().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, _child: None }
    }

    pub async fn say(&mut self, text: &str) {
        // In one write: of two the second would wait for the delayed acknowledgement of the first, 40 ms each time.
        let length = u32::try_from(text.len()).unwrap().to_be_bytes();
        self.stream.write_all(&[&length, text.as_bytes()].concat()).await.unwrap();
    }

    /// The next text, however long it takes; `None` when the other end is gone.
    pub async fn next(&mut self) -> Option<String> {
        let length = self.stream.read_u32().await.ok()?;
        let mut bytes = vec![0; length as usize];
        self.stream.read_exact(&mut bytes).await.ok()?;
        Some(String::from_utf8(bytes).unwrap())
    }

    /// The same where there must be one.
    pub async fn hear(&mut self) -> String {
        self.next().await.expect("the other end lives")
    }
}
