//! Proofs: found by the digest of a token, taken back once, every opening kept.

use luzheng_store::{
    Error, Tx,
    proof::{NewProof, Proof},
};

use crate::common::*;

fn new(number: u128) -> NewProof<'static> {
    NewProof {
        subject: id(100),
        id: id(number),
        token_hash: [u8::try_from(number).expect("small"); 32],
        purpose: "car_rental",
        recipient: "欧阳租车",
        note: Some("合同 12"),
        created_at: at(0),
        expires_at: at(100),
    }
}

async fn put(tx: &mut Tx, number: u128) -> Proof {
    tx.put_proof(&new(number)).await.unwrap();
    tx.find_proof(id(100), id(number)).await.unwrap().unwrap()
}

on_both! {
    async fn given_opened_and_taken_back(db) {
        let mut tx = db.write().await.unwrap();
        let proof = put(&mut tx, 1).await;
        assert_eq!((proof.purpose.as_str(), proof.recipient.as_str(), proof.note.as_deref()), ("car_rental", "欧阳租车", Some("合同 12")));
        assert_eq!((proof.created_at, proof.expires_at, proof.revoked_at), (at(0), at(100), None));
        assert_eq!(tx.find_proof_by_token([1; 32]).await.unwrap(), Some(proof.clone()));
        assert_eq!(tx.find_proof_by_token([9; 32]).await.unwrap(), None);
        assert_eq!(tx.find_proof(id(101), id(1)).await.unwrap(), None, "somebody else's");
        for (number, seconds) in [(50, 10), (51, 20)] {
            tx.add_proof_opening(&proof, id(number), at(seconds)).await.unwrap();
        }
        assert_eq!(tx.proof_openings(id(100), id(1)).await.unwrap(), [at(20), at(10)]);
        assert_eq!(tx.proof_openings(id(100), id(2)).await.unwrap(), []);
        assert_eq!((tx.open_proof_count(id(100), at(99)).await.unwrap(), tx.open_proof_count(id(100), at(100)).await.unwrap()), (1, 0));
        assert!(!tx.revoke_proof(id(101), id(1), at(30)).await.unwrap(), "only its owner");
        assert!(tx.revoke_proof(id(100), id(1), at(30)).await.unwrap());
        assert!(!tx.revoke_proof(id(100), id(1), at(31)).await.unwrap());
        assert_eq!(tx.find_proof_by_token([1; 32]).await.unwrap().unwrap().revoked_at, Some(at(30)), "still known, so that it can be said");
        assert_eq!(tx.open_proof_count(id(100), at(50)).await.unwrap(), 0);
        put(&mut tx, 2).await;
        assert_eq!(tx.proofs_of(id(100)).await.unwrap().iter().map(|p| p.id).collect::<Vec<_>>(), [id(2), id(1)]);
        let mut sealed = tx.raw_rows("SELECT recipient, note FROM proof", vec![]).await.unwrap().remove(0);
        let bytes = [sealed.bytes().unwrap(), sealed.bytes().unwrap()].concat();
        assert!(!String::from_utf8_lossy(&bytes).contains("欧阳") && !String::from_utf8_lossy(&bytes).contains("合同"));
        assert!(!format!("{proof:?}").contains("欧阳"));
    }

    async fn a_token_belongs_to_one_proof(db) {
        let mut tx = db.write().await.unwrap();
        put(&mut tx, 1).await;
        let error = tx.put_proof(&NewProof { id: id(2), ..new(1) }).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "proof_token_key"), "{error}");
        assert!(tx.commit().await.is_err(), "and nothing of it stays");
    }

    async fn an_opening_counts_once(db) {
        let mut tx = db.write().await.unwrap();
        let proof = put(&mut tx, 1).await;
        tx.add_proof_opening(&proof, id(50), at(10)).await.unwrap();
        assert!(tx.add_proof_opening(&proof, id(50), at(10)).await.unwrap_err().is_conflict());
    }
}
