//! What must not come in: each ends at the sign-in page with its code, and without a session.

use super::*;

/// Comes back with parameters; nobody may be signed in.
async fn refused(browser: &mut Browser<'_>, parameters: &HashMap<String, String>) -> String {
    let reply = back(browser, parameters).await;
    assert!(browser.session().is_none(), "{}", reply.location());
    reply.location().strip_prefix("/sign-in?problem=").unwrap_or_else(|| panic!("{}", reply.location())).to_owned()
}

#[tokio::test]
async fn a_token_that_is_wrong_in_one_thing_is_worth_nothing() {
    let (hall, provider) = world(Engine::Sqlite).await;
    type Change = fn(&mut Value);
    let changes: [(&str, Change, &str); 16] = [
        ("another nonce", |c| c["nonce"] = json!("x"), "platform_untrusted"),
        ("no nonce", |c| drop(c.as_object_mut().unwrap().remove("nonce")), "platform_untrusted"),
        ("for somebody else", |c| c["aud"] = json!("other"), "platform_untrusted"),
        ("for somebody else too", |c| c["aud"] = json!([CLIENT, "other"]), "platform_untrusted"),
        ("made for another client", |c| c["azp"] = json!("other"), "platform_untrusted"),
        ("by somebody else", |c| c["iss"] = json!("http://127.0.0.1:1"), "platform_untrusted"),
        ("over", |c| c["exp"] = c["iat"].clone(), "platform_untrusted"),
        ("of tomorrow", |c| c["iat"] = json!(c["iat"].as_i64().unwrap() + 61), "platform_untrusted"),
        ("of long ago", |c| c["iat"] = json!(c["iat"].as_i64().unwrap() - 601), "platform_untrusted"),
        ("of another access token", |c| c["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA"), "platform_untrusted"),
        ("about nobody", |c| drop(c.as_object_mut().unwrap().remove("sub")), "platform_untrusted"),
        ("never proved", |c| drop(c.as_object_mut().unwrap().remove("auth_time")), "platform_stale"),
        ("proved long ago", |c| c["auth_time"] = json!(c["iat"].as_i64().unwrap() - 361), "platform_stale"),
        ("proved tomorrow", |c| c["auth_time"] = json!(c["iat"].as_i64().unwrap() + 61), "platform_stale"),
        ("another name", |c| c["name"] = json!("张三"), "identity_mismatch"),
        ("no number at all", |c| c["id_number"] = json!("110105194912310021"), "identity_mismatch"),
    ];
    provider.dials().claims = zhang();
    for (what, change, code) in changes {
        provider.dials().change = Some(change);
        let mut browser = Browser::new(&hall);
        let parameters = away(&mut browser, &provider, "sign_in", "/").await;
        assert_eq!(refused(&mut browser, &parameters).await, code, "{what}");
    }
    provider.dials().change = None;
    for (fault, code) in [
        (Fault::ForeignKey, "platform_untrusted"),
        (Fault::UnknownKey, "platform_untrusted"),
        (Fault::Unsigned, "platform_untrusted"),
        (Fault::OurSecret, "platform_untrusted"),
        (Fault::NoToken, "platform_untrusted"),
        (Fault::NoCodes, "platform_refused"),
        (Fault::Broken, "platform_untrusted"),
    ] {
        let mut browser = Browser::new(&hall);
        let parameters = away(&mut browser, &provider, "sign_in", "/").await;
        provider.dials().fault = Some(fault);
        assert_eq!(refused(&mut browser, &parameters).await, code);
        provider.dials().fault = None;
    }
    let mut browser = Browser::new(&hall);
    assert_eq!(sign_in(&mut browser, &provider).await.location(), "/vehicles", "and with nothing wrong it is let in");
}

#[tokio::test]
async fn an_answer_fits_to_one_question_of_this_browser_once_and_in_time() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (hall, provider) = world(engine).await;
        let mut browser = Browser::new(&hall);
        let parameters = away(&mut browser, &provider, "sign_in", "/").await;
        assert_eq!(refused(&mut Browser::new(&hall), &parameters).await, "platform_state", "another browser");

        let mut wrong = parameters.clone();
        wrong.insert("state".into(), "0".repeat(64));
        assert_eq!(refused(&mut browser, &wrong).await, "platform_state", "another state");
        assert_eq!(refused(&mut browser, &parameters).await, "platform_state", "and that was its one time");

        let mut parameters = away(&mut browser, &provider, "sign_in", "/").await;
        parameters.remove("state");
        assert_eq!(refused(&mut browser, &parameters).await, "platform_state", "no state");
        let mut parameters = away(&mut browser, &provider, "sign_in", "/").await;
        parameters.remove("code");
        assert_eq!(refused(&mut browser, &parameters).await, "platform_untrusted", "no code");
        let mut parameters = away(&mut browser, &provider, "sign_in", "/").await;
        parameters.insert("code".into(), "c".repeat(3_000));
        assert_eq!(refused(&mut browser, &parameters).await, "platform_untrusted", "an endless code");
        let mut parameters = away(&mut browser, &provider, "sign_in", "/").await;
        parameters.insert("iss".into(), "https://evil.example".into());
        assert_eq!(refused(&mut browser, &parameters).await, "platform_untrusted", "another platform");

        let parameters = away(&mut browser, &provider, "sign_in", "/").await;
        hall.app.clock.advance(SignedDuration::from_mins(10));
        assert_eq!(refused(&mut browser, &parameters).await, "platform_state", "too late");

        let parameters = away(&mut browser, &provider, "sign_in", "/").await;
        let cookies = browser.cookies.clone();
        assert_eq!(back(&mut browser, &parameters).await.location(), "/");
        let mut thief = Browser::new(&hall);
        thief.cookies = cookies;
        assert_eq!(refused(&mut thief, &parameters).await, "platform_state", "a second time");
    }
}

#[tokio::test]
async fn whoever_does_not_agree_is_told_so() {
    let (hall, provider) = world(Engine::Sqlite).await;
    for (error, code) in [
        ("access_denied", "platform_declined"),
        ("login_required", "platform_declined"),
        ("server_error", "platform_refused"),
    ] {
        let mut browser = Browser::new(&hall);
        let mut parameters = away(&mut browser, &provider, "sign_in", "/").await;
        parameters.remove("code");
        parameters.insert("error".into(), error.into());
        assert_eq!(refused(&mut browser, &parameters).await, code);
    }
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_said_to_be_down() {
    for fault in [Fault::Silent, Fault::Elsewhere, Fault::Endless] {
        let (hall, provider) = world(Engine::Sqlite).await;
        provider.dials().fault = Some(fault);
        let started = Browser::new(&hall).get(&format!("{START}?purpose=sign_in")).await.is(303);
        assert_eq!(started.location(), "/sign-in?problem=platform_down");
        assert!(started.headers.get("set-cookie").is_none());
    }
    let nowhere = settings("http://127.0.0.1:1");
    let hall = Hall::open_changed(Engine::Sqlite, |settings| settings.sign_in.platform = Some(nowhere)).await;
    let started = Browser::new(&hall).get(&format!("{START}?purpose=sign_in")).await.is(303);
    assert_eq!(started.location(), "/sign-in?problem=platform_down");
}

#[tokio::test]
async fn without_leave_nothing_inside_our_network_is_asked() {
    let provider = Provider::start().await;
    let platform = settings(&provider.url);
    let hall = Hall::open_changed(Engine::Sqlite, |settings| {
        settings.sign_in.platform = Some(platform);
        settings.outgoing.allow_private = false;
    })
    .await;
    let started = Browser::new(&hall).get(&format!("{START}?purpose=sign_in")).await.is(303);
    assert_eq!((started.location(), provider.dials().described), ("/sign-in?problem=platform_down", 0));
}

#[tokio::test]
async fn without_a_platform_or_a_session_nobody_is_sent_away() {
    let hall = Hall::open(Engine::Sqlite).await;
    let mut browser = Browser::new(&hall);
    assert_eq!(browser.get("/api/v1/session/ways").await.is(200).json()["identity_platform"], Value::Null);
    for path in [format!("{START}?purpose=sign_in"), format!("{CALLBACK}?code=a&state=b")] {
        assert_eq!(browser.get(&path).await.is(303).location(), "/sign-in?problem=platform_absent");
    }
    for path in [START.to_owned(), format!("{START}?purpose=steal"), format!("{CALLBACK}?code=a&code=b")] {
        assert_eq!(browser.get(&path).await.is(303).location(), "/sign-in?problem=bad_request", "{path}");
    }
    let (hall, _provider) = world(Engine::Sqlite).await;
    for purpose in ["raise", "reauthenticate"] {
        let started = Browser::new(&hall).get(&format!("{START}?purpose={purpose}")).await.is(303);
        assert_eq!(started.location(), "/sign-in?problem=sign_in_required");
    }
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_afterwards() {
    let (hall, provider) = world(Engine::Sqlite).await;
    for path in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "%2F%2Fevil.example",
        "/%09/evil.example",
        "/api/v1/citizen/me",
    ] {
        let mut browser = Browser::new(&hall);
        let parameters = away(&mut browser, &provider, "sign_in", path).await;
        assert_eq!(back(&mut browser, &parameters).await.location(), "/", "{path}");
    }
}

#[tokio::test]
async fn another_persons_account_is_neither_raised_nor_entered() {
    let (hall, provider) = world(Engine::Sqlite).await;
    provider.dials().claims = zhang();
    let mut zhang = Browser::new(&hall);
    sign_in(&mut zhang, &provider).await;
    // The platform now says of the same subject that it is somebody else: that is nobody's account.
    provider.dials().claims =
        json!({"sub": "zhang", "name": "孙七", "id_number": "110105194912310038", "acr": REAL_PERSON});
    let mut browser = Browser::new(&hall);
    let parameters = away(&mut browser, &provider, "sign_in", "/").await;
    assert_eq!(refused(&mut browser, &parameters).await, "identity_mismatch");
    // Somebody else at the platform cannot raise Zhang's account.
    provider.dials().claims["sub"] = json!("sun");
    let parameters = away(&mut zhang, &provider, "raise", "/").await;
    assert_eq!(back(&mut zhang, &parameters).await.location(), "/sign-in?problem=identity_mismatch");
}
