//! How `envoy gateway backup` reaches a gateway that serves: by a socket in the folder of its store. Who may write to that
//! folder may ask; nothing of it is on the network.
//!
//! A request is one line, the absolute path of the folder to be made. The answer is one line: `ok`, or `error: …`.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use envoy_gateway::Gateway;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

/// The socket's name within the folder of the store.
const NAME: &str = "control.sock";
/// The most octets of a path.
const PATH_MOST: u64 = 4096;

/// The socket of a gateway that serves. It is gone with this value.
pub(crate) struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// To be called when the store is open: then no other gateway has a socket there that is alive.
    pub(crate) fn bind(data: &Path) -> io::Result<Self> {
        let path = data.join(NAME);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Does what is asked, for as long as it is polled.
    pub(crate) async fn serve(&self, gateway: Arc<Gateway>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let gateway = Arc::clone(&gateway);
                    tokio::spawn(async move {
                        if let Err(error) = answer(stream, &gateway).await {
                            tracing::debug!(%error, "who asked for a backup has gone");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "nobody can ask for a backup any more");
                    return std::future::pending().await;
                }
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // If it stays, the next gateway removes it.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(stream: tokio::net::UnixStream, gateway: &Gateway) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = Vec::new();
    let mut read = tokio::io::BufReader::new(read.take(PATH_MOST));
    read.read_until(b'\n', &mut line).await?;
    let answer = match line.strip_suffix(b"\n") {
        Some(path) => {
            let folder = Path::new(std::ffi::OsStr::from_bytes(path));
            match gateway.backup(folder).await {
                Ok(()) => "ok\n".to_owned(),
                Err(error) => format!("error: {}\n", error.to_string().replace('\n', " ")),
            }
        }
        None => format!("error: expected a path of at most {PATH_MOST} octets\n"),
    };
    write.write_all(answer.as_bytes()).await
}

/// Asks the gateway that serves this store for a backup. None if no gateway does.
pub(crate) fn ask(data: &Path, to: &Path) -> io::Result<Option<Result<(), String>>> {
    let mut stream = match UnixStream::connect(data.join(NAME)) {
        Ok(stream) => stream,
        // What a killed gateway has left behind answers to nobody.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let to = std::path::absolute(to)?;
    stream.write_all(to.as_os_str().as_bytes())?;
    stream.write_all(b"\n")?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    match answer.trim_end() {
        "ok" => Ok(Some(Ok(()))),
        "" => Err(io::Error::new(
            ErrorKind::UnexpectedEof,
            "the gateway ended before the backup was complete",
        )),
        error => Ok(Some(Err(error.trim_start_matches("error: ").to_owned()))),
    }
}
