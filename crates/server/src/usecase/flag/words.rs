//! The words of flags.

use super::FlagSighting;
use crate::usecase::view::Text;
use crate::usecase::watch::{CopyRule, LookUpRule, SightingNote, Sort};
use jiff::Timestamp;
use luzheng_domain::region::{Division, division_name};

/// A check as it is told.
pub(super) fn sighting(note: &SightingNote) -> FlagSighting {
    let division = note.place.parse::<u32>().ok().and_then(Division::new).and_then(division_name).map(Text::from);
    let place_text =
        division.or_else(|| point_text(&note.place)).unwrap_or_else(|| Text::new(&note.place, &note.place));
    FlagSighting {
        place: note.place.clone(),
        place_text,
        at: Timestamp::from_second(note.at_s).unwrap_or(Timestamp::UNIX_EPOCH),
        by: sort_text(note.by),
    }
}

/// `31.3,120.6` in words.
fn point_text(place: &str) -> Option<Text> {
    let (lat, lon) = place.split_once(',')?;
    let side = |degrees: &str, plus, minus| if degrees.starts_with('-') { minus } else { plus };
    let (north, east) = (side(lat, ("北纬", "N"), ("南纬", "S")), side(lon, ("东经", "E"), ("西经", "W")));
    let (lat, lon) = (lat.trim_start_matches('-'), lon.trim_start_matches('-'));
    Some(Text::new(
        format!("{} {lat}°、{} {lon}° 附近", north.0, east.0),
        format!("near {lat}° {}, {lon}° {}", north.1, east.1),
    ))
}

/// A sort of caller.
pub(super) fn sort_text(sort: Sort) -> Text {
    match sort {
        Sort::Anyone => Text::new("未登录的查验人", "somebody not signed in"),
        Sort::Citizen => Text::new("个人用户", "a citizen"),
        Sort::Officer => Text::new("交通警察", "a police officer"),
        Sort::Partner => Text::new("核验单位", "a partner"),
    }
}

/// The word, the reason and the steps of a rule.
pub(super) type Told = (String, Text, Vec<Text>);

/// Why a code looks copied, and what to do.
pub(super) fn copied(rule: CopyRule) -> Told {
    let (code, why) = match rule {
        CopyRule::LiveElsewhere => (
            "live_elsewhere",
            Text::new(
                "同一个一分钟内有效的动态码，在相距很远的两地被查验。",
                "One code that lives for a minute was checked at two places far apart.",
            ),
        ),
        CopyRule::DistantPlaces => (
            "distant_places",
            Text::new(
                "同一个码在短时间内于多地被查验，其间无人能够往返。",
                "One code was checked at several places within a short time; nobody can have travelled between them.",
            ),
        ),
        CopyRule::ManyCheckers => (
            "many_checkers",
            Text::new(
                "同一个码在短时间内被异常多的人查验。",
                "One code was checked by unusually many people within a short time.",
            ),
        ),
    };
    let steps = vec![
        Text::new(
            "按用途查看该凭证，核对近期变更记录。",
            "Look the credential up, with a purpose, and read what changed lately.",
        ),
        Text::new(
            "联系车主或驾驶人：码是否发给过别人，车辆现在何处。",
            "Ask the owner or driver whether they gave the code away, and where the vehicle is.",
        ),
        Text::new(
            "确认被复制的，注销该凭证并重新签发；本标记本身不改变任何查验结果。",
            "If it is copied, revoke the credential so that a new one is issued. This flag alone changes no verdict.",
        ),
        Text::new(
            "涉嫌伪造、变造或套牌的，移交交警部门。",
            "Where forgery or a cloned plate is suspected, hand it on to the traffic police.",
        ),
    ];
    (code.to_owned(), why, steps)
}

/// Why look-ups look like enumeration, and what to do.
pub(super) fn enumerated(rule: LookUpRule) -> Told {
    let (code, why) = match rule {
        LookUpRule::InARow => (
            "in_a_row",
            Text::new("连续查询相邻的号牌号码。", "Plates next to each other were looked up one after the other."),
        ),
        LookUpRule::ManyMisses => {
            ("many_misses", Text::new("大量查询并不存在的号牌号码。", "Many plates that do not exist were looked up."))
        }
        LookUpRule::TooMany => (
            "too_many",
            Text::new("短时间内查询次数过多。", "More was looked up within a short time than anybody needs."),
        ),
    };
    let steps = vec![
        Text::new(
            "系统已暂时拒绝该查询方继续查询，到时自动恢复。",
            "The caller is refused for a while already; that ends by itself.",
        ),
        Text::new(
            "向其单位核实查询用途，调取查询日志。",
            "Ask their office or firm what the look-ups were for, and read the log of look-ups.",
        ),
        Text::new(
            "确认滥用的，停用其账号或接入凭据，并移交处理。",
            "If it is misuse, end their access and hand it on.",
        ),
    ];
    (code.to_owned(), why, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_words() {
        let told = |place: &str| sighting(&SightingNote { place: place.into(), at_s: 0, by: Sort::Officer }).place_text;
        assert_eq!(told("320500").zh, "江苏省苏州市");
        assert_eq!(told("31.3,120.6").zh, "北纬 31.3°、东经 120.6° 附近");
        assert_eq!(told("-33.9,-70.7").en, "near 33.9° S, 70.7° W");
    }
}
