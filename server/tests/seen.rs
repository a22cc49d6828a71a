//! The real program as its operator sees it: its log, its health, its metrics, and how it stops.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::World;

/// Until a test gives up. The program starts and stops within a second, unless the machine is very busy.
const PATIENCE: Duration = Duration::from_secs(60);

struct Program {
    child: Child,
    at: SocketAddr,
    _site: tempfile::TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that was free a moment ago.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn ask(at: SocketAddr, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: h\r\naccept: text/html\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

impl Program {
    /// The program over a data folder, with at most so many files.
    fn start(data: &std::path::Path, files: u32, settings: &[(&str, &str)]) -> Self {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir(site.path().join("pkg")).unwrap();
        let at = free();
        let child = Command::new("sh")
            .args(["-c", &format!("ulimit -n {files}; exec \"$0\" serve")])
            .arg(env!("CARGO_BIN_EXE_gatehouse"))
            .env_clear()
            .env("GATEHOUSE_DATA", data)
            .env("GATEHOUSE_SITE", site.path())
            .env("GATEHOUSE_ADDR", at.to_string())
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let program = Self {
            child,
            at,
            _site: site,
        };
        let started = Instant::now();
        while TcpStream::connect(at).is_err() {
            assert!(started.elapsed() < PATIENCE, "it does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        program
    }

    /// Asks it to stop, and returns what it said on standard error.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        // Read meanwhile: a program whose pipe is full cannot end.
        let mut pipe = self.child.stderr.take().unwrap();
        let reading = std::thread::spawn(move || {
            let mut said = String::new();
            pipe.read_to_string(&mut said).unwrap();
            said
        });
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        };
        let said = reading.join().unwrap();
        assert!(status.success(), "{status}: {said}");
        said
    }
}

#[tokio::test]
async fn each_request_is_one_line_with_its_route_and_no_secret() {
    let world = World::new().await;
    let metrics = free();
    let settings = [
        ("GATEHOUSE_LOG_FORMAT", "json"),
        ("GATEHOUSE_METRICS_ADDR", &metrics.to_string()),
    ];
    let program = Program::start(world.folder.path(), 1_024, &settings);
    let at = program.at;
    let secret = world.invitation.clone();
    let asked = [
        ("GET", "/healthz".to_owned(), 200, "/healthz"),
        ("GET", "/readyz".to_owned(), 200, "/readyz"),
        ("GET", "/login?email=ana".to_owned(), 200, "/login"),
        ("HEAD", "/login".to_owned(), 200, "/login"),
        ("GET", format!("/invite/{secret}"), 200, "/invite/{token}"),
        // From another site, as far as the server can tell.
        ("POST", format!("/invite/{secret}"), 403, "/invite/{token}"),
        ("GET", format!("/nowhere/{secret}"), 404, "none"),
        ("GET", format!("/pkg/{secret}"), 404, "/pkg/{*file}"),
        ("POST", format!("/api/ui/{secret}"), 403, "/api/ui/{*function}"),
        ("GET", format!("/v1/models/{secret}"), 401, "/v1/models/{*model}"),
        ("PURGE", "/v1/models".to_owned(), 405, "/v1/models"),
        ("GET", "/metrics".to_owned(), 404, "none"),
    ];
    for (method, path, status, _) in &asked {
        let answer = ask(at, method, path);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{method} {path}: {answer}"
        );
    }
    let told = ask(metrics, "GET", "/metrics");
    for line in [
        "gatehouse_requests_total{method=\"GET\",route=\"/invite/{token}\",status=\"200\"} 1",
        "gatehouse_requests_total{method=\"other\",route=\"/v1/models\",status=\"405\"} 1",
        "gatehouse_request_duration_seconds_bucket{route=\"/readyz\",le=\"300\"} 1",
        "gatehouse_usage_backlog 0",
        "gatehouse_usage_lost_total 0",
        "gatehouse_waiting{queue=\"changes\"} 0",
        "gatehouse_waiting{queue=\"passwords\"} 0",
        "gatehouse_access_snapshot_age_seconds ",
        "gatehouse_database_connections{pool=\"readers\",state=\"open\"} ",
    ] {
        assert!(told.contains(line), "{line} missing in {told}");
    }
    assert!(!told.contains(&secret));

    let said = program.stop();
    assert!(!said.contains(&secret), "{said}");
    let lines: Vec<serde_json::Value> = said
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["target"] == "server::requests")
        .collect();
    assert_eq!(lines.len(), asked.len(), "{said}");
    for (line, (method, path, status, route)) in lines.iter().zip(&asked) {
        let method = if *method == "PURGE" { "other" } else { method };
        assert_eq!(line["method"], method, "{path}");
        assert_eq!(line["status"], *status, "{path}");
        assert_eq!(line["route"], *route, "{path}");
        assert!(line["ms"].is_u64(), "{line}");
        assert!(line["id"].as_str().unwrap().starts_with("req-"), "{line}");
    }
}

#[tokio::test]
async fn three_hundred_silent_connections_leave_health_answering_with_few_files() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path(), 96, &[]);
    let mut silent = Vec::new();
    for n in 0..300 {
        let mut stream = TcpStream::connect(program.at).unwrap();
        // Some ask for nothing, some for half of something. What is sent away already does not count.
        let _ = stream.write_all(if n % 2 == 0 { b"" } else { b"GET / HT" });
        silent.push(stream);
    }
    assert!(ask(program.at, "GET", "/healthz").starts_with("HTTP/1.1 200"));
    assert!(ask(program.at, "GET", "/readyz").starts_with("HTTP/1.1 200"));
    program.stop();
}

/// Clock ticks of the processor that the process has had, in user and kernel mode (proc(5)).
#[cfg(target_os = "linux")]
fn processor_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name, in parentheses, may hold spaces; state is the field after it.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// A request whose body has four octets to come.
#[cfg(target_os = "linux")]
fn half_of_a_sign_in(at: SocketAddr) -> String {
    format!(
        "POST /login HTTP/1.1\r\nhost: {at}\r\norigin: http://{at}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: 9\r\n\r\nemail"
    )
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn out_of_files_it_neither_spins_nor_stops_accepting() {
    let data = tempfile::tempdir().unwrap();
    let files = 128;
    let program = Program::start(data.path(), files, &[("GATEHOUSE_MAX_CONNECTIONS", "1000")]);
    // Requests under way, which nothing may end: half of a body each.
    let head = half_of_a_sign_in(program.at);
    let busy: Vec<TcpStream> = (0..2 * files)
        .map(|_| {
            let mut stream = TcpStream::connect(program.at).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    let folder = format!("/proc/{}/fd", program.child.id());
    let started = Instant::now();
    while std::fs::read_dir(&folder).unwrap().count() < usize::try_from(files).unwrap() {
        assert!(started.elapsed() < PATIENCE, "there are files left");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (began, before) = (Instant::now(), processor_ticks(program.child.id()));
    std::thread::sleep(Duration::from_secs(2));
    // A hundred ticks are a second: spinning would take all of the time.
    let share = (processor_ticks(program.child.id()) - before) as f64 / 100.0 / began.elapsed().as_secs_f64();
    assert!(share < 0.5, "{share}");
    // Whoever has sent a request is not sent away for others, neither while it is read nor before it could be taken.
    for mut stream in &busy {
        stream.set_nonblocking(true).unwrap();
        let told = stream.read(&mut [0]).map_err(|error| error.kind());
        assert_eq!(told, Err(std::io::ErrorKind::WouldBlock));
    }
    drop(busy);
    assert!(ask(program.at, "GET", "/healthz").starts_with("HTTP/1.1 200"));
    assert!(ask(program.at, "GET", "/readyz").starts_with("HTTP/1.1 200"));
    let said = program.stop();
    assert!(said.contains("connections cannot be accepted"), "{said}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn out_of_files_silent_connections_make_room_for_a_request() {
    let data = tempfile::tempdir().unwrap();
    let files = 128;
    let program = Program::start(data.path(), files, &[("GATEHOUSE_MAX_CONNECTIONS", "1000")]);
    let silent: Vec<TcpStream> = (0..2 * files)
        .map(|_| TcpStream::connect(program.at).unwrap())
        .collect();
    assert!(ask(program.at, "GET", "/healthz").starts_with("HTTP/1.1 200"));
    drop(silent);
    program.stop();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn having_stood_still_it_does_not_take_its_database_for_gone() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path(), 1_024, &[]);
    let mut streams: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(program.at).unwrap();
            stream
                .write_all(half_of_a_sign_in(program.at).as_bytes())
                .unwrap();
            stream
        })
        .collect();
    // Taken by now, since connections are taken in order.
    assert!(ask(program.at, "GET", "/healthz").starts_with("HTTP/1.1 200"));
    let signal = |name: &str| {
        let sent = Command::new("kill")
            .args([name, &program.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    };
    signal("-STOP");
    // Longer than a decision about access is trusted.
    std::thread::sleep(Duration::from_secs(6));
    signal("-CONT");
    for stream in &mut streams {
        stream.write_all(b"=x&y").unwrap();
        let mut told = [0; 12];
        stream.read_exact(&mut told).unwrap();
        assert_eq!(String::from_utf8_lossy(&told), "HTTP/1.1 422");
    }
    program.stop();
}

#[tokio::test]
async fn a_silent_connection_does_not_keep_the_program_from_stopping() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path(), 1_024, &[("GATEHOUSE_STOP_TIMEOUT", "3600")]);
    let silent = TcpStream::connect(program.at).unwrap();
    let mut half = TcpStream::connect(program.at).unwrap();
    half.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    // Taken by now, since connections are taken in order.
    assert!(ask(program.at, "GET", "/healthz").starts_with("HTTP/1.1 200"));
    let said = program.stop();
    assert!(said.contains("Stopping; no request is under way."), "{said}");
    drop((silent, half));
}
