//! Names of fictional people and units. They are put together by chance from common parts; who bears one is not meant.

use super::chance::Stream;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高",
    "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "潘", "袁", "蔡",
    "蒋", "余", "于", "杜", "叶", "程", "魏", "苏", "吕", "丁", "任", "卢", "欧阳", "上官", "诸葛",
];
const GIVEN: &[&str] = &[
    "明", "丽", "强", "静", "磊", "洋", "艳", "勇", "杰", "涛", "超", "霞", "平", "刚", "芳", "辉", "玲", "鹏", "华",
    "红", "宇", "浩", "晨", "欣", "怡", "子", "梓", "涵", "轩", "雨", "思", "佳", "雪", "晓", "志", "文", "建", "国",
    "春", "秀", "桂", "海", "波", "云", "飞", "婷", "颖", "琳", "凯", "博", "安", "乐", "宁", "瑞", "嘉", "泽", "睿",
    "萱", "诗", "萌",
];
/// Characters outside the basic plane or rarely in fonts, as real names have them.
const RARE: &[&str] = &["𬭎", "䶮", "㛃", "犇", "喆", "甪", "𣲗"];
const FIRST: &[&str] = &[
    "晨", "远", "恒", "瑞", "鼎", "汇", "盛", "安", "顺", "通", "达", "金", "银", "星", "云", "凌", "万", "同", "长",
    "新",
];
const SECOND: &[&str] = &[
    "光", "程", "达", "祥", "泰", "丰", "捷", "驰", "风", "岳", "河", "桥", "林", "川", "海", "诚", "和", "兴", "隆",
    "源",
];
const COUNTRIES: &[&str] = &["虚构国甲", "虚构国乙", "虚构国丙", "虚构国丁"];

/// The name of a person; one in a thousand has a rare character.
pub(super) fn person(stream: &mut Stream) -> String {
    let mut name = String::from(*stream.pick::<&str>(SURNAMES));
    if stream.in_thousand(650) {
        name.push_str(stream.pick::<&str>(GIVEN));
    }
    let rare = stream.in_thousand(1);
    name.push_str(if rare { stream.pick::<&str>(RARE) } else { stream.pick::<&str>(GIVEN) });
    name
}

/// The name of a unit in a city; `number` keeps authorities of one city apart.
pub(super) fn unit(stream: &mut Stream, city: &str, suffix: &str, number: u64) -> String {
    match suffix {
        "驻华使馆" | "总领事馆" => format!("{}{suffix}", stream.pick(COUNTRIES)),
        "示范公安分局" => format!("{city}第{}{suffix}", number % 90 + 10),
        _ => format!("{city}{}{}{suffix}", stream.pick(FIRST), stream.pick(SECOND)),
    }
}
