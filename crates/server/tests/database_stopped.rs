//! The whole program with PostgreSQL stopped under it: verification goes on, everything else says that it has to wait, and all of it comes back by
//! itself when PostgreSQL does.

use luzheng_credential::qr::text;
use luzheng_domain::credential::CredentialKind;
use luzheng_store::testing::Cluster;
use luzheng_store::{Store, Vault};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use uuid::Uuid;

/// The master key of the store, so that the test can look inside.
const MASTER: &str = "0707070707070707070707070707070707070707070707070707070707070707";
/// The feed's token.
const TOKEN: &str = "feed-token-for-tests";
/// How often something that is awaited is looked for: two minutes in all. Nothing is said about how long it takes.
const LOOKS: u32 = 1_200;

fn luzheng(database: &str, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luzheng"));
    command
        .args(words)
        .env("LUZHENG_DATABASE", database)
        .env("LUZHENG_DATA_DIR", folder.join("keys"))
        .env("LUZHENG_MASTER_KEY", MASTER)
        .env("LUZHENG_FEED_TOKEN", TOKEN)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// A server that ends with the test.
struct Served {
    child: Child,
    url: String,
    agent: ureq::Agent,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer: status, body, and whether it says when to come back.
struct Answer {
    status: u16,
    body: String,
    retry_after: bool,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.body))
    }
}

impl Served {
    fn start(database: &str, folder: &Path) -> Self {
        let words = ["serve", "--listen", "127.0.0.1:0", "--plain-cookies"];
        let mut child = luzheng(database, folder, &words).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let ready = out.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("ready ").map(str::to_owned));
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        Self { child, url: ready.expect("it says where it is"), agent }
    }

    fn get(&self, path: &str) -> Answer {
        // Whose session it is stands in the database.
        let cookie = format!("lz_session={}", "a".repeat(64));
        answer(self.agent.get(format!("{}{path}", self.url)).header("cookie", cookie).call())
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        answer(request.header("authorization", format!("Bearer {TOKEN}")).send(body.to_string()))
    }

    fn verdict(&self, code: &str) -> (String, Option<String>) {
        let said = self.post("/api/v1/verify", &json!({"code": code}));
        assert_eq!(said.status, 200, "{}", said.body);
        let word = |name: &str| said.json()[name].as_str().map(str::to_owned);
        (word("verdict").expect("a verdict"), word("reason"))
    }
}

fn answer(said: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = said.expect("the server answers, whatever its database does");
    let retry_after = response.headers().contains_key("retry-after");
    let status = response.status().as_u16();
    Answer { status, retry_after, body: response.body_mut().read_to_string().expect("a text") }
}

/// Waits until something is so.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..LOOKS {
        if so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} did not come about");
}

fn registered(number: u32) -> Value {
    json!({
        "source": "test", "id": format!("reg-{number}"), "type": "vehicle.registered", "occurred_at": "2025-03-10T09:30:00+08:00",
        "subject": {"vin": format!("WVWZZZ1KZ{number:08}")},
        "data": {
            "plate_number": format!("苏E{number:05}"), "plate_type": "02", "vehicle_type": "K33", "use_nature": "A", "seats": 5,
            "registered_on": "2025-03-10", "manufactured_on": "2025-02-01", "energy": "A", "division": "320500",
            "insurance_until": "2099-03-09", "owner_kind": "individual", "owner_id": "11010519491231002X",
            "owner_name": "张三丰", "phone": "13800001234"
        }
    })
}

/// The static code of a car, once it is signed.
async fn code(url: &str, vehicle: Uuid) -> String {
    let store = Store::connect(url, Vault::new(&[7; 32])).await.expect("it opens");
    let mut found = None;
    for _ in 0..LOOKS {
        let mut tx = store.read().await.expect("it reads");
        let current = tx.find_current_credential(vehicle, CredentialKind::InspectionMark).await.expect("it looks");
        if let Some(mark) = current {
            found = tx.find_signed(mark.subject, mark.id).await.expect("it looks");
        }
        if found.is_some() {
            break;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    store.close().await;
    text::primary("localhost", &found.expect("the mark is signed").message)
}

fn vehicle(said: &Answer) -> Uuid {
    said.json()["vehicle"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{}", said.body))
}

/// While PostgreSQL is stopped.
fn check_without_database(server: &Served, code: &str) {
    for _ in 0..3 {
        let said = server.post("/api/v1/verify", &json!({"code": code}));
        assert_eq!((said.status, &said.json()["verdict"]), (200, &json!("valid")), "{}", said.body);
        assert!(said.json()["status"]["as_of"].is_string(), "it says how old its status is: {}", said.body);
        let event = server.post("/api/v1/events", &registered(2));
        assert_eq!((event.status, event.retry_after), (503, true), "{}", event.body);
        let own = server.get("/api/v1/citizen/vehicles");
        assert_eq!((own.status, own.retry_after), (503, true), "{}", own.body);
        let ready = server.get("/readyz");
        assert_eq!((ready.status, ready.retry_after), (503, true), "{}", ready.body);
        assert_eq!(ready.json()["code"], "database_away");
    }
    for path in
        ["/healthz", "/readyz?for=verification", "/metrics", "/status", "/status/1", "/.well-known/luzheng/trust", "/V"]
    {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_stopped_and_comes_back() {
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (url, folder) = (cluster.url(), folder.path());
    let server = Served::start(&url, folder);
    let first = server.post("/api/v1/events", &registered(1));
    assert_eq!(first.status, 201, "{}", first.body);
    let one = code(&url, vehicle(&first)).await;
    // Its status list is published after the first mark.
    until("the first verdict", || server.verdict(&one) == ("valid".into(), None));
    assert_eq!(server.get("/readyz").status, 200);

    cluster.halt();
    check_without_database(&server, &one);
    let refused = luzheng(&url, folder, &["serve", "--listen", "127.0.0.1:0"]).output().expect("it runs");
    assert_eq!(refused.status.code(), Some(4), "a server does not start without its database");
    assert!(!String::from_utf8_lossy(&refused.stdout).contains("ready"));

    cluster.resume();
    until("readiness", || server.get("/readyz").status == 200);
    assert_eq!(server.verdict(&one), ("valid".into(), None));
    // What was refused is sent again, as feeds do, and is taken once.
    let second = server.post("/api/v1/events", &registered(2));
    assert_eq!(second.status, 201, "nothing of it had been kept: {}", second.body);
    assert_eq!(server.post("/api/v1/events", &registered(2)).status, 200);
    let two = code(&url, vehicle(&second)).await;
    until("a mark signed after the return", || server.verdict(&two) == ("valid".into(), None));
    // Publishing has resumed: a change is known outside.
    let stolen = json!({
        "source": "test", "id": "stolen-1", "type": "vehicle.status_changed", "occurred_at": "2026-01-05T10:00:00+08:00",
        "subject": {"vin": "WVWZZZ1KZ00000001"}, "data": {"status": "C"}
    });
    let said = server.post("/api/v1/events", &stolen);
    assert_eq!(said.status, 201, "{}", said.body);
    until("the suspension in a published list", || {
        server.verdict(&one) == ("not_valid".into(), Some("suspended".into()))
    });
    assert_eq!(server.verdict(&two), ("valid".into(), None), "nobody else is concerned");
    drop(server);
    let proof = luzheng(&url, folder, &["audit", "verify", "--json"]).output().expect("it runs");
    let proof: Value = serde_json::from_slice(&proof.stdout).expect("JSON");
    assert_eq!(proof["problems"], json!([]), "{proof}");
}
