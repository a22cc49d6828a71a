//! Clients that do nothing but wait for answers and look at the clock.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Until when a request is timed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// All of it is here.
    Whole,
    /// The first token of a stream is here; the rest is read, but not timed.
    FirstToken,
}

/// A value below which this part of the values lies.
pub fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((last as f64 * part) as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

async fn connect(to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpStream::connect(to).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|w| w == part)
}

/// Octets of a whole answer with a content length, once its head is here.
fn expected(bytes: &[u8]) -> Option<usize> {
    let head = find(bytes, b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    assert!(
        text.starts_with("HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(bytes)
    );
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().ok())?
    })?;
    Some(head + length)
}

/// Reads one whole answer.
async fn whole(socket: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<()> {
    let mut filled = 0;
    loop {
        let read = socket.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        if expected(&buffer[..filled]).is_some_and(|length| filled >= length) {
            return Ok(());
        }
    }
}

/// Makes requests on one connection, one after the other; what each took in milliseconds.
pub async fn run(to: SocketAddr, request: &[u8], count: usize, until: Answer) -> std::io::Result<Vec<f64>> {
    let mut socket = connect(to).await?;
    let mut buffer = vec![0; 64 * 1024];
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        socket.write_all(request).await?;
        match until {
            Answer::Whole => whole(&mut socket, &mut buffer).await?,
            Answer::FirstToken => {
                let mut filled = 0;
                let mut first = None;
                while find(&buffer[..filled], b"0\r\n\r\n").is_none() {
                    let read = socket.read(&mut buffer[filled..]).await?;
                    if read == 0 {
                        return Err(std::io::ErrorKind::UnexpectedEof.into());
                    }
                    filled += read;
                    if first.is_none() && find(&buffer[..filled], b"data: ").is_some() {
                        first = Some(began.elapsed());
                    }
                }
                times.extend(first.map(|took| took.as_secs_f64() * 1_000.0));
                continue;
            }
        }
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(times)
}

/// Answers per second over many connections.
pub async fn throughput(
    to: SocketAddr,
    request: &[u8],
    connections: usize,
    time: Duration,
) -> std::io::Result<f64> {
    let until = Instant::now() + time;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let request = request.to_vec();
        tasks.spawn(async move {
            let mut socket = connect(to).await?;
            let mut buffer = vec![0; 16 * 1024];
            let mut answers = 0_u32;
            while Instant::now() < until {
                socket.write_all(&request).await?;
                whole(&mut socket, &mut buffer).await?;
                answers += 1;
            }
            Ok::<_, std::io::Error>(answers)
        });
    }
    let mut all = 0.0;
    while let Some(answers) = tasks.join_next().await {
        all += f64::from(answers.map_err(std::io::Error::other)??);
    }
    Ok(all / time.as_secs_f64())
}

/// How many streams went.
pub struct Streams {
    /// Streams of which every piece arrived.
    pub whole: usize,
    /// Milliseconds between one piece and the next.
    gaps: Vec<f64>,
}

impl Streams {
    /// How much longer than the pace nearly all gaps were at most, in milliseconds.
    pub fn late_p99_ms(&self, pace: Duration) -> f64 {
        percentile(&mut self.gaps.clone(), 0.99) - pace.as_secs_f64() * 1_000.0
    }
}

/// Reads many streams at once.
pub async fn paced_streams(to: SocketAddr, request: &[u8], streams: usize, pieces: usize) -> Streams {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..streams {
        let request = request.to_vec();
        tasks.spawn(async move {
            let mut socket = connect(to).await?;
            socket.write_all(&request).await?;
            let (mut seen, mut gaps, mut last) = (Vec::new(), Vec::new(), None);
            let mut buffer = vec![0; 8 * 1024];
            while find(&seen, b"0\r\n\r\n").is_none() {
                let read = socket.read(&mut buffer).await?;
                if read == 0 {
                    break;
                }
                let now = Instant::now();
                gaps.extend(
                    last.replace(now)
                        .map(|before: Instant| (now - before).as_secs_f64() * 1_000.0),
                );
                seen.extend_from_slice(&buffer[..read]);
            }
            let words = seen.windows(8).filter(|w| *w == b"\"word \"}").count();
            Ok::<_, std::io::Error>((words == pieces && find(&seen, b"[DONE]").is_some(), gaps))
        });
    }
    let mut result = Streams {
        whole: 0,
        gaps: Vec::new(),
    };
    while let Some(done) = tasks.join_next().await {
        if let Ok(Ok((whole, gaps))) = done {
            result.whole += usize::from(whole);
            result.gaps.extend(gaps);
        }
    }
    result
}
