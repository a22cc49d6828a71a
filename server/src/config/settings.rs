//! The one list of settings: by it they are read, refused and explained. README's table and the file that packages install
//! are compared with it.

use std::fmt::Write;

/// Where the file of settings is, if there is one.
pub(super) const CONFIG_FILE: &str = "GATEHOUSE_CONFIG";

/// One setting. Texts are Markdown as README shows them.
#[derive(Debug)]
pub(super) struct Setting {
    /// Its name in the environment.
    pub(super) variable: &'static str,
    /// Its key in the file.
    pub(super) key: &'static str,
    /// What holds where it is not set; empty for nothing.
    pub(super) default: &'static str,
    /// What it is for.
    pub(super) purpose: &'static str,
    /// What a usable value is: the end of "It must be …".
    pub(super) usable: &'static str,
}

/// Every setting that can be in the environment and in the file.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        variable: "GATEHOUSE_ADDR",
        key: "addr",
        default: "`127.0.0.1:3000`",
        purpose: "address and port to listen on",
        usable: "an address and port to listen on, such as 127.0.0.1:3000",
    },
    Setting {
        variable: "GATEHOUSE_DATA",
        key: "data",
        default: "`./data`",
        purpose: "folder of the embedded database and of the key that seals credentials",
        usable: "a folder for the embedded database and the credential key, such as ./data",
    },
    Setting {
        variable: "GATEHOUSE_SITE",
        key: "site",
        default: "the one inside the binary",
        purpose: "folder of the browser's programs and styles, for developing",
        usable: "a folder that script/build filled, such as target/site",
    },
    Setting {
        variable: "GATEHOUSE_PUBLIC_URL",
        key: "public_url",
        default: "`http://` and the address",
        purpose: "the address people use; with `https://`, cookies are bound to it",
        usable: "the address people use, such as https://gatehouse.example.org",
    },
    Setting {
        variable: "DATABASE_URL",
        key: "database_url",
        default: "",
        purpose: "`postgres://…` to use PostgreSQL instead of the embedded SQLite",
        usable: "a PostgreSQL address, such as postgres://user:password@host:5432/gatehouse",
    },
    Setting {
        variable: "GATEHOUSE_ALLOW_PRIVATE_PROVIDERS",
        key: "allow_private_providers",
        default: "`false`",
        purpose: "whether providers may be on loopback, private and link-local addresses",
        usable: "true or false",
    },
    Setting {
        variable: "GATEHOUSE_TRUSTED_PROXIES",
        key: "trusted_proxies",
        default: "",
        purpose: "addresses or CIDR blocks of reverse proxies, such as `10.0.0.0/8, ::1`; only from them is the client's \
                  address taken out of `X-Forwarded-For` or `Forwarded`",
        usable: "addresses or CIDR blocks of reverse proxies, such as 10.0.0.0/8, fd00::/8",
    },
    Setting {
        variable: "GATEHOUSE_ALLOWED_ORIGINS",
        key: "allowed_origins",
        default: "",
        purpose: "web pages that may ask the gateway from a browser, as `https://app.example.com, http://localhost:5173`, \
                  or `*`; each request needs a key all the same",
        usable: "origins of web pages, such as https://app.example.com, http://localhost:5173, or *",
    },
    Setting {
        variable: "GATEHOUSE_STREAM_LIMIT",
        key: "stream_limit",
        default: "`1800`",
        purpose: "seconds after which an answer of a model is ended, complete or not",
        usable: "a number of seconds from 1 to 86400",
    },
    Setting {
        variable: "GATEHOUSE_KEY_REQUESTS",
        key: "key_requests",
        default: "`600`",
        purpose: "requests of one key under way at once; more are refused with 429",
        usable: "a number of requests from 1 to 100000",
    },
    Setting {
        variable: "GATEHOUSE_MEMBER_REQUESTS",
        key: "member_requests",
        default: "`1200`",
        purpose: "the same for one member, over all keys and Chat",
        usable: "a number of requests from 1 to 100000",
    },
    Setting {
        variable: "GATEHOUSE_BODY_MEMORY",
        key: "body_memory",
        default: "`128`",
        purpose: "megabytes for bodies and answers that are read whole; one member may hold half",
        usable: "a number of megabytes from 128 to 1048576",
    },
    Setting {
        variable: "GATEHOUSE_MAX_CONNECTIONS",
        key: "max_connections",
        default: "half of the files that the process may open, at most 10,000",
        purpose: "connections at once; beyond it, those that wait for nothing make room",
        usable: "a number of connections from 1 to 1000000",
    },
    Setting {
        variable: "GATEHOUSE_STOP_TIMEOUT",
        key: "stop_timeout",
        default: "`10`",
        purpose: "seconds for which stopping waits for requests under way; a second signal stops at once",
        usable: "a number of seconds from 0 to 3600",
    },
    Setting {
        variable: "GATEHOUSE_LOG_FORMAT",
        key: "log_format",
        default: "`text`",
        purpose: "`text` or `json`",
        usable: "text or json",
    },
    Setting {
        variable: "GATEHOUSE_METRICS_ADDR",
        key: "metrics_addr",
        default: "",
        purpose: "address and port where `/metrics` tells Prometheus about all organizations; keep it off the public network",
        usable: "an address and port of its own, such as 127.0.0.1:9464",
    },
    Setting {
        variable: "GATEHOUSE_SMTP_URL",
        key: "smtp_url",
        default: "",
        purpose: "mail server, as `smtps://user:password@mail.example.com` or `smtp://user:password@mail.example.com:587?tls=required`; \
                  without it no mail is sent",
        usable: "smtps://user:password@host, or smtp://user:password@host:587?tls=required; without TLS only on this machine or without a password",
    },
    Setting {
        variable: "GATEHOUSE_MAIL_FROM",
        key: "mail_from",
        default: "",
        purpose: "sender of mail, such as `Gatehouse <gatehouse@example.com>`; needed with a mail server",
        usable: "a sender, such as Gatehouse <gatehouse@example.com>",
    },
];

/// The help of every setting, for the end of a command's.
pub fn help() -> String {
    let mut text = format!(
        "Settings, from the environment or from the TOML file that {CONFIG_FILE} names (in brackets: the key there). The \
         environment wins.\n"
    );
    for setting in SETTINGS {
        let default = match setting.default {
            "" => String::new(),
            default => format!(" (default: {default})"),
        };
        let line = format!(
            "\n  {} [{}]\n          {}{default}\n",
            setting.variable, setting.key, setting.purpose
        );
        // Writing to a string does not fail.
        let _ = text.write_str(&line.replace('`', ""));
    }
    text + "\n  RUST_LOG\n          what is logged, such as debug or warn,gateway=debug"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> String {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        std::fs::read_to_string(format!("{root}/{path}")).unwrap()
    }

    #[test]
    fn readme_lists_every_setting_as_the_help_does() {
        let readme = file("README.md");
        let (_, table) = readme.split_once("| environment | in the file |").unwrap();
        let rows: Vec<_> = table
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .collect();
        let mut expected: Vec<_> = SETTINGS
            .iter()
            .map(|s| {
                let row = format!(
                    "| `{}` | `{}` | {} | {} |",
                    s.variable, s.key, s.default, s.purpose
                );
                row.replace("|  |", "| |")
            })
            .collect();
        expected.push(format!("| `{CONFIG_FILE}` | | | path of the file |"));
        assert_eq!(rows, expected);
    }

    #[test]
    fn the_file_of_packages_shows_every_setting_and_can_be_read() {
        let text = file("packaging/gatehouse.toml");
        let mut settings = text.lines().filter_map(|line| {
            let (key, _) = line.trim_start_matches("#").trim().split_once(" = ")?;
            (!key.contains(' ')).then_some(key)
        });
        let expected = SETTINGS
            .iter()
            .map(|setting| setting.key)
            .filter(|key| *key != "site");
        for key in expected {
            assert_eq!(settings.next(), Some(key));
        }
        assert_eq!(settings.next(), None);
        // As it is, and with everything in it that is only shown.
        for text in [text.clone(), text.replace("\n#", "\n")] {
            let text: String = text
                .lines()
                .filter(|line| !line.starts_with(' '))
                .map(|line| format!("{line}\n"))
                .collect();
            let read = crate::config::Config::read(
                |name| (name == CONFIG_FILE).then(|| "gatehouse.toml".to_owned()),
                |_| Ok(text.clone()),
            );
            assert_eq!(read.unwrap().data.to_str(), Some("/var/lib/gatehouse"));
        }
    }
}
