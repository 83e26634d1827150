//! How marks on paper are made and handed out.

use super::{ConfigError, variable};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The largest list of offices that is read, in bytes.
pub const MAX_OFFICES_BYTES: u64 = 4 * 1024 * 1024;

/// Marks on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperSettings {
    /// For so many seconds a step can be taken back; then the citizen is told. At most a day.
    pub grace_s: u32,
    /// What the post costs, in Chinese, as it is shown: it is local, and paid to the carrier.
    pub fee_zh: String,
    /// The same in English.
    pub fee_en: String,
    /// The text of the list of offices where papers are picked up (CSV; `demo/offices.csv` shows the columns). Without it there are none.
    pub offices: Option<String>,
}

impl Default for PaperSettings {
    fn default() -> Self {
        Self {
            grace_s: 600,
            fee_zh: "检验标志免费；邮寄费按当地标准由收件人支付。".into(),
            fee_en: "The mark is free; the receiver pays the local postage.".into(),
            offices: None,
        }
    }
}

/// The table `[paper]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PaperTable {
    grace_s: Option<u32>,
    fee_zh: Option<String>,
    fee_en: Option<String>,
    offices: Option<PathBuf>,
}

impl PaperSettings {
    /// The standard values, each overridden by its variable; the demonstration's own offices.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn for_demonstration() -> Result<Self, ConfigError> {
        let read = Self::read(PaperTable::default())?;
        Ok(Self { offices: read.offices.or_else(|| Some(DEMO_OFFICES.into())), ..read })
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: PaperTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        let name = "LUZHENG_PAPER_GRACE_S";
        let from_variable = variable(name)
            .map(|text| {
                text.parse::<u32>()
                    .map_err(|_| ConfigError::Value { name, why: format!("“{text}” is no whole number") })
            })
            .transpose()?;
        let grace_s = from_variable.or(table.grace_s).unwrap_or(standard.grace_s);
        if grace_s > 86_400 {
            return Err(ConfigError::Value { name, why: format!("{grace_s} is more than a day") });
        }
        let offices = variable("LUZHENG_PAPER_OFFICES").map(PathBuf::from).or(table.offices);
        Ok(Self {
            grace_s,
            fee_zh: table.fee_zh.unwrap_or(standard.fee_zh),
            fee_en: table.fee_en.unwrap_or(standard.fee_en),
            offices: offices.as_deref().map(read_offices).transpose()?,
        })
    }
}

/// The fictional offices of the demonstration.
pub const DEMO_OFFICES: &str = include_str!("../../../../demo/offices.csv");

fn read_offices(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.into(), source };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_OFFICES_BYTES {
        let why = format!("larger than {MAX_OFFICES_BYTES} bytes");
        return Err(ConfigError::Malformed { path: path.into(), why });
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    crate::usecase::paper_order::offices(&text)
        .map_err(|error| ConfigError::Malformed { path: path.into(), why: error.to_string() })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_bounds_and_a_list_of_offices_is_read_at_once() {
        let read = |text: &str| PaperSettings::read(toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), PaperSettings::default());
        assert_eq!(read("grace_s = 0").unwrap().grace_s, 0);
        assert!(read("grace_s = 86401").is_err());
        assert!(read("offices = \"/nowhere/at/all.csv\"").is_err());
        assert!(toml::from_str::<PaperTable>("grace = 1").is_err());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("offices.csv");
        std::fs::write(&file, "id,name\n1,x\n").unwrap();
        let wrong = read(&format!("offices = {:?}", file)).unwrap_err();
        assert!(matches!(wrong, ConfigError::Malformed { .. }), "{wrong}");
        std::fs::write(&file, DEMO_OFFICES).unwrap();
        assert_eq!(read(&format!("offices = {:?}", file)).unwrap().offices.as_deref(), Some(DEMO_OFFICES));
    }
}
