//! The HTTP face: grouped by who calls it. Handlers parse, call one use case, and answer; nothing here knows the store.

pub mod accident;
pub mod account;
pub mod application;
pub mod auth;
pub mod bound;
pub mod channel;
pub mod citizen;
pub mod deadline;
pub mod demo;
pub mod docs;
pub mod eligibility;
pub mod error;
pub mod feed;
pub mod filing;
pub mod flag;
pub mod identity_platform;
pub mod licence;
pub mod licence_view;
pub mod look;
pub mod notice;
pub mod oauth;
pub mod officer;
pub mod operations;
pub mod pack;
pub mod paper;
pub mod partner;
pub mod passkey;
pub mod print;
pub mod received_proof;
pub mod review;
pub mod site;
pub mod staff;
pub mod state_at;
pub mod subscription;
pub mod unit;
pub mod verifier;

use crate::app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::routing::{get, post, put};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;

/// What every handler is given.
pub type AppState = Arc<App>;

/// Largest body of an ordinary call, in bytes. The feed has its own ceiling.
pub const MAX_BODY: usize = 64 * 1024;
/// Smallest answer that is compressed, in bytes: what fits into one packet anyway is not.
const COMPRESS_FROM: u16 = 1_400;
/// How the types of files begin that are compressed already.
const PACKED: &str = "application/vnd.luzheng.";

/// The published description of the interface (OpenAPI 3.1).
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Luzheng 路证",
        description = "Electronic road credentials that anyone can verify. Errors are application/problem+json (RFC 9457) with a stable `code`."
    ),
    paths(
        operations::healthz,
        operations::readyz,
        operations::metrics,
        operations::meta,
        verifier::verify,
        verifier::trust,
        verifier::root,
        verifier::status_lists,
        verifier::status_list,
        pack::catalogue,
        pack::file,
        pack::shards,
        pack::shard,
        demo::sign_ins,
        demo::sign_in,
        demo::sign_out,
        bound::enrol,
        bound::challenge,
        bound::sign_in,
        bound::sign_out,
        bound::me,
        bound::demo_enrolment,
        officer::me,
        officer::choose_duty,
        officer::verify,
        officer::look_up,
        officer::photo,
        officer::procedures,
        officer::advice,
        officer::reader_keys,
        officer::looks,
        oauth::token,
        oauth::metadata,
        partner::verify,
        partner::check_licence,
        partner::me,
        partner::checks,
        state_at::states,
        received_proof::receive,
        received_proof::list,
        received_proof::one,
        received_proof::licence_states,
        subscription::begin,
        subscription::list,
        subscription::one,
        subscription::end,
        subscription::resume,
        subscription::try_out,
        subscription::webhooks,
        subscription::retry,
        subscription::webhook_keys,
        accident::examine,
        account::ways,
        account::ask_code,
        account::confirm_code,
        account::ask_code_again,
        account::reauthenticate,
        account::confirm_identity,
        account::confirm_counter_code,
        account::make_counter_code,
        account::list,
        account::end,
        account::end_others,
        account::end_all,
        account::ask_new_phone,
        account::change_phone,
        account::account_view,
        passkey::list,
        passkey::begin,
        passkey::finish,
        passkey::end,
        passkey::begin_sign_in,
        passkey::sign_in,
        passkey::begin_again,
        passkey::finish_again,
        identity_platform::start,
        identity_platform::callback,
        citizen::me,
        citizen::vehicles,
        citizen::vehicle,
        citizen::mark,
        citizen::live,
        notice::notices,
        notice::read_notice,
        notice::unread_notice,
        notice::read_all,
        notice::check,
        look::looks,
        look::purposes,
        print::mark,
        licence::live,
        licence::challenge,
        licence::bind,
        licence::held,
        licence::end,
        licence::proofs,
        licence::make_proof,
        licence::revoke_proof,
        licence::open_proof,
        licence_view::licence,
        licence_view::photo,
        licence_view::points,
        deadline::deadlines,
        deadline::calendar,
        channel::push_key,
        channel::subscribe,
        channel::unsubscribe,
        channel::channels,
        channel::set_channels,
        channel::outbox,
        staff::me,
        staff::credential,
        staff::suspend,
        staff::restore,
        staff::revoke,
        application::upload,
        application::apply,
        application::cases,
        application::case,
        application::withdraw,
        application::resubmit,
        review::queue,
        review::next,
        review::one,
        review::photo,
        review::approve,
        review::reject,
        review::release,
        review::undo,
        review::reasons,
        flag::flags,
        flag::settle,
        flag::reopen,
        filing::filings,
        filing::ask,
        filing::confirm,
        filing::agree,
        filing::refuse,
        filing::end,
        filing::consent,
        filing::scan,
        filing::appoint,
        filing::bar,
        unit::units,
        unit::add_member,
        unit::end_member,
        unit::vehicles,
        unit::file,
        eligibility::eligibility,
        eligibility::apply,
        eligibility::order_paper,
        eligibility::defaults,
        eligibility::offices,
        eligibility::divisions,
        paper::papers,
        paper::step,
        paper::undo,
        paper::sheet,
        feed::events,
        feed::import_vehicles,
        feed::import_drivers,
        feed::event_schema,
    ),
    components(schemas(error::Problem))
)]
pub struct Api;

/// The OpenAPI document as JSON.
pub fn openapi_json() -> String {
    let mut api = Api::openapi();
    api.info.version = env!("CARGO_PKG_VERSION").into();
    let mut text = api.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The whole site.
pub fn router(state: AppState) -> Router {
    router_with(state, Router::new())
}

/// The whole site on one screen, grouped by who calls it, and `more` under the same layers: for measuring beside it.
pub fn router_with(state: AppState, more: Router<AppState>) -> Router {
    let anyone = Router::new()
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::page))
        .route("/api/v1/meta", get(operations::meta))
        .route("/api/v1/verify", post(verifier::verify))
        .route("/.well-known/luzheng/trust", get(verifier::trust))
        .route("/.well-known/luzheng/root", get(verifier::root))
        .route("/.well-known/luzheng/webhook-keys", get(subscription::webhook_keys))
        .route("/status", get(verifier::status_lists))
        .route("/status/{list}", get(verifier::status_list))
        .route("/pack", get(pack::catalogue))
        .route("/pack/{name}", get(pack::file))
        .route("/api/v1/demo/sign-ins", get(demo::sign_ins))
        .route("/api/v1/demo/sign-in", post(demo::sign_in))
        .route("/api/v1/demo/outbox", get(channel::outbox))
        .route("/api/v1/demo/enrolments", post(bound::demo_enrolment))
        .route("/api/v1/bound/enrol", post(bound::enrol))
        .route("/api/v1/bound/challenge", post(bound::challenge))
        .route("/api/v1/bound/sign-in", post(bound::sign_in))
        .route("/api/v1/bound/sign-out", post(bound::sign_out))
        .route("/api/v1/bound/me", get(bound::me))
        .route("/oauth/token", post(oauth::token).layer(DefaultBodyLimit::max(oauth::MAX_FORM)))
        .route("/.well-known/oauth-authorization-server", get(oauth::metadata))
        .route("/api/v1/push/key", get(channel::push_key))
        .route("/api/v1/proofs/open", post(licence::open_proof))
        .route("/api/v1/notices/check", post(notice::check))
        .route("/api/v1/divisions", get(eligibility::divisions))
        .route("/api/v1/session/sign-out", post(demo::sign_out))
        .route("/api/v1/session/ways", get(account::ways))
        .route("/api/v1/session/code", post(account::ask_code))
        .route("/api/v1/session/code/confirm", post(account::confirm_code))
        .route("/api/v1/session/reauthenticate/code", post(account::ask_code_again))
        .route("/api/v1/session/reauthenticate", post(account::reauthenticate))
        .route("/api/v1/session/passkey/begin", post(passkey::begin_sign_in))
        .route("/api/v1/session/passkey/finish", post(passkey::sign_in))
        .route("/api/v1/session/reauthenticate/passkey/begin", post(passkey::begin_again))
        .route("/api/v1/session/reauthenticate/passkey/finish", post(passkey::finish_again))
        .route("/api/v1/session/identity-platform/start", get(identity_platform::start))
        .route("/api/v1/session/identity-platform/callback", get(identity_platform::callback))
        .route("/api/v1/events/schemas/{type}", get(feed::event_schema));
    let citizen = Router::new()
        .route("/me", get(citizen::me))
        .route("/account", get(account::account_view))
        .route("/identity", post(account::confirm_identity))
        .route("/identity/counter", post(account::confirm_counter_code))
        .route("/sessions", get(account::list))
        .route("/sessions/{id}/end", post(account::end))
        .route("/sessions/end-others", post(account::end_others))
        .route("/sessions/end-all", post(account::end_all))
        .route("/phone/code", post(account::ask_new_phone))
        .route("/phone", post(account::change_phone))
        .route("/passkeys", get(passkey::list))
        .route("/passkeys/begin", post(passkey::begin))
        .route("/passkeys/finish", post(passkey::finish))
        .route("/passkeys/{id}/end", post(passkey::end))
        .route("/vehicles", get(citizen::vehicles))
        .route("/vehicles/{id}", get(citizen::vehicle))
        .route("/vehicles/{id}/consent", post(filing::consent))
        .route("/vehicles/{id}/managers", post(filing::appoint))
        .route("/filings", get(filing::filings).post(filing::ask))
        .route("/filings/scan", post(filing::scan))
        .route("/filings/{id}/confirm", post(filing::confirm))
        .route("/filings/{id}/agree", post(filing::agree))
        .route("/filings/{id}/refuse", post(filing::refuse))
        .route("/filings/{id}/end", post(filing::end))
        .route("/units", get(unit::units))
        .route("/units/{id}/members", post(unit::add_member))
        .route("/units/{id}/members/{member}/end", post(unit::end_member))
        .route("/units/{id}/vehicles", get(unit::vehicles))
        .route("/marks/{id}", get(citizen::mark))
        .route("/marks/{id}/live", post(citizen::live))
        .route("/marks/{id}/print.pdf", get(print::mark))
        .route("/notices", get(notice::notices))
        .route("/notices/read-all", post(notice::read_all))
        .route("/notices/{id}/read", post(notice::read_notice))
        .route("/notices/{id}/unread", post(notice::unread_notice))
        .route("/looks", get(look::looks))
        .route("/licence/live", post(licence::live))
        .route("/licence/device/challenge", post(licence::challenge))
        .route("/licence/device", get(licence::held).post(licence::bind))
        .route("/licence/device/end", post(licence::end))
        .route("/proofs", get(licence::proofs).post(licence::make_proof))
        .route("/proofs/{id}/revoke", post(licence::revoke_proof))
        .route("/licence", get(licence_view::licence))
        .route("/licence/photo", get(licence_view::photo))
        .route("/licence/points", get(licence_view::points))
        .route("/deadlines", get(deadline::deadlines))
        .route("/deadlines.ics", get(deadline::calendar))
        .route("/push/subscriptions", post(channel::subscribe))
        .route("/push/subscriptions/end", post(channel::unsubscribe))
        .route("/channels", get(channel::channels).put(channel::set_channels))
        .route("/licence/photos", post(application::upload).layer(DefaultBodyLimit::max(application::MAX_PHOTO_BODY)))
        .route("/licence/applications", post(application::apply))
        .route("/vehicles/{id}/eligibility", get(eligibility::eligibility))
        .route("/vehicles/{id}/applications", post(eligibility::apply))
        .route("/vehicles/{id}/papers", post(eligibility::order_paper))
        .route("/vehicles/{id}/delivery-defaults", get(eligibility::defaults))
        .route("/pickup-offices", get(eligibility::offices))
        .route("/cases", get(application::cases))
        .route("/cases/{id}", get(application::case))
        .route("/cases/{id}/withdraw", post(application::withdraw))
        .route("/cases/{id}/resubmit", post(application::resubmit));
    let staff = Router::new()
        .route("/me", get(staff::me))
        .route("/counter-codes", post(account::make_counter_code))
        .route("/filing-bars", post(filing::bar))
        .route("/units", post(unit::file))
        .route("/credentials/{id}", get(staff::credential))
        .route("/credentials/{id}/suspend", post(staff::suspend))
        .route("/credentials/{id}/restore", post(staff::restore))
        .route("/credentials/{id}/revoke", post(staff::revoke))
        .route("/reviews", get(review::queue))
        .route("/reviews/next", post(review::next))
        .route("/reviews/{id}", get(review::one))
        .route("/reviews/{id}/photo", get(review::photo))
        .route("/reviews/{id}/approve", post(review::approve))
        .route("/reviews/{id}/reject", post(review::reject))
        .route("/reviews/{id}/release", post(review::release))
        .route("/reviews/{id}/undo", post(review::undo))
        .route("/review-reasons", get(review::reasons))
        .route("/papers", get(paper::papers))
        .route("/papers/{id}/undo", post(paper::undo))
        .route("/papers/{id}/sheet.pdf", get(paper::sheet))
        .route("/papers/{id}/{step}", post(paper::step))
        .route("/flags", get(flag::flags))
        .route("/flags/{id}/settle", post(flag::settle))
        .route("/flags/{id}/reopen", post(flag::reopen))
        .route("/look-purposes", get(look::purposes));
    let officer = Router::new()
        .route("/me", get(officer::me))
        .route("/duty", put(officer::choose_duty))
        .route("/verify", post(officer::verify))
        .route("/look-ups", post(officer::look_up))
        .route("/look-ups/{id}/photo", get(officer::photo))
        .route("/procedures", get(officer::procedures))
        .route("/advice", get(officer::advice))
        .route("/reader-keys", get(officer::reader_keys))
        .route("/looks", post(officer::looks).layer(DefaultBodyLimit::max(officer::MAX_LOOKS_BODY)))
        .route("/shards", get(pack::shards))
        .route("/shards/{province}", get(pack::shard));
    let partner = Router::new()
        .route("/me", get(partner::me))
        .route("/checks", get(partner::checks))
        .route("/verify", post(partner::verify).layer(DefaultBodyLimit::max(partner::MAX_BATCH_BODY)))
        .route("/accidents/verify", post(accident::examine))
        .route("/proofs", get(received_proof::list).post(received_proof::receive))
        .route("/proofs/{id}", get(received_proof::one))
        .route("/licence-states", post(received_proof::licence_states))
        .route(
            "/subscriptions",
            get(subscription::list).post(subscription::begin).layer(DefaultBodyLimit::max(subscription::MAX_BODY)),
        )
        .route("/subscriptions/{id}", get(subscription::one).delete(subscription::end))
        .route("/subscriptions/{id}/resume", post(subscription::resume))
        .route("/subscriptions/{id}/test", post(subscription::try_out))
        .route("/subscriptions/{id}/webhooks", get(subscription::webhooks))
        .route("/subscriptions/{id}/retry", post(subscription::retry))
        .route("/states", post(state_at::states).layer(DefaultBodyLimit::max(state_at::MAX_BODY)))
        .route("/licences/check", post(partner::check_licence));
    let feed = Router::new()
        .route("/events", post(feed::events))
        .route("/imports/vehicles", post(feed::import_vehicles))
        .route("/imports/drivers", post(feed::import_drivers))
        .layer(DefaultBodyLimit::max(feed::MAX_FEED_BODY));
    let no_store = SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Router::new()
        .merge(anyone)
        .merge(more)
        .nest("/api/v1/citizen", citizen)
        .nest("/api/v1/staff", staff)
        .nest("/api/v1/officer", officer)
        .nest("/api/v1/partner", partner)
        .nest("/api/v1", feed)
        .layer(no_store)
        .fallback(site::page)
        .method_not_allowed_fallback(operations::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(operations::count))
        .layer(CatchPanicLayer::custom(operations::panicked))
        .layer(middleware::from_fn(operations::in_time))
        .layer(CompressionLayer::new().compress_when(
            DefaultPredicate::new().and(SizeAbove::new(COMPRESS_FROM.into())).and(NotForContentType::const_new(PACKED)),
        ))
        .layer(fixed_header(header::CONTENT_SECURITY_POLICY, site::CONTENT_SECURITY_POLICY))
        .layer(fixed_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed_header(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed_header(
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(), geolocation=(self)",
        ))
        .with_state(state)
}

fn fixed_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
