//! PostgreSQL's own programs: only they know every version's way to a consistent copy.

use super::BackupError;
use std::path::Path;
use std::process::{Command, Stdio};

/// Settings of a URL's query that the programs take as well, under libpq's names for the environment
/// (<https://www.postgresql.org/docs/current/libpq-envars.html>).
const PARAMETERS: &[(&str, &str)] = &[
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("application_name", "PGAPPNAME"),
    ("options", "PGOPTIONS"),
    ("host", "PGHOST"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
];

/// Writes an archive of the database as of one instant; the server goes on serving meanwhile.
pub(super) async fn dump(url: &str, to: &Path) -> Result<(), BackupError> {
    let mut command = program("pg_dump", url)?;
    command
        .args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
        .arg(to);
    run("pg_dump", command).await
}

/// Fills an empty database from an archive, in one transaction.
pub(super) async fn load(url: &str, from: &Path) -> Result<(), BackupError> {
    let mut command = program("pg_restore", url)?;
    command
        .args([
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
        ])
        .args(["--dbname", &database(url)?])
        .arg(from);
    run("pg_restore", command).await
}

/// The program with the way to the database in its environment: arguments, and so the password, would be in every list of
/// processes.
fn program(name: &'static str, url: &str) -> Result<Command, BackupError> {
    let parsed = parse(url)?;
    let mut command = Command::new(name);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    if let Some(host) = parsed.host_str().filter(|host| !host.is_empty()) {
        command.env(
            "PGHOST",
            decoded(host.trim_start_matches('[').trim_end_matches(']')),
        );
    }
    if let Some(port) = parsed.port() {
        command.env("PGPORT", port.to_string());
    }
    if !parsed.username().is_empty() {
        command.env("PGUSER", decoded(parsed.username()));
    }
    if let Some(password) = parsed.password() {
        command.env("PGPASSWORD", decoded(password));
    }
    command.env("PGDATABASE", database(url)?);
    for (key, value) in parsed.query_pairs() {
        let key = key.replace('-', "_");
        if let Some((_, name)) = PARAMETERS.iter().find(|(known, _)| *known == key) {
            command.env(name, value.as_ref());
        }
    }
    Ok(command)
}

fn parse(url: &str) -> Result<url::Url, BackupError> {
    url::Url::parse(url).map_err(|error| BackupError::Program {
        program: "DATABASE_URL",
        what: error.to_string(),
    })
}

fn database(url: &str) -> Result<String, BackupError> {
    let path = parse(url)?.path().trim_start_matches('/').to_owned();
    Ok(percent_encoding::percent_decode_str(&path)
        .decode_utf8_lossy()
        .into_owned())
}

async fn run(program: &'static str, mut command: Command) -> Result<(), BackupError> {
    let failed = |what: String| BackupError::Program { program, what };
    // It takes as long as the database is large, which no async thread should wait for.
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.map_err(|error| failed(error.to_string()))?.map_err(|error| {
        failed(match error.kind() {
            std::io::ErrorKind::NotFound => {
                "it is not installed here. It comes with PostgreSQL's client programs (Debian: postgresql-client)".to_owned()
            }
            _ => error.to_string(),
        })
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(
        said.lines().next().unwrap_or("it did not say why").to_owned(),
    ))
}
