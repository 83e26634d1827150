//! The demonstration's partner: a fictional insurer with one member, who enrols with one tap, and a key whose private half lies beside the
//! demonstration's other throw-away secrets, for trying the interface with curl.

use crate::app::App;
use crate::demo_cast::Cast;
use crate::usecase::error::{UseError, Used};
use crate::usecase::partner::admin::{self, NewPartner};
use crate::usecase::partner::{ClientKind, Regions, Scope, Scopes, own_key};
use std::path::PathBuf;
use uuid::Uuid;

/// The insurer's client id: the same on every machine.
pub const CLIENT: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_05a1);
/// The word of its member in the cast.
const MEMBER: &str = "insurer";

/// Where the private half of the insurer's key lies.
pub fn key_file(app: &App) -> PathBuf {
    app.settings.data_dir.join("partner-demo.pem")
}

/// Registers the insurer with its key and its member.
pub(super) async fn settle(app: &App, cast: &Cast) -> Used<()> {
    let new = NewPartner {
        name: "虚构财产保险股份有限公司".into(),
        name_en: "Fictional Property Insurance Co.".into(),
        kind: ClientKind::Insurer,
        scopes: Scope::ALL.iter().copied().filter(|scope| *scope != Scope::Officer).collect::<Scopes>(),
        regions: Regions::All,
        day_limit: None,
        minute_limit: None,
    };
    admin::register_as(app, CLIENT, &new, "demo").await?;
    let key = own_key::generate()?;
    let public = serde_json::to_string(&key.public).map_err(|e| UseError::broken("demo", e.to_string()))?;
    admin::add_keys(app, CLIENT, &public, "demo").await?;
    let file = key_file(app);
    own_key::write(&file, &key.private)?;
    let missing = || UseError::broken("demo", format!("{MEMBER} is not in the cast"));
    let person = cast.people.iter().find(|person| person.key == MEMBER).ok_or_else(missing)?;
    admin::add_member_as(app, CLIENT, person.id, &person.name.zh, "demo").await?;
    Ok(())
}
