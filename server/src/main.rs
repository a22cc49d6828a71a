//! `gatehouse`: the server.

mod cli;

use axum::serve::ListenerExt;
use clap::{Parser, Subcommand};
use server::config::Config;
use server::state::{AppState, site_folder};
use services::{Clock, Database, Services};
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Decides who in an organization may use which AI provider, shows it and enforces it.
#[derive(Parser)]
#[command(name = "gatehouse", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web application. Settings come from GATEHOUSE_* variables, DATABASE_URL and GATEHOUSE_CONFIG.
    Serve {
        /// Fill an empty database with a sample organization and print how to sign in.
        #[arg(long)]
        demo: bool,
    },
    /// Make, list and revoke virtual keys. The settings are those of `serve`; a server may be running.
    #[command(subcommand)]
    Keys(cli::keys::Keys),
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
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new("warn,server=info,services=info,store=info,app=info")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let done = match Cli::parse().command {
        Command::Serve { demo } => serve(demo).await,
        Command::Keys(command) => keys(command).await,
        Command::Backup { dir } => match Config::from_environment() {
            Ok(config) => cli::backup::back_up(&database(&config), &config.data, &dir).await,
            Err(error) => Err(error.into()),
        },
        Command::Restore { dir } => match Config::from_environment() {
            Ok(config) => cli::backup::bring_back(&database(&config), &config.data, &dir).await,
            Err(error) => Err(error.into()),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
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
    Services::open(services::Config {
        database: database(config),
        data_dir: config.data.clone(),
        public_url: config.public_url.clone(),
        allow_private_providers: config.allow_private_providers,
        clock: Clock::System,
    })
    .await
}

async fn keys(command: cli::keys::Keys) -> Result<(), Box<dyn Error>> {
    let config = Config::from_environment()?;
    // Opening would make an empty one, in which everything asked for would be missing.
    if let Database::Embedded(file) = database(&config)
        && !file.is_file()
    {
        return Err(format!(
            "There is no database in {}. GATEHOUSE_DATA says where the server keeps its data.",
            config.data.display()
        )
        .into());
    }
    cli::keys::run(&open(&config).await?, command).await
}

async fn serve(demo: bool) -> Result<(), Box<dyn Error>> {
    let config = Config::from_environment()?;
    let site = site_folder();
    if !site.join("pkg").is_dir() {
        return Err(format!(
            "The browser's part is not built: there is no {}. Start with script/server, or point GATEHOUSE_SITE at it.",
            site.join("pkg").display()
        )
        .into());
    }
    std::fs::create_dir_all(&config.data)
        .map_err(|why| format!("The data folder {} cannot be made: {why}.", config.data.display()))?;
    let services = open(&config).await?;
    let sign_ins = if demo {
        Some(services::demo::install_demo(&services).await?)
    } else {
        None
    };

    let listener = tokio::net::TcpListener::bind(config.addr).await.map_err(|why| {
        format!(
            "Cannot listen on {}: {why}. Is it running already? GATEHOUSE_ADDR sets another address.",
            config.addr
        )
    })?;
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

    let app = server::router::router(AppState::new(services.clone(), &config, &site)?);
    let fresh = {
        let services = services.clone();
        tokio::spawn(async move { services.keep_models_fresh().await })
    };
    // Small pieces of a stream must not wait for more.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::warn!(error = &error as &dyn Error, "a connection keeps its delay");
        }
    });
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop_signal())
        .await?;
    fresh.abort();
    services.flush_usage().await;
    Ok(())
}

/// Ends when the process is asked to stop; requests under way are finished.
async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { () = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => interrupt.await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
