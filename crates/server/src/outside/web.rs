//! Fetching status lists for `verify --status URL`.

use luzheng_credential::status_list::{MAX_TOKEN, StatusBook, open_jwt};
use luzheng_credential::trust::TrustList;
use luzheng_credential::verify::{Question, verify};
use std::collections::BTreeSet;
use std::time::Duration;

/// Longest wait for one list.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Fetches the lists that these codes point to, and takes up those that verify. One that cannot be had is named on stderr and counts as not there.
pub async fn take_lists(address: &str, codes: &[String], trust: &TrustList, book: &mut StatusBook) {
    let question =
        Question { now: jiff::Timestamp::UNIX_EPOCH, clock_confirmed: false, expected_plate: None, our_hosts: &[] };
    // The list's number is read only from claims whose signature is good.
    let wanted: BTreeSet<u32> = codes
        .iter()
        .filter_map(|code| {
            verify(code, Some(trust), &luzheng_credential::status_list::NoStatus, &question)
                .claims()
                .map(|c| c.status().list)
        })
        .collect();
    for list in wanted {
        let url = if address.contains("{list}") {
            address.replace("{list}", &list.to_string())
        } else {
            format!("{}/{list}", address.trim_end_matches('/'))
        };
        let fetched = tokio::task::spawn_blocking(move || fetch(&url)).await.unwrap_or_else(|e| Err(e.to_string()));
        match fetched.and_then(|token| open_jwt(token.trim(), trust).map_err(|e| e.to_string())) {
            Ok(signed) => {
                book.take(signed);
            }
            Err(error) => eprintln!("luzheng: status list {list} could not be had: {error}"),
        }
    }
}

fn fetch(url: &str) -> Result<String, String> {
    let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).build());
    agent
        .get(url)
        .header("accept", "application/statuslist+jwt")
        .call()
        .and_then(|mut answer| answer.body_mut().with_config().limit(MAX_TOKEN as u64).read_to_string())
        .map_err(|e| format!("{url}: {e}"))
}
