//! A server to be measured: the whole router with its layers, a JSON echo under the same layers, and the bare verification of the same signatures.
//!
//! `LUZHENG_DATABASE=sqlite:… verify-load --codes 512 --out FOLDER` prepares an empty store, issues so many marks, writes what wrk needs
//! (`verify.lua`, `echo.lua`, `batch.lua`) into the folder, prints one line of JSON with the address, and serves until it is told to stop. No background
//! work runs: what the process spends is spent on calls. `bench/verify.py` calls this.
//!
//! - `POST /bench/echo`: the body is read as JSON and written again.
//! - `GET /bench/raw/{count}`: so many bare verifications on one thread; answers the processor time of that thread in nanoseconds.

mod country;
mod script;

use anyhow::Context;
use axum::Json;
use axum::extract::Path;
use axum::routing::{get, post};
use clap::Parser;
use country::{Country, Signature};
use luzheng::http;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

/// Most bare verifications in one call.
const MAX_RAW: usize = 1_000_000;

/// A server to be measured.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many different codes
    #[arg(long, default_value_t = 512)]
    codes: u32,
    /// Folder for what wrk reads
    #[arg(long)]
    out: PathBuf,
}

/// Processor time of this thread, in nanoseconds.
fn thread_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

/// Verifies signatures in turn and answers what one took, in nanoseconds.
fn raw(signatures: &[Signature], count: usize) -> serde_json::Value {
    let before = thread_time();
    let good = signatures.iter().cycle().take(count).filter(|one| one.verify()).count();
    let spent = thread_time().saturating_sub(before);
    serde_json::json!({"count": count, "good": good, "each_ns": spent as f64 / count.max(1) as f64})
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let country = Country::settle(arguments.codes).await?;
    let signatures: Arc<[Signature]> = country.signatures.into();
    let bare = move |Path(count): Path<usize>| async move {
        let work = tokio::task::spawn_blocking(move || raw(&signatures, count.min(MAX_RAW)));
        Json(work.await.unwrap_or_default())
    };
    let more = axum::Router::new()
        .route("/bench/echo", post(|Json(body): Json<serde_json::Value>| async { Json(body) }))
        .route("/bench/raw/{count}", get(bare));
    let router = http::router_with(Arc::clone(&country.app), more);

    let listener = TcpListener::bind("127.0.0.1:0").context("a free port")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    script::write(&arguments.out, &country.codes, &country.token)?;
    let said = serde_json::json!({"url": format!("http://{address}"), "codes": country.codes, "token": country.token});
    println!("{said}");
    axum_server::from_tcp(listener)?.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
