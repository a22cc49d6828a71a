//! The server that is measured: the real one, in a process of its own.

use crate::Failed;
use crate::organization::{Access, prepare};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The running server, and who may use it.
pub struct Subject {
    /// Where it listens.
    pub address: SocketAddr,
    /// Those who ask.
    pub access: Access,
    process: Child,
    _folder: TempDir,
}

/// Keeps this process off the first core, where there are two.
pub fn pin_self_to_last_core() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let _ = Command::new("taskset")
        .args(["-pc", &(cores - 1).to_string(), &std::process::id().to_string()])
        .stdout(Stdio::null())
        .status();
}

/// A command that runs on the first core only.
pub fn on_first_core(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]);
    command
}

/// A command that runs on every core, though this process does not.
fn on_all_cores(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["0xffffffff", program]);
    command
}

/// An address where nothing listens.
pub fn free_address() -> std::io::Result<SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Waits until a program listens. False when it ended or did not in ten seconds.
pub async fn wait_for(address: SocketAddr, process: &mut Child) -> bool {
    for _ in 0..400 {
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            return true;
        }
        if !matches!(process.try_wait(), Ok(None)) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    false
}

/// Memory that a process holds, in megabytes.
pub fn rss_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix("kB")?
            .trim()
            .parse::<f64>()
            .ok()
    });
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}

impl Subject {
    /// Makes an organization with one provider and so many members, and starts the server over it: on the first core
    /// when it has no more than the people who ask, on all when others are there to be disturbed.
    pub async fn start(provider: SocketAddr, members: usize, budgets: bool) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let access = prepare(folder.path(), provider, members, budgets).await?;
        std::fs::create_dir_all(folder.path().join("site/pkg"))?;
        let address = free_address()?;
        let binary = env!("CARGO_BIN_EXE_gatehouse");
        let mut command = match members {
            0 => on_first_core(binary),
            _ => on_all_cores(binary),
        };
        let process = command
            .arg("serve")
            .env("GATEHOUSE_ADDR", address.to_string())
            .env("GATEHOUSE_DATA", folder.path())
            .env("GATEHOUSE_SITE", folder.path().join("site"))
            .env("GATEHOUSE_ALLOW_PRIVATE_PROVIDERS", "true")
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut subject = Self {
            address,
            access,
            process,
            _folder: folder,
        };
        match wait_for(address, &mut subject.process).await {
            true => Ok(subject),
            false => Err("the server did not start".into()),
        }
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
