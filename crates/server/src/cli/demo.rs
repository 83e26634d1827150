//! `luzheng demo`: one command to a populated country, on the embedded database or on one that is given.

use super::{Context, Exit, exit};
use crate::app::{App, Opening};
use crate::clock::Clock;
use crate::config::{Outgoing, Roles, Settings};
use crate::usecase::{demo, session};
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;

/// A populated demonstration country, served at once
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng demo\n  luzheng demo --tls          # on the local network, for a real phone: scan the printed QR code\n  luzheng demo --reset        # begin anew"
)]
pub struct DemoArgs {
    /// Address to listen on; with --tls every address of this machine
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Where the demonstration's database and keys lie
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data_dir: PathBuf,
    /// An empty PostgreSQL database to settle the demonstration in, instead of the embedded one
    #[arg(long, value_name = "URL", conflicts_with = "reset")]
    database: Option<String>,
    /// Throw the demonstration's data away and begin anew
    #[arg(long)]
    reset: bool,
    /// Serve over TLS with a certificate made here, so that a phone's camera may be used
    #[arg(long)]
    tls: bool,
}

/// The file that marks a folder as ours to throw away.
const MARKER: &str = "luzheng-demo";

fn reset(folder: &std::path::Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    if !folder.join(MARKER).exists() {
        return Err(exit::usage(
            "not_a_demo",
            format!("{} holds no demonstration; nothing was removed", folder.display()),
        ));
    }
    std::fs::remove_dir_all(folder)
        .map_err(|e| exit::environment("cannot_remove", format!("{}: {e}", folder.display())))
}

/// This machine's address on the local network. No packet is sent: the route alone tells.
fn lan_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|a| a.ip()).filter(|ip| !ip.is_unspecified())
}

async fn certificate(names: Vec<String>) -> anyhow::Result<RustlsConfig> {
    let made =
        rcgen::generate_simple_self_signed(names).map_err(|e| exit::environment("certificate", e.to_string()))?;
    RustlsConfig::from_pem(made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes())
        .await
        .map_err(|e| exit::environment("certificate", e.to_string()))
}

/// Opens the demonstration. One that was settled on another day is thrown away: its cases ("due this month") would no longer be true.
async fn todays(settings: Settings, folder: &std::path::Path) -> anyhow::Result<Arc<App>> {
    let clock = Clock::system();
    let (app, _) = App::open(settings.clone(), clock.clone(), Opening::PrepareWhenEmpty).await?;
    let own_file = settings.database.starts_with("sqlite:");
    if !own_file && demo::is_foreign(&app).await? {
        return Err(exit::usage(
            "not_a_demo",
            "this database holds something that is no settled demonstration; give an empty one",
        ));
    }
    match demo::settled_for(&app).await? {
        Some(day) if day != clock.today() && !own_file => Err(exit::usage(
            "old_demo",
            format!(
                "this database holds the demonstration of {day}, whose cases are no longer true; give an empty one"
            ),
        )),
        Some(day) if day != clock.today() => {
            eprintln!("luzheng: the demonstration of {day} is made anew for today");
            app.store.close().await;
            drop(app);
            reset(folder)?;
            mark(folder)?;
            Ok(App::open(settings, clock, Opening::PrepareWhenEmpty).await?.0)
        }
        _ => Ok(app),
    }
}

/// Makes the folder, and marks it as ours to throw away.
fn mark(folder: &std::path::Path) -> anyhow::Result<()> {
    let failed = |e: std::io::Error| exit::environment("cannot_write", format!("{}: {e}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    std::fs::write(folder.join(MARKER), "A demonstration of Luzheng: fictional people, throw-away keys.\n")
        .map_err(failed)
}

/// Replaces this process by a fresh one on the same address: what settling a country took in memory is given back. Returns only when that fails.
fn begin_again(args: &DemoArgs, bound: SocketAddr) -> anyhow::Error {
    use std::os::unix::process::CommandExt;
    let failed =
        |e: std::io::Error| exit::environment("cannot_begin_again", format!("the demonstration cannot begin: {e}"));
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return failed(error),
    };
    let mut command = std::process::Command::new(program);
    command.arg("demo").arg("--listen").arg(bound.to_string()).arg("--data-dir").arg(&args.data_dir);
    if args.tls {
        command.arg("--tls");
    }
    if let Some(database) = &args.database {
        command.arg("--database").arg(database);
    }
    failed(command.exec())
}

/// Runs it until told to stop.
///
/// # Errors
/// Wrong use, or the environment failed.
pub async fn run(args: DemoArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.reset {
        reset(&args.data_dir)?;
    }
    let folder = &args.data_dir;
    mark(folder)?;

    let listen =
        args.listen.clone().unwrap_or_else(|| if args.tls { "0.0.0.0:8443".into() } else { "127.0.0.1:8080".into() });
    let listener = super::serve::bind(&listen)?;
    let bound = listener.local_addr().map_err(|e| exit::environment("cannot_listen", e.to_string()))?;
    let host = match (bound.ip().is_unspecified(), lan_address()) {
        (true, Some(ip)) => SocketAddr::new(ip, bound.port()).to_string(),
        (true, None) => format!("localhost:{}", bound.port()),
        // by name: a passkey belongs to a name, never to a number
        (false, _) if bound.ip().is_loopback() => format!("localhost:{}", bound.port()),
        (false, _) => bound.to_string(),
    };
    let scheme = if args.tls { "https" } else { "http" };
    let settings = Settings {
        database: args.database.clone().unwrap_or_else(|| format!("sqlite:{}", folder.join("demo.db").display())),
        data_dir: folder.join("secrets-of-the-demo"),
        listen,
        code_host: host.clone(),
        status_uri: format!("{scheme}://{host}/status/{{list}}"),
        feed_token: Some(
            std::env::var("LUZHENG_FEED_TOKEN")
                .ok()
                .filter(|t| t.len() >= 16)
                .unwrap_or_else(|| "demo-feed-token-0001".into()),
        ),
        roles: Roles::ALL,
        demo: true,
        secure_cookies: args.tls,
        account: crate::config::AccountSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        bound: crate::config::BoundSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        outgoing: Outgoing { allow_private: true, ..Outgoing::default() },
        pack: crate::config::PackSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        paper: crate::config::PaperSettings::for_demonstration()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        partner: crate::config::PartnerSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        review: crate::config::ReviewSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        sign_in: crate::config::SignInSettings::of_demo(&format!("{scheme}://{host}"))
            .map_err(|e| exit::environment("config", e.to_string()))?,
        retention: crate::config::RetentionSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        webhook: crate::config::WebhookSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
        watch: crate::config::WatchSettings::from_environment()
            .map_err(|e| exit::environment("config", e.to_string()))?,
    };
    let app = todays(settings, folder).await?;
    let bar = context.progress(None, "settling the demonstration country");
    let settled = demo::settle(&app, &|n| bar.set_position(n)).await?;
    bar.finish_and_clear();
    if settled.made {
        eprintln!(
            "luzheng: {} vehicles, {} marks, {} drivers, {} electronic licences, {} people",
            settled.vehicles, settled.marks, settled.drivers, settled.licences, settled.people
        );
        app.store.close().await;
        drop((app, listener));
        return Err(begin_again(&args, bound));
    }
    // Ready means that an officer can load what is carried without a network.
    crate::usecase::pack::make_due(&app).await?;
    crate::usecase::pack::make_shards_due(&app).await?;
    let people = session::demo_people(&app).await?;
    let tls = if args.tls {
        let mut names = vec!["localhost".to_owned()];
        names.extend(lan_address().map(|ip| ip.to_string()));
        Some(certificate(names).await?)
    } else {
        None
    };
    let url = format!("{scheme}://{host}");
    let partner_key = demo::partner::key_file(&app);
    super::serve::serve(app, Some(listener), tls, || {
        println!("ready {url}");
        println!("\nsign-ins (one tap in the app; 一键登录):");
        for p in &people {
            println!("  {:<8} {}  {} / {}", p.role.code(), p.name.zh, p.case.zh, p.case.en);
        }
        println!("\nfeed token: the demonstration's LUZHENG_FEED_TOKEN is demo-feed-token-0001 unless you set another");
        println!(
            "\npartner interface: client {} with the key {} (docs/partners.md)",
            demo::partner::CLIENT,
            partner_key.display()
        );
        if args.tls {
            println!("\nScan with a phone on the same network (the certificate is made here; the phone will ask):\n");
            match crate::paper::terminal(&url) {
                Ok(symbol) => println!("{symbol}"),
                Err(error) => eprintln!("luzheng: {error}"),
            }
        }
    })
    .await?;
    Ok(Exit::Done)
}
