//! Public keys and signatures: what is accepted, and above all what is not.

use luzheng_credential::sign::{
    Algorithm, BadSignature, FileKey, KeyId, PublicKey, PublicKeyError, SIGNATURE_LEN, SPKI_MAX, Signer,
};

const MESSAGE: &[u8] = b"\xd2\x84 an inspection mark, say";

/// Heads of the SubjectPublicKeyInfo encodings, written out from the standards a second time.
const P256: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const SM2: &str = "3059301306072a8648ce3d020106082a811ccf5501822d034200";
const ED25519: &str = "302a300506032b6570032100";

fn bytes(hex_text: &str) -> Vec<u8> {
    hex::decode(hex_text.replace(char::is_whitespace, "")).expect("hex")
}

fn key(head: &str, point: &str) -> Result<PublicKey, PublicKeyError> {
    PublicKey::from_spki(&[bytes(head), bytes(point)].concat())
}

fn signature(text: &str) -> [u8; SIGNATURE_LEN] {
    bytes(text).try_into().expect("64 bytes")
}

/// Published examples: key, message, signature.
fn published() -> [(PublicKey, &'static [u8], [u8; SIGNATURE_LEN]); 3] {
    [
        (
            // RFC 6979 A.2.5, SHA-256, "sample"
            key(
                P256,
                "04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
                    7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
            )
            .expect("key"),
            b"sample",
            signature(
                "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
                 F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
            ),
        ),
        (
            // RFC 8032 7.1, test 2
            key(ED25519, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").expect("key"),
            b"\x72",
            signature(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
                 085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ),
        (
            // GB/T 32918.5-2017 annex A.2, user identity 1234567812345678
            key(
                SM2,
                "04 09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020
                    CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
            )
            .expect("key"),
            b"message digest",
            signature(
                "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
                 B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
            ),
        ),
    ]
}

#[test]
fn published_examples_verify() {
    for (key, message, signature) in published() {
        assert_eq!(key.verify(message, &signature), Ok(()), "{key:?}");
        assert_eq!(key.verify(b"another", &signature), Err(BadSignature), "{key:?}");
    }
}

#[test]
fn each_algorithm_signs_and_verifies_and_the_key_survives_its_encoding() {
    for algorithm in Algorithm::ALL {
        let key = FileKey::generate(algorithm).expect("key");
        let signature = key.sign(MESSAGE).expect("signature");
        assert_eq!(key.algorithm(), algorithm);
        let again = PublicKey::from_spki(key.public_key().spki()).expect("canonical");
        assert_eq!(&again, key.public_key());
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.verify(MESSAGE, &signature), Ok(()));
        assert_eq!(again.verify(b"", &key.sign(b"").expect("signature")), Ok(()), "an empty message is a message");
    }
}

#[test]
fn another_key_of_the_same_algorithm_is_refused() {
    for algorithm in Algorithm::ALL {
        let (key, other) = (FileKey::generate(algorithm).expect("key"), FileKey::generate(algorithm).expect("key"));
        let signature = key.sign(MESSAGE).expect("signature");
        assert_eq!(other.public_key().verify(MESSAGE, &signature), Err(BadSignature), "{algorithm}");
        assert_ne!(key.kid(), other.kid());
    }
}

#[test]
fn any_flipped_bit_in_signature_or_message_is_refused() {
    for (key, message, signature) in published() {
        for bit in 0..SIGNATURE_LEN * 8 {
            let mut altered = signature;
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.verify(message, &altered), Err(BadSignature), "{key:?}, signature bit {bit}");
        }
        for bit in 0..message.len() * 8 {
            let mut altered = message.to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.verify(&altered, &signature), Err(BadSignature), "{key:?}, message bit {bit}");
        }
    }
}

#[test]
fn values_out_of_range_are_refused() {
    // Orders of P-256, of the Ed25519 group (little-endian), and of the SM2 curve.
    let orders = [
        "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
        "EDD3F55C1A631258D69CF7A2DEF9DE1400000000000000000000000000000010",
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123",
    ];
    for ((key, message, signature), order) in published().into_iter().zip(orders) {
        let order = bytes(order);
        for part in [0..32, 32..64] {
            for value in [vec![0; 32], order.clone(), vec![0xff; 32]] {
                let mut altered = signature;
                altered[part.clone()].copy_from_slice(&value);
                assert_eq!(key.verify(message, &altered), Err(BadSignature), "{key:?} {part:?}");
            }
        }
        assert_eq!(key.verify(message, &[0; 64]), Err(BadSignature), "{key:?}");
    }
}

/// `s + order` says the same as `s` to a careless verifier: the same signature in a second spelling.
#[test]
fn an_ed25519_signature_has_one_spelling() {
    let (key, message, mut signature) = published()[1].clone();
    let order = bytes("EDD3F55C1A631258D69CF7A2DEF9DE1400000000000000000000000000000010");
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(key.verify(message, &signature), Err(BadSignature));
}

#[test]
fn signatures_of_another_length_are_refused() {
    for (key, message, signature) in published() {
        assert_eq!(key.verify_slice(message, &signature), Ok(()));
        assert_eq!(key.verify_slice(message, &signature[..63]), Err(BadSignature));
        assert_eq!(key.verify_slice(message, &[&signature[..], &[0]].concat()), Err(BadSignature));
        assert_eq!(key.verify_slice(message, &[]), Err(BadSignature));
    }
}

#[test]
fn a_signature_does_not_pass_under_another_algorithm() {
    // The same numbers can be read as a P-256 and as an SM2 signature; neither must accept the other's.
    let [es256, _, sm2] = published();
    assert_eq!(es256.0.verify(sm2.1, &sm2.2), Err(BadSignature));
    assert_eq!(sm2.0.verify(es256.1, &es256.2), Err(BadSignature));
}

#[test]
fn a_public_key_has_one_accepted_encoding() {
    for (key, _, _) in published() {
        let der = key.spki();
        for length in 0..der.len() {
            assert!(PublicKey::from_spki(&der[..length]).is_err(), "{key:?} cut to {length}");
        }
        let trailing = [der, &[0]].concat();
        assert_eq!(PublicKey::from_spki(&trailing), Err(PublicKeyError::NotCanonical), "{key:?}");
        // The outer length in the long form: BER, not DER.
        let long_form = [&[der[0], 0x81, der[1]], &der[2..]].concat();
        assert!(PublicKey::from_spki(&long_form).is_err(), "{key:?}");
        // Unused bits in the bit string.
        let mut unused = der.to_vec();
        let at = der.len() - if key.algorithm() == Algorithm::Ed25519 { 33 } else { 66 };
        assert_eq!(unused[at], 0);
        unused[at] = 1;
        assert!(PublicKey::from_spki(&unused).is_err(), "{key:?}");
    }
    assert_eq!(PublicKey::from_spki(&[]), Err(PublicKeyError::NotSpki));
    assert_eq!(PublicKey::from_spki(&vec![0x30; SPKI_MAX + 1]), Err(PublicKeyError::TooLarge(SPKI_MAX + 1)));
}

#[test]
fn compressed_and_infinite_points_are_refused() {
    let x = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6";
    let compressed = bytes(&format!("3039301306072a8648ce3d020106082a8648ce3d030107032200 03{x}"));
    assert_eq!(PublicKey::from_spki(&compressed), Err(PublicKeyError::NotCanonical));
    let infinite = bytes("3019301306072a8648ce3d020106082a8648ce3d030107030200 00");
    assert_eq!(PublicKey::from_spki(&infinite), Err(PublicKeyError::NotCanonical));
    for head in [P256, SM2] {
        assert_eq!(key(head, &"00".repeat(65)), Err(PublicKeyError::NotCanonical));
        // The hybrid form 06/07 of X9.62 has the same length as the uncompressed one.
        assert_eq!(key(head, &format!("06{}", "11".repeat(64))), Err(PublicKeyError::NotCanonical));
    }
}

#[test]
fn points_off_the_curve_are_refused() {
    assert_eq!(key(P256, &format!("04{}", "11".repeat(64))), Err(PublicKeyError::NotOnCurve));
    assert_eq!(key(SM2, &format!("04{}", "11".repeat(64))), Err(PublicKeyError::NotOnCurve));
    // A point of the one curve is not one of the other.
    let [es256, _, sm2] = published();
    let swapped = [bytes(SM2), es256.0.spki()[26..].to_vec()].concat();
    assert_eq!(PublicKey::from_spki(&swapped), Err(PublicKeyError::NotOnCurve));
    let swapped = [bytes(P256), sm2.0.spki()[26..].to_vec()].concat();
    assert_eq!(PublicKey::from_spki(&swapped), Err(PublicKeyError::NotOnCurve));
    // y = 2 has no x on Ed25519.
    assert_eq!(key(ED25519, &format!("02{}", "00".repeat(31))), Err(PublicKeyError::NotOnCurve));
}

/// Points for which a signature can be made without a private key, in canonical and other encodings.
#[test]
fn ed25519_points_of_small_order_are_refused() {
    let small = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    for point in small {
        assert_eq!(key(ED25519, point), Err(PublicKeyError::LowOrder), "{point}");
    }
    // y = p + 1: the neutral element once more, with y not reduced.
    let unreduced = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    assert_eq!(key(ED25519, unreduced), Err(PublicKeyError::NotCanonical));
}

#[test]
fn keys_of_other_algorithms_are_named() {
    let other_curve = bytes(&format!("3056301006072a8648ce3d020106052b8104000a034200 04{}", "11".repeat(64)));
    assert_eq!(
        PublicKey::from_spki(&other_curve),
        Err(PublicKeyError::UnsupportedAlgorithm("EC on curve 1.3.132.0.10".to_owned()))
    );
    let rsa = bytes("301b300d06092a864886f70d0101010500030a003007020200c10201 11");
    assert_eq!(
        PublicKey::from_spki(&rsa),
        Err(PublicKeyError::UnsupportedAlgorithm("1.2.840.113549.1.1.1".to_owned()))
    );
}

#[test]
fn names_and_numbers_of_algorithms_are_those_of_the_format() {
    let expected =
        [(Algorithm::Es256, -7, "ES256"), (Algorithm::Ed25519, -8, "EdDSA"), (Algorithm::Sm2, -65600, "SM2")];
    for (algorithm, number, name) in expected {
        assert_eq!((algorithm.cose_id(), algorithm.name()), (number, name));
        assert_eq!(Algorithm::from_cose_id(number), Some(algorithm));
        assert_eq!(name.parse(), Ok(algorithm));
        assert_eq!(serde_json::to_string(&algorithm).expect("JSON"), format!("{name:?}"));
        assert_eq!(serde_json::from_str::<Algorithm>(&format!("{name:?}")).expect("JSON"), algorithm);
    }
    // -48 is ML-DSA-44 today; drafts of SM2 in COSE have used it.
    for number in [-48, -35, 7, 0] {
        assert_eq!(Algorithm::from_cose_id(number), None);
    }
    assert!("es256".parse::<Algorithm>().is_err());
}

#[test]
fn a_key_identifier_is_the_head_of_the_digest_of_the_spki() {
    // openssl pkey -pubin -outform DER | sha256sum, over the SM2 key of GB/T 32918.5 annex A.2
    let [_, _, (sm2, _, _)] = published();
    assert_eq!(sm2.kid(), KeyId::of_spki(sm2.spki()));
    let text = sm2.kid().to_string();
    assert_eq!(text.parse(), Ok(sm2.kid()));
    assert_eq!(hex::encode(sm2.kid().as_bytes()), text);
    for wrong in ["", "00", "zzzzzzzzzzzzzzzz", "00112233445566778", "AABBCCDDEEFF0011"] {
        assert!(wrong.parse::<KeyId>().is_err(), "{wrong}");
    }
}
