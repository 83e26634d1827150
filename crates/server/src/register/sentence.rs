//! The Chinese sentence of every reject code. The English one comes from whoever found the problem and names the particulars.

use luzheng_domain::text::Text;

/// Both sentences of a problem.
pub(super) fn of(code: &'static str, en: String) -> Text {
    Text::made(chinese(code), en)
}

fn chinese(code: &str) -> &'static str {
    match code {
        "missing" => "缺少此项",
        "not_a_date" => "日期格式无法识别，应为 2026-11-21、20261121 或 2026/11/21",
        "impossible_date" => "日期不存在",
        "not_a_month" => "年月格式无法识别，应为 2027-05 或 202705",
        "date_in_future" => "日期晚于今天",
        "date_too_early" => "日期过早",
        "registered_before_made" => "注册登记日期早于出厂日期",
        "valid_before_registered" => "检验有效期止早于注册登记日期",
        "unknown_plate_type" => "号牌种类不在代码表中",
        "plate_type_not_registrable" => "此号牌种类不用于登记",
        "plate_empty" => "号牌号码为空",
        "plate_too_long" => "号牌号码过长",
        "plate_character" => "号牌号码含不允许的字符",
        "plate_province" => "号牌首字不是省份简称",
        "plate_ambiguous_letter" => "号牌序号不使用字母 I 和 O",
        "plate_shape" => "号牌号码不符合该号牌种类的编排",
        "vin_length" => "车辆识别代号长度不对",
        "vin_character" => "车辆识别代号含不允许的字符",
        "vin_check_digit" => "车辆识别代号校验位错误",
        "unknown_vehicle_type" => "车辆类型不在代码表中",
        "unknown_use_nature" => "使用性质不在代码表中",
        "unknown_energy" => "能源种类不在代码表中",
        "unknown_colour" => "车身颜色不在代码表中",
        "not_a_number" => "不是整数",
        "seats_out_of_range" => "核定载客人数超出范围",
        "unknown_owner_kind" => "所有权应为个人（2）或单位（1）",
        "digits_lost" => "电子表格已将号码转为近似数，末尾数字已丢失",
        "owner_number_length" => "证件号码长度不对",
        "owner_number_character" => "证件号码含不允许的字符",
        "credit_code_character" => "统一社会信用代码含不允许的字符",
        "citizen_number_length" => "公民身份号码长度不对",
        "citizen_number_character" => "公民身份号码含不允许的字符",
        "citizen_number_birth_date" => "公民身份号码中的出生日期不存在",
        "citizen_number_check" => "公民身份号码校验码错误",
        "not_a_division" => "区划代码应为六位数字",
        "unknown_division" => "区划代码不存在",
        "status_empty" => "机动车状态为空",
        "status_unknown_letter" => "机动车状态含未知字母",
        "status_normal_not_alone" => "状态 A（正常）不能与其他状态并列",
        "not_yes_or_no" => "应为是（1）或否（0）",
        "duplicate_row" => "与文件中前面的一行完全相同",
        "duplicate_plate" => "号牌号码和种类在文件前面已出现，内容不同",
        "duplicate_vin" => "车辆识别代号在文件前面已出现，内容不同",
        "plate_taken" => "号牌属于另一辆登记在册的车辆",
        _ => "此值不能接受",
    }
}
