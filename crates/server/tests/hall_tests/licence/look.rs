//! Who looked at a licence: through a proof's link, at the desk, on the command line. And that nothing of a licence is ever printed.

use super::world::*;
use crate::hall::Hall;
use jiff::SignedDuration;
use luzheng::paper::{Language, Page};
use luzheng::usecase::credential;
use luzheng::usecase::licence::live;
use luzheng::usecase::licence::proof::{self, NewProof, Purpose};
use luzheng::usecase::look::{self, Viewer};
use luzheng::usecase::print;
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::Text;
use uuid::Uuid;

#[tokio::test]
async fn every_opening_of_a_proof_and_every_look_up_is_told() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        for (purpose, recipient) in [(Purpose::Rental, "某租车公司"), (Purpose::Insurance, "某保险公司")] {
            let new = NewProof { purpose, recipient: recipient.into(), note: None, hours: 24 };
            let made = proof::make(&hall.app, &holder.session, &new).await.unwrap();
            hall.app.clock.advance(SignedDuration::from_secs(1));
            proof::open(&hall.app, made.link.strip_prefix("/proof#").unwrap()).await.unwrap();
        }
        assert_eq!(proof::open(&hall.app, &"0".repeat(64)).await.unwrap_err().code, "no_proof");
        hall.app.clock.advance(SignedDuration::from_secs(1));
        let (_, licence) = live::by_number(&hall.app, &number(1)).await.unwrap();
        hall.app.clock.advance(SignedDuration::from_secs(1));
        let clerk = Session::acting(Uuid::from_u128(9), Role::Staff, None, Text::new("李", "Li"));
        let viewer = Viewer::Staff(&clerk, look::Purpose::Investigation);
        credential::get(&hall.app, licence.id, viewer).await.unwrap();
        let told = look::list(&hall.app, &holder.session, None).await.unwrap().items;
        let said: Vec<_> = told
            .iter()
            .map(|l| (l.by_role.as_str(), l.purpose.as_str(), l.about.kind.as_str(), l.what.en.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("staff", "investigation", "licence", "the credential's state and history"),
                ("system", "operation", "licence", "the credential's code"),
                ("anyone_with_link", "insurance", "licence", "the name (masked), classes, validity, state and points"),
                ("anyone_with_link", "rental", "licence", "the name (masked), classes, validity and state"),
            ]
        );
        assert_eq!(told[3].by.zh, "持有您所发链接的人（您填写的对象：某租车公司）");
        assert!(told.iter().all(|look| look.about.label == "C1"));
        // The holder's own looks are not among them.
        live::live(&hall.app, &holder.session).await.unwrap();
        assert_eq!(look::list(&hall.app, &holder.session, None).await.unwrap().items.len(), 4);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_licence_is_never_printed_and_it_is_said_why() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let (_, licence) = live::by_number(&hall.app, &number(1)).await.unwrap();
        let refused =
            print::mark(&hall.app, &holder.session, licence.id, Page::A4, Language::Chinese).await.unwrap_err();
        assert_eq!(refused.code, "never_printed");
        assert!(refused.message.contains("shown live"), "{}", refused.message);
        let other = Session { owner: Some(Uuid::from_u128(77)), ..holder.session.clone() };
        let refused = print::mark(&hall.app, &other, licence.id, Page::A4, Language::Chinese).await.unwrap_err();
        assert_eq!(refused.code, "not_found", "of somebody else's nothing is said");
    }
}
