//! What staff does by hand.

use super::world::*;
use crate::hall::Hall;
use luzheng::usecase::credential::{Act, Request, by_hand};
use std::collections::HashSet;

#[tokio::test]
async fn staff_stops_restores_and_revokes() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let phone = Phone::new();
        let held = holder.bind(&phone).await;
        let act = async |act| {
            let id = holder.current().await.unwrap().id;
            let request =
                Request { act, reason: "by_hand".into(), note: None, actor: "staff:1".into(), idempotency_key: None };
            let done = by_hand(&hall.app, id, request).await;
            hall.run_jobs().await;
            done
        };
        act(Act::Suspend).await.unwrap();
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), STOPPED);
        assert_eq!(holder.live().await.unwrap_err().code, "licence_stopped");
        assert_eq!(act(Act::Suspend).await.unwrap_err().code, "already_suspended");
        // The register's state does not lift what staff did, and a re-issue does not shake it off.
        holder.event(state(1, "u", "U")).await;
        holder.event(state(1, "a", "A")).await;
        holder.event(classes(1, "c", "C1D")).await;
        let held = holder.held(&phone).await.unwrap();
        assert_eq!((holder.verdict(&phone.shows(&hall, &held)), held.state.as_str()), (STOPPED, "stopped"));
        holder.event(state(1, "d", "D")).await;
        act(Act::Restore).await.unwrap();
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), RED, "then the register's state counts again");
        assert_eq!(act(Act::Restore).await.unwrap_err().code, "set_by_register");
        holder.event(state(1, "e", "A")).await;
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), VALID);
        let view = act(Act::Revoke).await.unwrap();
        assert_eq!(
            (view.state.as_str(), view.kind.as_str(), view.plate_type.as_str()),
            ("ended", "driving_licence", "C1D")
        );
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), REVOKED);
        assert_eq!(holder.live().await.unwrap_err().code, "licence_withdrawn");
        let owner = holder.session.owner.unwrap();
        let notices = hall.app.store.read().await.unwrap().notices(owner, None, 50).await.unwrap();
        let kinds: HashSet<_> = notices.iter().map(|n| n.kind.as_str()).collect();
        for kind in ["licence_stopped", "licence_restored", "licence_withdrawn"] {
            assert!(kinds.contains(kind), "{kinds:?}");
        }
        hall.check_everything().await;
    }
}
