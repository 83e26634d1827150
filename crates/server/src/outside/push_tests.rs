use super::*;
use crate::usecase::view::Text;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Verifying};
use std::io::{Read, Write};
use std::net::TcpListener;
use uuid::Uuid;

fn decode(text: &str) -> Vec<u8> {
    B64.decode(text.replace(['\n', ' '], "")).unwrap()
}

/// The receiver's keys of RFC 8291 section 5 and appendix A.
fn receiver() -> (PrivateKey, Subscription) {
    let private =
        PrivateKey::from_private_key(&ECDH_P256, &decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")).unwrap();
    let public = decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
    let subscription = Subscription {
        endpoint: "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV".into(),
        p256dh: public.try_into().unwrap(),
        auth: decode("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap(),
    };
    (private, subscription)
}

/// What the browser does with a message (RFC 8291 section 3.4), written from the browser's side.
fn decrypt(private: &PrivateKey, subscription: &Subscription, message: &[u8]) -> Vec<u8> {
    let (salt, rest) = message.split_at(16);
    assert_eq!(rest[..4], 4096_u32.to_be_bytes());
    let length = usize::from(rest[4]);
    let (sender, sealed) = rest[5..].split_at(length);
    let theirs = UnparsedPublicKey::new(&ECDH_P256, sender.to_vec());
    let input = agreement::agree(private, theirs, PushError::Key, |shared| {
        let prk = Salt::new(HKDF_SHA256, &subscription.auth).extract(shared);
        expand::<32>(&prk, &[b"WebPush: info\0", &subscription.p256dh, sender])
    })
    .unwrap();
    let prk = Salt::new(HKDF_SHA256, salt).extract(&input);
    let key = UnboundKey::new(&AES_128_GCM, &expand::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"]).unwrap()).unwrap();
    let nonce = Nonce::assume_unique_for_key(expand(&prk, &[b"Content-Encoding: nonce\0"]).unwrap());
    let mut sealed = sealed.to_vec();
    let plain = LessSafeKey::new(key).open_in_place(nonce, Aad::empty(), &mut sealed).unwrap();
    assert_eq!(plain.last(), Some(&2));
    plain[..plain.len() - 1].to_vec()
}

fn message() -> Message {
    Message {
        notice: Uuid::from_u128(7),
        kind: "deadline_opens".into(),
        title: Text::new("驾驶证可以换证", "Your licence can be renewed"),
        body: Text::new("请办理。", "See to it."),
        check: Some(Check { code: "K7M2-9QXT-4FDA-0R8S".into(), page: "luzheng.example/notice".into() }),
        now: "2026-11-22T10:00:00+08:00".parse().unwrap(),
    }
}

fn push() -> Push {
    Push::new(Arc::new(Sender::new(&generate().unwrap(), "mailto:push@example.cn".into()).unwrap()), true)
}

#[test]
fn the_example_of_rfc_8291() {
    let (private, to) = receiver();
    let once =
        PrivateKey::from_private_key(&ECDH_P256, &decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
    let salt = decode("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
    let plain = b"When I grow up, I want to be a watermelon";
    let made = encrypt_with(&to, plain, salt, &once).unwrap();
    let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
    assert_eq!(B64.encode(&made), expected);
    assert_eq!(decrypt(&private, &to, &made), plain);
}

#[test]
fn every_message_is_encrypted_anew_and_only_its_reader_opens_it() {
    let (private, to) = receiver();
    let (one, two) = (encrypt(&to, b"x").unwrap(), encrypt(&to, b"x").unwrap());
    assert_ne!(one, two);
    assert_eq!(decrypt(&private, &to, &one), b"x");
    assert!(encrypt(&to, &vec![b'a'; MAX_PLAIN]).unwrap().len() <= 4_096);
    assert_eq!(encrypt(&to, &vec![b'a'; MAX_PLAIN + 1]), Err(PushError::TooLong));
    let mut off_curve = to.clone();
    off_curve.p256dh[40] ^= 1;
    assert_eq!(encrypt(&off_curve, b"x"), Err(PushError::Key));
}

#[test]
fn the_senders_token_is_for_one_origin_and_short() {
    let sender = Sender::new(&generate().unwrap(), "mailto:push@example.cn".into()).unwrap();
    let now: Timestamp = "2026-11-22T10:00:00+08:00".parse().unwrap();
    let header = sender.authorization("https://push.example.net", now).unwrap();
    let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    Verifying::new(&ECDSA_P256_SHA256_FIXED, B64.decode(key).unwrap())
        .verify(signed.as_bytes(), &B64.decode(signature).unwrap())
        .unwrap();
    let claims: serde_json::Value =
        serde_json::from_slice(&B64.decode(signed.split_once('.').unwrap().1).unwrap()).unwrap();
    assert_eq!(claims["aud"], "https://push.example.net");
    assert_eq!(claims["sub"], "mailto:push@example.cn");
    assert!(claims["exp"].as_i64().unwrap() - now.as_second() <= 86_400);
}

#[test]
fn endpoints_we_would_not_call() {
    assert_eq!(origin("https://push.example.net/a/b?c", false), Some("https://push.example.net"));
    assert_eq!(origin("https://push.example.net:444", false), Some("https://push.example.net:444"));
    for endpoint in
        ["http://push.example.net/", "ftp://x/", "https:///x", "https://u@h/", "javascript:1", "", "https://ü/"]
    {
        assert_eq!(origin(endpoint, false), None, "{endpoint}");
    }
    assert_eq!(origin(&format!("https://h/{}", "a".repeat(MAX_ENDPOINT)), false), None);
}

#[test]
fn answers_of_push_services() {
    assert_eq!(attempt(201), Attempt::Taken);
    assert_eq!((attempt(404), attempt(410)), (Attempt::Gone, Attempt::Gone));
    assert!(matches!(attempt(429), Attempt::Later(_)) && matches!(attempt(503), Attempt::Later(_)));
    assert!(matches!(attempt(413), Attempt::Refused(_)) && matches!(attempt(401), Attempt::Refused(_)));
    assert!(matches!(attempt(302), Attempt::Refused(_)));
}

/// A push service that takes one message, keeps it, and answers with a status.
fn service(status: &'static str) -> (String, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/push/1", listener.local_addr().unwrap());
    let taken = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut got = Vec::new();
        let mut part = [0; 4096];
        loop {
            let read = stream.read(&mut part).unwrap();
            got.extend_from_slice(&part[..read]);
            let Some(head) = got.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(&got[..head]).to_lowercase();
            let length: usize = text.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse().unwrap();
            if got.len() >= head + 4 + length || read == 0 {
                break;
            }
        }
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        got
    });
    (endpoint, taken)
}

#[tokio::test]
async fn a_browser_reads_what_was_sent_through_a_push_service() {
    let (private, mut to) = receiver();
    let (endpoint, taken) = service("201 Created");
    to.endpoint = endpoint;
    let attempt = push().deliver(&Address::Push(to.clone()), &message()).await;
    assert_eq!(attempt, Attempt::Taken);
    let got = taken.join().unwrap();
    let head = got.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let headers = String::from_utf8_lossy(&got[..head]).to_lowercase();
    for header in ["post /push/1 ", "content-encoding: aes128gcm", "ttl: 259200", "authorization: vapid t="] {
        assert!(headers.contains(header), "{header} in {headers}");
    }
    let plain: serde_json::Value = serde_json::from_slice(&decrypt(&private, &to, &got[head + 4..])).unwrap();
    assert_eq!(plain["title"]["zh"], "驾驶证可以换证");
    assert_eq!(plain["code"], "K7M2-9QXT-4FDA-0R8S");
    assert!(plain["check"]["zh"].as_str().unwrap().contains("luzheng.example/notice"));
    assert_eq!(plain["id"], Uuid::from_u128(7).to_string());
}

#[tokio::test]
async fn a_browser_that_went_away_is_gone_and_a_silent_service_comes_later() {
    let (_, mut to) = receiver();
    let (endpoint, taken) = service("410 Gone");
    to.endpoint = endpoint.clone();
    assert_eq!(push().deliver(&Address::Push(to.clone()), &message()).await, Attempt::Gone);
    taken.join().unwrap();
    // Nobody listens there any more.
    assert!(matches!(push().deliver(&Address::Push(to), &message()).await, Attempt::Later(_)));
}
