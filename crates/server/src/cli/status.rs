//! `luzheng status`: publishes the status lists, and makes the pack for readers without a network.

use super::{Context, Exit, exit};
use crate::usecase::{pack, status, trust};
use clap::{Args, Subcommand};
use luzheng_credential::pack::MAX_PACK;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Publish the status lists
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng status publish --out status/\n  luzheng status pack --out pocket/ --from yesterday.lzpack\n  luzheng status pack --out pocket/ --shards"
)]
pub struct StatusArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Sign all lists anew, and write them as files when asked to
    Publish {
        /// Folder for LIST.jwt and LIST.cwt
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Make a pack of all that is published, for readers without a network; the server serves it from now on
    Pack(PackArgs),
}

#[derive(Debug, Args)]
struct PackArgs {
    /// Folder for the pack, and for deltas and shards when asked for
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write the delta from this pack to the new one too
    #[arg(long, value_name = "FILE.lzpack")]
    from: Option<PathBuf>,
    /// Make the shards for officers too: what is known of the plates of each province
    #[arg(long)]
    shards: bool,
    /// Only the shard of this province (the first two digits of its division code); may be given several times
    #[arg(long, value_name = "NN", requires = "shards", value_parser = clap::value_parser!(u32).range(11..=99))]
    province: Vec<u32>,
}

/// Runs it.
///
/// # Errors
/// The environment failed.
pub async fn run(args: StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    match args.what {
        Which::Publish { out } => publish(out.as_deref(), context).await,
        Which::Pack(args) => make_pack(args, context).await,
    }
}

fn cannot_write(folder: &Path) -> impl Fn(std::io::Error) -> anyhow::Error + '_ {
    |e| exit::environment("cannot_write", format!("cannot write to {}: {e}", folder.display()))
}

async fn publish(out: Option<&Path>, context: &Context) -> anyhow::Result<Exit> {
    let app = context.app().await?;
    let lists = status::publish(&app, true).await?;
    if let Some(folder) = out {
        std::fs::create_dir_all(folder).map_err(cannot_write(folder))?;
        for list in &lists {
            let tokens = trust::status_tokens(&app, *list)?;
            std::fs::write(folder.join(format!("{list}.jwt")), &tokens.jwt).map_err(cannot_write(folder))?;
            std::fs::write(folder.join(format!("{list}.cwt")), &tokens.cwt).map_err(cannot_write(folder))?;
        }
    }
    context.answer(&serde_json::json!({"lists": lists}), || match lists.len() {
        0 => "there is no status list yet: no mark was ever reserved".into(),
        n => format!("published {n} status list{}", if n == 1 { "" } else { "s" }),
    });
    Ok(Exit::Done)
}

/// The pack in somebody's hands, read before anything is made.
fn older(path: &Path) -> anyhow::Result<Vec<u8>> {
    let unreadable = |e: std::io::Error| exit::usage("unreadable_file", format!("cannot read {}: {e}", path.display()));
    let mut bytes = Vec::new();
    let ceiling = MAX_PACK as u64;
    std::fs::File::open(path).map_err(unreadable)?.take(ceiling + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > ceiling {
        return Err(exit::usage("too_large", format!("{} is larger than any pack", path.display())));
    }
    Ok(bytes)
}

/// Copies a file that was made into the folder that was asked for.
fn copy(path: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default();
    let to = folder.join(name);
    std::fs::copy(path, &to).map_err(cannot_write(folder))?;
    Ok(to)
}

async fn make_pack(args: PackArgs, context: &Context) -> anyhow::Result<Exit> {
    let older = args.from.as_deref().map(older).transpose()?;
    let folder = args.out.as_path();
    std::fs::create_dir_all(folder).map_err(cannot_write(folder))?;
    let app = context.app().await?;
    status::publish(&app, false).await?;
    let bar = context.progress(Some(app.published().lists.len() as u64), "status lists");
    let counting = bar.clone();
    let made = pack::make(&app, move |lists| counting.inc(lists)).await?;
    bar.finish_and_clear();
    let file = copy(&made.path, folder)?;
    let mut delta = None;
    if let Some(older) = older {
        let bytes = pack::delta_from(&app, older, &made).await?;
        let path = file.with_extension("lzdelta");
        std::fs::write(&path, &bytes).map_err(cannot_write(folder))?;
        delta = Some((path, bytes.len()));
    }
    let mut shards = Vec::new();
    if args.shards {
        let bar = context.progress(None, "plates");
        let made = pack::make_shards(&app, &args.province, |plates| bar.inc(plates)).await?;
        bar.finish_and_clear();
        for mut shard in made {
            shard.path = copy(&shard.path, folder)?;
            shards.push(shard);
        }
    }
    let answer = serde_json::json!({
        "seq": made.seq, "as_of": made.as_of, "lists": made.lists, "size": made.size, "file": file,
        "delta": delta.as_ref().map(|(path, size)| serde_json::json!({"file": path, "size": size})), "shards": shards,
    });
    context.answer(&answer, || {
        let mut words = format!("pack {}: {} lists, {} bytes: {}", made.seq, made.lists, made.size, file.display());
        if let Some((path, size)) = &delta {
            words.push_str(&format!("\ndelta: {size} bytes: {}", path.display()));
        }
        for shard in &shards {
            let (province, plates, size) = (shard.province, shard.plates, shard.size);
            words.push_str(&format!("\nshard {province}: {plates} plates, {size} bytes: {}", shard.path.display()));
        }
        words
    });
    Ok(Exit::Done)
}
