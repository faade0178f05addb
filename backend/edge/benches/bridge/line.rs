//! The line between the bench and its parties: texts, each with its length in front, over the child's pipes.

use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::process::{Child, Command};

/// One end.
pub struct Line {
    from: Box<dyn AsyncRead + Send + Unpin>,
    to: Box<dyn AsyncWrite + Send + Unpin>,
    /// Ends with this end of the line.
    _child: Option<Child>,
}

impl Line {
    /// Starts this program again as the parties.
    pub fn to_child() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("parties")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (from, to) = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        Self { from: Box::new(from), to: Box::new(to), _child: Some(child) }
    }

    /// The child's end.
    pub fn of_child() -> Self {
        Self { from: Box::new(tokio::io::stdin()), to: Box::new(tokio::io::stdout()), _child: None }
    }

    pub async fn say(&mut self, text: &str) {
        self.to.write_u32(u32::try_from(text.len()).unwrap()).await.unwrap();
        self.to.write_all(text.as_bytes()).await.unwrap();
        self.to.flush().await.unwrap();
    }

    /// The next text, however long it takes.
    pub async fn hear(&mut self) -> String {
        let length = self.from.read_u32().await.expect("the other end lives");
        let mut bytes = vec![0; length as usize];
        self.from.read_exact(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    }
}
