//! Proofs for somebody far away.

use super::world::*;
use crate::hall::Hall;
use jiff::SignedDuration;
use luzheng::usecase::error::Kind;
use luzheng::usecase::licence::proof::{self, NewProof, Purpose};
use luzheng_store::Engine;

#[tokio::test]
async fn a_proof_shows_what_is_so_when_it_is_opened() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let new = |hours| NewProof { purpose: Purpose::Rental, recipient: "某租车公司".into(), note: None, hours };
        let made = proof::make(&hall.app, &holder.session, &new(24)).await.unwrap();
        let token = made.link.strip_prefix("/proof#").unwrap();
        let seen = proof::open(&hall.app, token).await.unwrap();
        assert_eq!((seen.holder.as_str(), seen.classes.as_str(), seen.state.as_str()), ("张*丰", "C1", "normal"));
        assert_eq!(seen.points, None, "a lessor need not know them");
        assert_eq!(holder.verdict(seen.code.as_ref().unwrap()), VALID);
        holder.event(state(1, "b", "U")).await;
        let seen = proof::open(&hall.app, token).await.unwrap();
        assert_eq!((seen.state.as_str(), seen.colour.as_deref()), ("red", Some("red")));
        assert_eq!(holder.verdict(seen.code.as_ref().unwrap()), RED);
        holder.event(state(1, "j", "J")).await;
        let seen = proof::open(&hall.app, token).await.unwrap();
        assert_eq!((seen.state.as_str(), seen.code, seen.colour), ("invalid", None, None));
        let listed = proof::list(&hall.app, &holder.session).await.unwrap();
        assert_eq!((listed[0].openings.len(), listed[0].state.as_str()), (3, "open"), "the holder sees each opening");
        for _ in 3..proof::MAX_OPENINGS_A_MINUTE {
            proof::open(&hall.app, token).await.unwrap();
        }
        assert_eq!(proof::open(&hall.app, token).await.unwrap_err().kind, Kind::TooOften);
        hall.app.clock.advance(SignedDuration::from_secs(61));
        proof::open(&hall.app, token).await.expect("a minute later it is open again");
        for wrong in ["", "x", &"0".repeat(64), &token.to_uppercase().replace('A', "B")] {
            assert_eq!(proof::open(&hall.app, wrong).await.unwrap_err().code, "no_proof");
        }
        proof::revoke(&hall.app, &holder.session, made.proof.id).await.unwrap();
        let twice = proof::revoke(&hall.app, &holder.session, made.proof.id).await.unwrap();
        assert_eq!(twice.state, "revoked");
        let gone = proof::open(&hall.app, token).await.unwrap_err();
        assert_eq!((gone.kind, gone.code), (Kind::Gone, "proof_revoked"));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn proofs_have_an_end_and_a_number() {
    let hall = Hall::open(Engine::Sqlite).await;
    let (holder, other) = (Holder::with_licence(&hall, 1).await, Holder::with_licence(&hall, 2).await);
    let make = async |hours, recipient: &str| {
        let new = NewProof { purpose: Purpose::Employment, recipient: recipient.into(), note: Some("x".into()), hours };
        proof::make(&hall.app, &holder.session, &new).await
    };
    assert_eq!(make(0, "甲").await.unwrap_err().code, "bad_hours");
    assert_eq!(make(721, "甲").await.unwrap_err().code, "bad_hours");
    assert_eq!(make(1, " ").await.unwrap_err().code, "recipient_needed");
    assert_eq!(make(1, &"甲".repeat(61)).await.unwrap_err().code, "bad_text");
    let first = make(1, "甲").await.unwrap();
    for _ in 1..proof::MAX_OPEN {
        make(720, "甲").await.unwrap();
    }
    assert_eq!(make(1, "甲").await.unwrap_err().code, "too_many_proofs");
    assert_eq!(proof::revoke(&hall.app, &other.session, first.proof.id).await.unwrap_err().kind, Kind::NotFound);
    hall.app.clock.advance(SignedDuration::from_hours(1));
    let gone = proof::open(&hall.app, first.link.strip_prefix("/proof#").unwrap()).await.unwrap_err();
    assert_eq!((gone.kind, gone.code), (Kind::Gone, "proof_expired"));
    make(1, "甲").await.expect("one has run out");
    let seen = make(1, "甲").await;
    assert_eq!(seen.unwrap_err().code, "too_many_proofs");
    hall.check_everything().await;
}
