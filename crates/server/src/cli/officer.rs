//! `luzheng officer`: who checks on the road, where on duty, on which devices.

use super::{Context, Exit, exit};
use crate::app::App;
use crate::usecase::bound;
use crate::usecase::officer::register::{self, OfficerRow};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use luzheng_domain::region::Division;
use serde_json::json;
use std::fmt::Write;
use uuid::Uuid;

/// In whose name the journal records what is done here.
const ACTOR: &str = "operator";

/// Police officers who check on the road, where they are on duty, and their devices
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng officer add 051201 苏警官 --division 320500\n  luzheng officer duty 051201 320500 --until 2027-01-01\n  luzheng officer enrol 051201\n  luzheng officer end --device 019a7c5e-…  --reason lost\n  luzheng keys rotate-reader --at-once       # when a lost device may be opened by somebody"
)]
pub struct OfficerArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Record an officer
    Add {
        /// The police number (警号)
        number: String,
        /// The name
        name: String,
        /// Where the officer serves (GB/T 2260, such as 320500)
        #[arg(long, value_name = "CODE")]
        division: String,
    },
    /// All officers with duty and devices
    List,
    /// Let an officer be on duty in a region, or relieve the officer of it
    Duty(DutyArgs),
    /// Make a code with which one device is enrolled; it is shown once
    Enrol {
        /// The police number
        number: String,
    },
    /// End a device, or an officer's whole access
    End(EndArgs),
}

#[derive(Debug, Args)]
struct DutyArgs {
    /// The police number
    number: String,
    /// The region, which covers all below it; with --relieve without one: everywhere
    #[arg(required_unless_present = "relieve")]
    division: Option<String>,
    /// From when (RFC 3339 or a date); without it, now
    #[arg(long, value_name = "TIME", conflicts_with = "relieve")]
    from: Option<String>,
    /// Until when (RFC 3339 or a date, which is not included); without it, until further notice
    #[arg(long, value_name = "TIME", conflicts_with = "relieve")]
    until: Option<String>,
    /// End the duty now
    #[arg(long)]
    relieve: bool,
}

#[derive(Debug, Args)]
struct EndArgs {
    /// The police number: all devices and the access itself
    #[arg(required_unless_present = "device", conflicts_with = "device")]
    number: Option<String>,
    /// One device
    #[arg(long, value_name = "ID")]
    device: Option<Uuid>,
    /// Why, in a word: lost, replaced, left
    #[arg(long, value_name = "WORD")]
    reason: String,
}

fn division(text: &str) -> anyhow::Result<Division> {
    text.parse().map_err(|_| exit::usage("bad_division", format!("“{text}” is no division code of six digits")))
}

fn time(text: Option<&String>) -> anyhow::Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Some(instant));
    }
    text.parse::<jiff::civil::Date>()
        .map(|day| Some(crate::clock::china_midnight(day)))
        .map_err(|_| exit::usage("bad_time", format!("“{text}” is neither an RFC 3339 time nor a date")))
}

/// A reason that may stand in the journal: a word, not a story.
fn reason(text: &str) -> anyhow::Result<&str> {
    let word = !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if word {
        Ok(text)
    } else {
        Err(exit::usage("bad_reason", "a reason is one word of at most 40 letters and digits"))
    }
}

/// Every officer, page by page.
async fn all(app: &App) -> anyhow::Result<Vec<OfficerRow>> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page = register::list(app, &after).await?;
        let Some(last) = page.last() else { return Ok(rows) };
        after.clone_from(&last.number);
        rows.extend(page);
    }
}

fn shown(rows: &[OfficerRow]) -> String {
    let mut out = String::new();
    for row in rows {
        let duty =
            if row.duty.is_empty() { "off duty".to_owned() } else { format!("on duty in {}", row.duty.join(", ")) };
        let _ = writeln!(out, "{:<12} {}  {}  {}  {duty}", row.number, row.name_masked, row.division, row.state);
        for device in &row.devices {
            let used = device.last_used_at.map_or_else(|| "never used".into(), |at| format!("last used {at}"));
            let _ =
                writeln!(out, "             {}  {}  enrolled {}, {used}", device.id, device.name, device.enrolled_at);
        }
    }
    if out.is_empty() { "there are no officers".into() } else { out.trim_end().to_owned() }
}

async fn duty(app: &App, args: &DutyArgs, context: &Context) -> anyhow::Result<()> {
    let place = args.division.as_deref().map(division).transpose()?;
    if args.relieve {
        let ended = register::relieve(app, &args.number, place, ACTOR).await?;
        context.answer(&json!({"ended": ended}), || format!("{ended} region(s) of duty ended"));
        return Ok(());
    }
    let place = place.ok_or_else(|| exit::usage("bad_division", "name the region of duty"))?;
    let (from, until) = (time(args.from.as_ref())?, time(args.until.as_ref())?);
    register::allow(app, &args.number, place, from, until, ACTOR).await?;
    context.answer(&json!({"number": args.number, "division": place}), || {
        format!("officer {} may be on duty in {place}", args.number)
    });
    Ok(())
}

async fn end(app: &App, args: &EndArgs, context: &Context) -> anyhow::Result<()> {
    let reason = reason(&args.reason)?;
    let devices = match (args.device, &args.number) {
        (Some(device), _) => {
            bound::end_device(app, device, reason, ACTOR).await?;
            1
        }
        (None, Some(number)) => register::end(app, number, reason, ACTOR).await?,
        (None, None) => return Err(exit::usage("bad_use", "name an officer or a device")),
    };
    context.answer(&json!({"devices": devices}), || {
        format!("{devices} device(s) ended; if somebody may open what one kept: luzheng keys rotate-reader --at-once")
    });
    Ok(())
}

/// Runs it.
///
/// # Errors
/// Wrong use, a refusal, or the environment failed.
pub async fn run(args: OfficerArgs, context: &Context) -> anyhow::Result<Exit> {
    let app = context.app().await?;
    match args.what {
        Which::Add { number, name, division: code } => {
            let place = division(&code)?;
            register::add(&app, &number, &name, place, ACTOR).await?;
            context.answer(&json!({"number": number, "division": place}), || {
                format!("officer {number} is recorded; next: luzheng officer duty {number} {place}")
            });
        }
        Which::List => {
            let rows = all(&app).await?;
            context.answer(&rows, || shown(&rows));
        }
        Which::Duty(args) => duty(&app, &args, context).await?,
        Which::Enrol { number } => {
            let code = register::enrolment(&app, &number, ACTOR).await?;
            context.answer(&code, || {
                format!(
                    "{}\nfor one device of officer {number}, until {}; it is not shown again",
                    code.code, code.expires_at
                )
            });
        }
        Which::End(args) => end(&app, &args, context).await?,
    }
    Ok(Exit::Done)
}
