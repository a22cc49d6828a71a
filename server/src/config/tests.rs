//! What settings mean, and what is said of wrong ones.

use super::{Config, ConfigErrors, MEGABYTE};
use std::collections::BTreeMap;
use std::time::Duration;

fn read(env: &[(&str, &str)], file: &str) -> Result<Config, ConfigErrors> {
    let env: BTreeMap<_, _> = env.iter().copied().collect();
    Config::read(
        |name| env.get(name).map(|v| (*v).to_owned()),
        |_| Ok(file.to_owned()),
    )
}

#[test]
fn defaults_are_enough() {
    let config = read(&[], "").unwrap();
    assert_eq!(config.addr.to_string(), "127.0.0.1:3000");
    assert_eq!(config.public_url, "http://127.0.0.1:3000");
    assert_eq!(config.database_url, None);
    assert!(!config.allow_private_providers && !config.secure());
}

#[test]
fn limits_of_the_gateway_can_be_set() {
    let defaults = gateway::Limits::default();
    assert_eq!(read(&[], "").unwrap().limits, defaults);
    let file = "stream_limit = 60\nkey_requests = 5\nmember_requests = 9\nbody_memory = 256";
    let expected = gateway::Limits {
        stream: Duration::from_secs(60),
        key_requests: 5,
        member_requests: 9,
        memory: 256 * MEGABYTE,
        ..defaults
    };
    assert_eq!(
        read(&[("GATEHOUSE_CONFIG", "x.toml")], file).unwrap().limits,
        expected
    );
    for (name, value) in [
        ("GATEHOUSE_STREAM_LIMIT", "0"),
        ("GATEHOUSE_KEY_REQUESTS", "0"),
        ("GATEHOUSE_MEMBER_REQUESTS", "many"),
        ("GATEHOUSE_BODY_MEMORY", "64"),
    ] {
        let wrong = read(&[(name, value)], "").unwrap_err().to_string();
        assert!(
            wrong.contains(&format!("{name}={value} is not usable.")),
            "{wrong}"
        );
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "addr = \"127.0.0.1:1\"\nallow_private_providers = true";
    let config = read(
        &[("GATEHOUSE_CONFIG", "x.toml"), ("GATEHOUSE_ADDR", "127.0.0.1:2")],
        file,
    )
    .unwrap();
    assert_eq!(config.addr.port(), 2);
    assert!(config.allow_private_providers);
}

#[test]
fn a_wrong_file_is_named_with_its_line_and_key() {
    let file = |text| {
        read(&[("GATEHOUSE_CONFIG", "x.toml")], text)
            .unwrap_err()
            .to_string()
    };
    let wrong = file("addr = \"127.0.0.1:1\"\n\ndata = ./data\n");
    assert!(
        wrong.contains("x.toml is not TOML: ") && wrong.contains(" in line 3."),
        "{wrong}"
    );
    let wrong = file("stop_timeout = \"soon\"");
    assert!(
        wrong.contains("stop_timeout = soon in x.toml is not usable."),
        "{wrong}"
    );
    // As it is for every other variable, empty is not set.
    assert!(read(&[("GATEHOUSE_CONFIG", "")], "no TOML").is_ok());
}

#[test]
fn every_wrong_setting_is_named_at_once_without_the_password() {
    let env = [
        ("GATEHOUSE_CONFIG", "x.toml"),
        ("GATEHOUSE_ADDR", "localhost"),
        ("GATEHOUSE_PUBLIC_URL", "https://h/path"),
        ("DATABASE_URL", "mysql://u:hunter2@h/db"),
        ("GATEHOUSE_ALLOW_PRIVATE_PROVIDERS", "maybe"),
        ("GATEHOUSE_TRUSTED_PROXIES", "the proxy"),
        ("GATEHOUSE_ALLOWED_ORIGINS", "app.example.com"),
        ("GATEHOUSE_MAX_CONNECTIONS", "0"),
        ("GATEHOUSE_STOP_TIMEOUT", "10s"),
        ("GATEHOUSE_LOG_FORMAT", "xml"),
        ("GATEHOUSE_METRICS_ADDR", "127.0.0.1:3000"),
    ];
    let text = read(&env, "adress = 1").unwrap_err().to_string();
    for part in [
        "GATEHOUSE_ALLOWED_ORIGINS=app.example.com",
        "GATEHOUSE_ADDR=localhost",
        "https://h/path",
        "DATABASE_URL",
        "maybe",
        "adress",
        "127.0.0.1:3000",
        "GATEHOUSE_TRUSTED_PROXIES=the proxy",
        "GATEHOUSE_MAX_CONNECTIONS=0",
        "GATEHOUSE_STOP_TIMEOUT=10s",
        "GATEHOUSE_LOG_FORMAT=xml",
        "GATEHOUSE_METRICS_ADDR=127.0.0.1:3000",
    ] {
        assert!(text.contains(part), "{part} missing in: {text}");
    }
    assert!(!text.contains("hunter2"));
}
