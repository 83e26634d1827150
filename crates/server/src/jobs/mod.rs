//! Work in the background: signing what is reserved, publishing what changed, sealing the journal, keeping keys and lists fresh.

use crate::app::App;
use crate::usecase::error::Used;
use crate::usecase::{
    application, bound, deadline, event, issue, journal, key, notify, pack, paper_order, partner, passkey,
    received_proof, retention, session, status, subscription, trust,
};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the queue is looked at when it was empty.
const QUEUE: Duration = Duration::from_millis(100);
/// How often changed status lists are published: a change is to be known outside within a second, whatever else goes on.
const STATUS: Duration = Duration::from_millis(200);
/// How often the journal's tail is sealed.
const SEAL: Duration = Duration::from_secs(2);
/// How often a process that publishes nothing looks for what others published.
const REFRESH: Duration = Duration::from_millis(500);
/// How often a signer takes over keys that were made on the command line, such as a reader key after a lost device.
const KEY_TABLE: Duration = Duration::from_secs(15);
/// How often parked events that are due are tried again.
const PARKED: Duration = Duration::from_secs(30);
/// How often it is looked whether the day's deadlines were run.
const DEADLINES: Duration = Duration::from_secs(3_600);
/// How often notices that are to leave are looked for.
const DELIVERIES: Duration = Duration::from_secs(1);
/// How often checks of partners are written, and who the partners are is read anew.
const PARTNERS: Duration = Duration::from_secs(2);
/// How often keys, the trust list and old sessions are looked after.
const HOUSEKEEPING: Duration = Duration::from_secs(600);

/// How often it is looked whether there are flags to be written.
const FLAGS: Duration = Duration::from_secs(1);
/// How often it is looked whether something was kept long enough.
const RETENTION: Duration = Duration::from_secs(3_600);
/// The longest pause after failures: the database may be away for hours, and is found again within this.
const PATIENCE: Duration = Duration::from_secs(5);

/// One turn of a task; answers whether there is more to do at once.
type Turn = fn(Arc<App>) -> Pin<Box<dyn Future<Output = Used<bool>> + Send>>;

/// A task of the background.
struct Task {
    name: &'static str,
    pause: Duration,
    turn: Turn,
}

/// What only the signer does: everything that needs a private key.
const SIGNER: &[Task] = &[
    Task { name: "queue", pause: QUEUE, turn: |app| Box::pin(async move { Ok(issue::run_jobs(&app).await? > 0) }) },
    Task {
        name: "status",
        pause: STATUS,
        turn: |app| Box::pin(async move { status::publish(&app, false).await.map(|_| false) }),
    },
    Task { name: "seal", pause: SEAL, turn: |app| Box::pin(async move { journal::seal(&app).await }) },
    Task { name: "pack", pause: HOUSEKEEPING, turn: |app| Box::pin(async move { make_packs(&app).await }) },
    Task {
        name: "key_table",
        pause: KEY_TABLE,
        turn: |app| Box::pin(async move { key::refresh(&app).await.map(|()| false) }),
    },
    Task { name: "keys", pause: HOUSEKEEPING, turn: |app| Box::pin(async move { keep_keys(&app).await }) },
    Task {
        name: "publications",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { status::thin(&app).await.map(|()| false) }),
    },
];

/// What a process without keys does instead: it takes over what the signer published.
const FOLLOWER: &[Task] =
    &[Task { name: "refresh", pause: REFRESH, turn: |app| Box::pin(async move { follow(&app).await }) }];

/// What belongs to a process that answers calls: what it saw itself is written down.
const WEB: &[Task] = &[
    Task {
        name: "flags",
        pause: FLAGS,
        turn: |app| Box::pin(async move { crate::usecase::watch::write_flags(&app).await }),
    },
    Task {
        name: "partners",
        pause: PARTNERS,
        turn: |app| Box::pin(async move { partner::keep_up(&app).await.map(|()| false) }),
    },
];

/// What needs no key.
const JOBS: &[Task] = &[
    Task {
        name: "deadlines",
        pause: DEADLINES,
        turn: |app| Box::pin(async move { deadline::run::run_today(&app).await.map(|_| false) }),
    },
    Task {
        name: "deliveries",
        pause: DELIVERIES,
        turn: |app| Box::pin(async move { notify::deliver(&app).await.map(|made| made > 0) }),
    },
    Task {
        name: "webhooks",
        pause: DELIVERIES,
        turn: |app| Box::pin(async move { subscription::deliver::deliver(&app).await.map(|made| made > 0) }),
    },
    Task {
        name: "webhook keys",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { subscription::deliver::sweep(&app).await.map(|()| false) }),
    },
    Task {
        name: "received proofs",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { received_proof::sweep(&app).await }),
    },
    Task {
        name: "retention",
        pause: RETENTION,
        turn: |app| Box::pin(async move { retention::sweep(&app).await.map(|_| false) }),
    },
    Task {
        name: "parked",
        pause: PARKED,
        turn: |app| Box::pin(async move { event::unpark_due(&app).await.map(|()| false) }),
    },
    Task {
        name: "photos",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { application::sweep(&app).await.map(|()| false) }),
    },
    Task {
        name: "ceremonies",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { passkey::sweep(&app).await.map(|()| false) }),
    },
    Task {
        name: "papers",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { paper_order::sweep(&app).await.map(|()| false) }),
    },
    Task {
        name: "assertions",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { partner::log::sweep(&app).await.map(|()| false) }),
    },
    Task {
        name: "bound",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { bound::sweep(&app).await.map(|()| false) }),
    },
    Task {
        name: "sessions",
        pause: HOUSEKEEPING,
        turn: |app| Box::pin(async move { session::sweep(&app).await.map(|()| false) }),
    },
];

/// The pause after so many failures in a row: twice as long each time, up to [`PATIENCE`].
fn patience(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        some => Duration::from_millis(50).saturating_mul(2_u32.saturating_pow(some)).min(PATIENCE),
    }
}

/// Runs a task again and again until told to stop; a failure is logged and the next turn comes all the same. Of many failures in a row the
/// first is logged, the second, the fourth and so on.
async fn every(app: Arc<App>, task: &'static Task, mut stop: watch::Receiver<bool>) {
    let mut failures: u32 = 0;
    loop {
        let again = match (task.turn)(Arc::clone(&app)).await {
            Ok(again) => {
                if failures > 1 {
                    tracing::info!(job = task.name, failures, "works again");
                }
                failures = 0;
                again
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                if failures.is_power_of_two() {
                    tracing::warn!(job = task.name, code = error.code, failures, %error, "failed; it will be tried again");
                }
                metrics::counter!("luzheng_job_failures_total", "job" => task.name).increment(1);
                false
            }
        };
        if *stop.borrow() {
            return;
        }
        if !again {
            tokio::select! {
                () = tokio::time::sleep(task.pause.max(patience(failures))) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Starts everything this process's roles ask for. It ends soon after `stop` becomes true.
pub fn start(app: &Arc<App>, stop: &watch::Receiver<bool>) -> tokio::task::JoinSet<()> {
    let roles = app.settings.roles;
    let keys = if roles.signer { SIGNER } else { FOLLOWER };
    let jobs = if roles.jobs { JOBS } else { &[] };
    let web = if roles.web { WEB } else { &[] };
    let mut set = tokio::task::JoinSet::new();
    for task in keys.iter().chain(jobs).chain(web) {
        set.spawn(every(Arc::clone(app), task, stop.clone()));
    }
    set
}

async fn follow(app: &App) -> Used<bool> {
    key::refresh(app).await?;
    trust::refresh(app).await?;
    Ok(false)
}

async fn make_packs(app: &App) -> Used<bool> {
    pack::make_due(app).await?;
    pack::make_shards_due(app).await?;
    Ok(false)
}

async fn keep_keys(app: &App) -> Used<bool> {
    key::renew_ending(app).await?;
    trust::keep_trust_list_fresh(app).await?;
    Ok(false)
}
