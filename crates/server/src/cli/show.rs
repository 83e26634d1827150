//! `luzheng show`: gets a credential's code out, for operators and scripts.

use super::{Context, Exit, exit};
use crate::paper::{self, Language, Page};
use crate::usecase::licence::live;
use crate::usecase::{citizen, credential, print};
use clap::{Args, ValueEnum};
use luzheng_credential::qr::text;
use std::path::{Path, PathBuf};

/// Get a credential's code out: text, picture or PDF
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng show --plate 苏A12345 --type 02 --text\n  luzheng show --plate 苏A12345 --type 02 --pdf mark.pdf --size a4 --lang zh\n  luzheng show --plate 苏A12345 --type 02 --live\n  luzheng show --licence 11010519491231002X --live --text"
)]
pub struct ShowArgs {
    /// Plate number
    #[arg(long, value_name = "PLATE", required_unless_present = "licence")]
    plate: Option<String>,
    /// Plate type, code or name (02, 小型汽车)
    #[arg(long = "type", value_name = "TYPE", default_value = "02")]
    plate_type: String,
    /// A driving licence's number; it has live codes only, so --live goes with it
    #[arg(long, value_name = "NUMBER", conflicts_with = "plate")]
    licence: Option<String>,
    /// A live code, dead after 60 seconds, instead of the static one
    #[arg(long)]
    live: bool,
    /// The bare text (the default when it does not go to a terminal)
    #[arg(long)]
    text: bool,
    /// The text for closed readers (LZ1:…) instead of the one any camera opens
    #[arg(long)]
    compact: bool,
    /// A picture
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// A page for printing
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Size of that page: a4; card, to be cut from a page of A4; card-page, a page of that size for printers of cards
    #[arg(long, value_enum, default_value = "a4", visible_alias = "page")]
    size: SizeArg,
    /// Language of page and picture
    #[arg(long, value_enum, default_value = "zh")]
    lang: LanguageArg,
    /// Dots per inch of the picture
    #[arg(long, value_name = "N", default_value_t = 300)]
    dpi: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SizeArg {
    A4,
    Card,
    CardPage,
}

impl From<SizeArg> for Page {
    fn from(size: SizeArg) -> Self {
        match size {
            SizeArg::A4 => Self::A4,
            SizeArg::Card => Self::CardSheet,
            SizeArg::CardPage => Self::Card,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LanguageArg {
    Zh,
    En,
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::Zh => Self::Chinese,
            LanguageArg::En => Self::English,
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes)
        .map_err(|e| exit::environment("cannot_write", format!("cannot write {}: {e}", path.display())))
}

/// The live code of a licence. A licence has no static one: nothing of it can be printed or forwarded.
async fn licence(number: &str, args: &ShowArgs, context: &Context) -> anyhow::Result<Exit> {
    if !args.live {
        return Err(exit::usage(
            "licence_is_live_only",
            "a driving licence has no static code: nothing of it counts on paper or as a picture. Give --live for a code that is dead \
             after 60 seconds; for somebody far away its holder makes a proof",
        ));
    }
    if args.pdf.is_some() {
        return Err(exit::usage("live_is_not_printed", "a live code is dead after 60 seconds and is never printed"));
    }
    let app = context.app().await?;
    let (driver, credential) = live::by_number(&app, number).await?;
    let shown = live::make_live(&app, &driver, &credential, "operator").await?;
    if let Some(path) = &args.png {
        let paper = |e: paper::PaperError| exit::environment("paper", e.to_string());
        write(path, &paper::code_png(&shown.code, shown.colour == "red", args.dpi).map_err(paper)?)?;
        if !args.text && !context.json {
            return Ok(Exit::Done);
        }
    }
    let compact = luzheng_credential::qr::text::recognise(&shown.code)
        .and_then(|found| found.message())
        .map(|message| text::compact(&message))
        .unwrap_or_default();
    context.answer(&shown, || in_words(args, &shown.code, &compact));
    Ok(Exit::Done)
}

/// The bare text where it goes to a file or a pipe or was asked for, otherwise the symbol with its text.
fn in_words(args: &ShowArgs, code: &str, compact: &str) -> String {
    use std::io::IsTerminal;
    let shown = if args.compact { compact } else { code };
    if args.text || args.compact || !std::io::stdout().is_terminal() {
        return shown.to_owned();
    }
    paper::terminal(code).map_or(shown.to_owned(), |symbol| format!("{symbol}\n{shown}"))
}

/// Runs it.
///
/// # Errors
/// Wrong use, no such vehicle or mark, or the environment failed.
pub async fn run(args: ShowArgs, context: &Context) -> anyhow::Result<Exit> {
    if let Some(number) = &args.licence {
        return licence(number, &args, context).await;
    }
    let Some(plate) = &args.plate else {
        return Err(exit::usage("nothing_named", "name a --plate or a --licence"));
    };
    if args.live && (args.png.is_some() || args.pdf.is_some()) {
        return Err(exit::usage(
            "live_is_not_printed",
            "a live code is dead after 60 seconds and is never printed; leave out --live",
        ));
    }
    let app = context.app().await?;
    let (stored, found, message) = credential::by_plate(&app, plate, &args.plate_type).await?;
    let Some(found) = found else {
        eprintln!("luzheng: {plate} has no mark");
        return Ok(Exit::No);
    };
    if args.live {
        let live = citizen::make_live(&app, &found, &stored, "operator").await?;
        context.answer(&live, || live.code.clone());
        return Ok(Exit::Done);
    }
    let Some(message) = message else {
        eprintln!(
            "luzheng: the mark of {plate} is not signed yet; run `luzheng issue bulk --kind inspection-mark` or start the server"
        );
        return Ok(Exit::No);
    };
    let code = text::primary(&app.settings.code_host, &message);
    if let Some(path) = &args.pdf {
        write(path, &print::of_vehicle(&app, stored.id, args.size.into(), args.lang.into()).await?.bytes)?;
    }
    if let Some(path) = &args.png {
        write(path, &print::picture_of_vehicle(&app, stored.id, args.lang.into(), args.dpi).await?.bytes)?;
    }
    if (args.pdf.is_some() || args.png.is_some()) && !args.text && !context.json {
        return Ok(Exit::Done);
    }
    let compact = text::compact(&message);
    let json = serde_json::json!({"credential": found.id, "plate_number": found.subject_name, "plate_type": found.class, "code": code, "compact": compact});
    context.answer(&json, || in_words(&args, &code, &compact));
    Ok(Exit::Done)
}
