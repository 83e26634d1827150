//! `luzheng serve`: the server.

use super::{Context, Exit, exit};
use crate::app::{App, Opening};
use crate::clock::Clock;
use crate::config::Roles;
use crate::{http, jobs};
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long open requests may take when the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The server
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  LUZHENG_DATABASE=postgres://luzheng@db/luzheng LUZHENG_CODE_HOST=mark.example.cn luzheng serve --listen 0.0.0.0:8080\n\nPut a proxy with TLS in front of it: session cookies are marked Secure."
)]
pub struct ServeArgs {
    /// Address to listen on
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// What this process does: web, jobs, signer
    #[arg(long, value_name = "ROLES")]
    role: Option<String>,
    /// Session cookies without `Secure`, for trying out without TLS on this machine only
    #[arg(long)]
    plain_cookies: bool,
}

/// Runs it until told to stop.
///
/// # Errors
/// Wrong use, or the environment failed.
pub async fn run(args: ServeArgs, context: &Context) -> anyhow::Result<Exit> {
    let mut settings = context.settings()?;
    if let Some(listen) = args.listen {
        settings.listen = listen;
    }
    if let Some(role) = &args.role {
        settings.roles = Roles::parse(role).map_err(|e| exit::usage("bad_role", e.to_string()))?;
    }
    settings.secure_cookies = !args.plain_cookies;
    let listen = settings.listen.clone();
    let (app, prepared) = App::open(settings, Clock::system(), Opening::PrepareWhenEmpty).await?;
    if let Some(prepared) = prepared {
        eprintln!("luzheng: {prepared}");
    }
    let listener = bind(&listen)?;
    let address = listener.local_addr().map_err(|e| exit::environment("cannot_listen", e.to_string()))?;
    let web = app.settings.roles.web;
    serve(app, web.then_some(listener), None, || println!("ready http://{address}")).await?;
    Ok(Exit::Done)
}

/// Takes the address.
///
/// # Errors
/// It is no address, or it is taken.
pub fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    let address: SocketAddr = listen.parse().map_err(|_| {
        exit::usage("bad_address", format!("“{listen}” is no address to listen on; write it as 127.0.0.1:8080"))
    })?;
    let listener = TcpListener::bind(address)
        .map_err(|e| exit::environment("cannot_listen", format!("cannot listen on {address}: {e}")))?;
    listener.set_nonblocking(true).map_err(|e| exit::environment("cannot_listen", e.to_string()))?;
    Ok(listener)
}

/// Serves and works until the process is told to stop (SIGINT, SIGTERM).
///
/// # Errors
/// The environment failed.
pub async fn serve(
    app: Arc<App>,
    listener: Option<TcpListener>,
    tls: Option<RustlsConfig>,
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut work = jobs::start(&app, &stopped);
    let handle = axum_server::Handle::new();
    let web = listener.map(|listener| {
        let router = http::router(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
        let handle = handle.clone();
        tokio::spawn(async move {
            match tls {
                Some(tls) => axum_server::from_tcp_rustls(listener, tls)?.handle(handle).serve(router).await,
                None => axum_server::from_tcp(listener)?.handle(handle).serve(router).await,
            }
        })
    });
    ready();
    told_to_stop().await;
    handle.graceful_shutdown(Some(GRACE));
    let _ = stop.send(true);
    if let Some(web) = web {
        web.await
            .map_err(|e| exit::environment("server", e.to_string()))?
            .map_err(|e| exit::environment("server", e.to_string()))?;
    }
    while work.join_next().await.is_some() {}
    app.store.close().await;
    Ok(())
}

async fn told_to_stop() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
