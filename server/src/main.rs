//! `gatehouse`: the server.

mod cli;

use clap::{Parser, Subcommand};
use server::config::Config;
use server::serve::{Limits, descriptors};
use server::site::Site;
use server::state::AppState;
use services::{Clock, Database, Mailer, Services};
use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Decides who in an organization may use which AI provider, shows it and enforces it.
#[derive(Parser)]
#[command(name = "gatehouse", version, after_long_help = server::config::help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web application and the gateway.
    #[command(after_long_help = server::config::help())]
    Serve {
        /// Fill an empty database with a sample organization and print how to sign in.
        #[arg(long)]
        demo: bool,
    },
    /// Make, list and revoke virtual keys. The settings are those of `serve`; a server may be running.
    #[command(subcommand)]
    Keys(cli::keys::Keys),
    /// Turn off a second factor that is lost. The settings are those of `serve`; a server may be running.
    #[command(subcommand)]
    SecondFactor(cli::second_factor::SecondFactor),
    /// Check the audit log. The settings are those of `serve`; a server may be running.
    #[command(subcommand)]
    Audit(cli::audit::Audit),
    /// Check the result of an access review. The settings are those of `serve`; a server may be running.
    #[command(subcommand)]
    Review(cli::review::Review),
    /// Copy the database, as of one instant, and the credential key into an empty folder. A server may be running.
    Backup {
        /// The folder, which is made when it is missing.
        dir: std::path::PathBuf,
    },
    /// Restore a backup into an empty data folder (and, with DATABASE_URL, an empty database).
    Restore {
        /// The folder that `gatehouse backup` wrote.
        dir: std::path::PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    private_files();
    let command = Cli::parse().command;
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let _log = server::logging::start(config.log_format);
    let done = match command {
        Command::Serve { demo } => serve(config, demo).await,
        Command::Keys(command) => keys(&config, command).await,
        Command::SecondFactor(command) => second_factor(&config, command).await,
        Command::Audit(command) => audit(&config, command).await,
        Command::Review(command) => review(&config, command).await,
        Command::Backup { dir } => cli::backup::back_up(&database(&config), &config.data, &dir).await,
        Command::Restore { dir } => cli::backup::bring_back(&database(&config), &config.data, &dir).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Whatever this process makes is for its own account alone.
fn private_files() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// An error with all its causes, as one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

fn database(config: &Config) -> Database {
    match &config.database_url {
        Some(url) => Database::Postgres(url.clone()),
        None => Database::Embedded(config.data.join("gatehouse.db")),
    }
}

async fn open(config: &Config) -> Result<Services, services::StartError> {
    let mailer = match &config.mail {
        Some(mail) => Some(Mailer::new(&mail.smtp_url, &mail.from)?),
        None => None,
    };
    Services::open(services::Config {
        database: database(config),
        data_dir: config.data.clone(),
        public_url: config.public_url.clone(),
        allow_private_providers: config.allow_private_providers,
        mailer,
        clock: Clock::System,
    })
    .await
}

/// What the settings name, which must be there already.
async fn existing(config: &Config) -> Result<Services, Box<dyn Error>> {
    // Opening would make an empty one, in which everything asked for would be missing.
    if let Database::Embedded(file) = database(config)
        && !file.is_file()
    {
        return Err(format!(
            "There is no database in {}. GATEHOUSE_DATA says where the server keeps its data.",
            config.data.display()
        )
        .into());
    }
    Ok(open(config).await?)
}

async fn keys(config: &Config, command: cli::keys::Keys) -> Result<(), Box<dyn Error>> {
    cli::keys::run(&existing(config).await?, command).await
}

async fn second_factor(
    config: &Config,
    command: cli::second_factor::SecondFactor,
) -> Result<(), Box<dyn Error>> {
    cli::second_factor::run(&existing(config).await?, command).await
}

async fn audit(config: &Config, command: cli::audit::Audit) -> Result<(), Box<dyn Error>> {
    cli::audit::run(&existing(config).await?, command).await
}

async fn review(config: &Config, command: cli::review::Review) -> Result<(), Box<dyn Error>> {
    let services = match command.needs_server() {
        true => Some(existing(config).await?),
        false => None,
    };
    cli::review::run(services.as_ref(), command)
}

async fn serve(config: Config, demo: bool) -> Result<(), Box<dyn Error>> {
    let site = Site::find(config.site.as_deref())?;
    std::fs::create_dir_all(&config.data)
        .map_err(|why| format!("The data folder {} cannot be made: {why}.", config.data.display()))?;
    let services = open(&config).await?;
    let sign_ins = if demo {
        // Any free port: only this process asks it.
        let provider = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let at = provider.local_addr()?;
        tokio::spawn(server::sample::serve(provider));
        Some(services::demo::install_demo(&services, at).await?)
    } else {
        None
    };

    let listener = server::serve::listen(config.addr).map_err(|why| {
        format!(
            "Cannot listen on {}: {why}. Is it running already? GATEHOUSE_ADDR sets another address.",
            config.addr
        )
    })?;
    let metrics = match config.metrics_addr {
        Some(addr) => Some(TcpListener::bind(addr).await.map_err(|why| {
            format!(
                "Cannot listen on {addr} for metrics: {why}. GATEHOUSE_METRICS_ADDR sets another address."
            )
        })?),
        None => None,
    };
    println!("Gatehouse is at {}", config.public_url);
    if let Some(demo) = sign_ins {
        println!("Sign in to the sample organization, password {}:", demo.password);
        for (role, email) in &demo.sign_ins {
            println!("  {:<8} {email}", role.label());
        }
    } else if let Some(code) = services.setup_code() {
        println!(
            "Set it up at {}/setup with the one-time code {code}",
            config.public_url
        );
    }
    println!("Stop with Ctrl-C.");

    let files = descriptors::raise();
    let connections = config
        .max_connections
        .unwrap_or_else(|| descriptors::connections(files));
    let limits = Limits::new(connections, config.stop_timeout);
    let state = AppState::new(services.clone(), &config, site)?;
    let (answers, stopping) = (state.answers.clone(), state.stopping.clone());
    let app = server::router::router(state);
    let fresh = {
        let services = services.clone();
        tokio::spawn(async move { services.keep_models_fresh().await })
    };
    let mail = {
        let services = services.clone();
        tokio::spawn(async move { services.deliver_mail().await })
    };
    let counted = {
        let services = services.clone();
        tokio::spawn(async move { services.tell_counted().await })
    };
    let metrics = match metrics {
        Some(listener) => {
            let handle = server::metrics::install()?;
            Some(tokio::spawn(server::metrics::tell(
                listener,
                handle,
                services.clone(),
            )))
        }
        None => None,
    };
    let finished = server::serve::serve(listener, app, limits, signals()?, stopping, |line| {
        eprintln!("{line}");
    })
    .await;
    fresh.abort();
    mail.abort();
    counted.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    if finished {
        // Chat's answers are stored, cut off or whole, and what was asked of models is written down. Not for ever: the
        // database may be what is stuck.
        services.cut_answers();
        answers.close();
        let stored = async {
            answers.wait().await;
            services.flush_usage().await;
            services.write_counted(services.now()).await;
        };
        if tokio::time::timeout(STORED_WITHIN, stored).await.is_err() {
            tracing::error!(
                "the database did not take everything in time: the usage of the last requests may be missing"
            );
        }
    }
    Ok(())
}

/// How long what is left to store may take once no request is under way.
const STORED_WITHIN: Duration = Duration::from_secs(5);

/// A message for each time that the process is asked to stop.
fn signals() -> std::io::Result<mpsc::Receiver<()>> {
    let (asked, signals) = mpsc::channel(2);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
            let (mut heard, asked) = (signal(kind)?, asked.clone());
            tokio::spawn(
                async move { while heard.recv().await.is_some() && asked.send(()).await.is_ok() {} },
            );
        }
    }
    #[cfg(not(unix))]
    tokio::spawn(
        async move { while tokio::signal::ctrl_c().await.is_ok() && asked.send(()).await.is_ok() {} },
    );
    Ok(signals)
}
