//! What kinds of vehicles people and units own, and how often.

/// One kind of vehicle.
#[derive(Debug)]
pub(super) struct Profile {
    /// How often, compared with the others of the same owner.
    pub(super) weight: u64,
    /// 号牌种类.
    pub(super) plate_type: &'static str,
    /// 车辆类型.
    pub(super) vehicle_type: &'static str,
    /// 使用性质.
    pub(super) use_nature: char,
    /// 核定载客人数.
    pub(super) seats: u16,
    /// 能源种类, empty for trailers.
    pub(super) energy: &'static str,
    /// How many years ago the oldest was registered.
    pub(super) oldest: i32,
}

/// One trade of units.
#[derive(Debug)]
pub(super) struct Trade {
    /// How often, compared with the others.
    pub(super) weight: u64,
    /// The end of the unit's name.
    pub(super) suffix: &'static str,
    /// First two characters of its social credit code: 91 companies, 12 public institutions, 11 authorities.
    pub(super) code: &'static str,
    /// What it owns.
    pub(super) profiles: &'static [Profile],
}

const fn p(
    weight: u64,
    plate_type: &'static str,
    vehicle_type: &'static str,
    use_nature: char,
    seats: u16,
    energy: &'static str,
    oldest: i32,
) -> Profile {
    Profile { weight, plate_type, vehicle_type, use_nature, seats, energy, oldest }
}

/// What persons own.
#[rustfmt::skip]
pub(super) const OF_PERSONS: &[Profile] = &[
    p(380, "02", "K33", 'A', 5, "A", 18), p(90, "02", "K31", 'A', 5, "A", 18), p(55, "02", "K31", 'A', 7, "A", 14),
    p(30, "02", "K32", 'A', 5, "A", 18), p(6, "02", "K32", 'A', 7, "B", 14), p(26, "02", "K39", 'A', 7, "A", 16), p(8, "02", "K49", 'A', 7, "A", 16),
    p(12, "02", "K43", 'A', 4, "A", 18), p(6, "02", "K33", 'A', 5, "AO", 10), p(4, "02", "K16", 'A', 5, "A", 16),
    p(80, "52", "K33", 'A', 5, "C", 8), p(14, "52", "K43", 'A', 4, "C", 7), p(40, "52", "K33", 'A', 5, "AC", 8), p(16, "52", "K31", 'A', 7, "AC", 5),
    p(4, "02", "K33", 'T', 5, "A", 7), p(9, "52", "K33", 'T', 5, "C", 7),
    p(3, "02", "K33", 'L', 5, "A", 12), p(3, "02", "K33", 'M', 5, "E", 9), p(2, "52", "K33", 'U', 5, "C", 8),
    p(26, "02", "H31", 'F', 2, "B", 14), p(12, "02", "H32", 'F', 2, "A", 12), p(4, "02", "H41", 'F', 2, "A", 11), p(3, "52", "H32", 'F', 2, "C", 6),
    p(10, "01", "H11", 'F', 2, "B", 14), p(4, "01", "H21", 'F', 3, "B", 14), p(3, "01", "Q11", 'F', 3, "B", 13),
    p(75, "07", "M21", 'A', 2, "A", 12), p(14, "08", "M22", 'A', 1, "A", 12), p(4, "08", "M22", 'A', 1, "C", 5), p(5, "07", "M14", 'A', 1, "A", 11),
    p(1, "07", "M15", 'A', 3, "A", 11), p(4, "13", "N11", 'A', 1, "B", 8), p(2, "13", "H51", 'F', 2, "B", 11), p(1, "01", "K11", 'A', 30, "B", 15),
    p(1, "15", "G37", 'A', 0, "", 8), p(2, "01", "K21", 'A', 15, "B", 15),
];

#[rustfmt::skip]
const OFFICE: &[Profile] = &[
    p(60, "02", "K33", 'A', 5, "A", 15), p(20, "02", "K31", 'A', 7, "A", 14), p(18, "52", "K33", 'A', 5, "C", 7), p(6, "02", "H32", 'A', 2, "A", 12),
    p(5, "01", "K21", 'A', 19, "B", 15), p(3, "01", "K11", 'A', 45, "B", 15), p(4, "01", "Z12", 'A', 3, "B", 14), p(2, "01", "J11", 'A', 1, "B", 12),
];
#[rustfmt::skip]
const GOODS: &[Profile] = &[
    p(40, "01", "Q11", 'F', 3, "B", 13), p(40, "15", "B12", 'F', 0, "", 14), p(8, "15", "B15", 'F', 0, "", 16), p(4, "15", "G11", 'F', 0, "", 9),
    p(20, "01", "H12", 'F', 2, "B", 13), p(12, "01", "H17", 'F', 2, "B", 13), p(6, "01", "H29", 'F', 3, "B", 13), p(12, "02", "H32", 'F', 2, "B", 12),
    p(5, "51", "H22", 'F', 3, "C", 6), p(5, "51", "Q11", 'F', 2, "C", 4), p(3, "01", "Z51", 'A', 3, "B", 15),
];
#[rustfmt::skip]
const DANGEROUS: &[Profile] = &[
    p(50, "01", "H14", 'R', 3, "B", 9), p(30, "01", "Q11", 'R', 3, "B", 9), p(30, "15", "B13", 'R', 0, "", 9),
];
#[rustfmt::skip]
const TAXI: &[Profile] = &[p(50, "02", "K33", 'D', 5, "AE", 7), p(50, "52", "K33", 'D', 5, "C", 6)];
#[rustfmt::skip]
const BUS: &[Profile] = &[p(20, "01", "K11", 'C', 80, "E", 11), p(70, "51", "K11", 'C', 70, "C", 8), p(6, "51", "K21", 'C', 19, "C", 7), p(1, "01", "K14", 'C', 150, "B", 11), p(1, "01", "D11", 'C', 80, "C", 11)];
#[rustfmt::skip]
const COACH: &[Profile] = &[p(50, "01", "K11", 'B', 45, "B", 13), p(30, "01", "K11", 'E', 49, "B", 13), p(10, "01", "K21", 'B', 19, "B", 13), p(4, "01", "K12", 'E', 70, "B", 10)];
#[rustfmt::skip]
const RENTAL: &[Profile] = &[p(50, "02", "K33", 'G', 5, "A", 8), p(30, "52", "K33", 'G', 5, "C", 6), p(10, "02", "K31", 'G', 7, "A", 8)];
#[rustfmt::skip]
const TRAINING: &[Profile] = &[p(80, "16", "K33", 'N', 5, "A", 9), p(10, "16", "H21", 'N', 3, "B", 11), p(4, "16", "K11", 'N', 30, "B", 12), p(4, "17", "M21", 'N', 2, "A", 10)];
#[rustfmt::skip]
const SCHOOL: &[Profile] = &[p(30, "01", "K18", 'P', 45, "B", 12), p(30, "01", "K28", 'O', 19, "B", 12), p(20, "01", "K18", 'S', 50, "B", 12), p(10, "01", "K28", 'Q', 19, "B", 12), p(10, "02", "K38", 'O', 9, "B", 10)];
#[rustfmt::skip]
const POLICE: &[Profile] = &[p(70, "23", "K33", 'H', 5, "A", 11), p(15, "23", "K32", 'H', 5, "A", 11), p(15, "24", "M21", 'H', 2, "A", 10)];
#[rustfmt::skip]
const RESCUE: &[Profile] = &[p(40, "02", "K34", 'J', 7, "B", 12), p(20, "01", "Z51", 'I', 6, "B", 16), p(20, "01", "Z12", 'K', 4, "B", 15)];

/// The trades.
#[rustfmt::skip]
pub(super) const TRADES: &[Trade] = &[
    Trade { weight: 40, suffix: "商贸有限公司", code: "91", profiles: OFFICE },
    Trade { weight: 15, suffix: "科技有限公司", code: "91", profiles: OFFICE },
    Trade { weight: 45, suffix: "物流有限公司", code: "91", profiles: GOODS },
    Trade { weight: 3, suffix: "危险品运输有限公司", code: "91", profiles: DANGEROUS },
    Trade { weight: 12, suffix: "出租汽车有限公司", code: "91", profiles: TAXI },
    Trade { weight: 12, suffix: "公共交通有限公司", code: "91", profiles: BUS },
    Trade { weight: 8, suffix: "客运有限公司", code: "91", profiles: COACH },
    Trade { weight: 10, suffix: "汽车租赁有限公司", code: "91", profiles: RENTAL },
    Trade { weight: 10, suffix: "驾驶培训有限公司", code: "91", profiles: TRAINING },
    Trade { weight: 8, suffix: "实验学校", code: "12", profiles: SCHOOL },
    Trade { weight: 5, suffix: "示范公安分局", code: "11", profiles: POLICE },
    Trade { weight: 4, suffix: "急救中心", code: "12", profiles: RESCUE },
];

/// What exists only at some authorities: embassies, consulates, vehicles that cross to Hong Kong and Macau.
#[rustfmt::skip]
pub(super) const AT_AUTHORITY: &[(&str, Trade, u64)] = &[
    ("京A", Trade { weight: 0, suffix: "驻华使馆", code: "Y1", profiles: &[p(9, "03", "K33", 'A', 5, "A", 12), p(1, "09", "M21", 'A', 2, "A", 10)] }, 15),
    ("沪A", Trade { weight: 0, suffix: "总领事馆", code: "Y1", profiles: &[p(1, "04", "K33", 'A', 5, "A", 12)] }, 15),
    ("粤B", Trade { weight: 0, suffix: "跨境贸易有限公司", code: "91", profiles: &[p(3, "26", "K31", 'A', 7, "A", 10), p(1, "27", "K31", 'A', 7, "A", 10)] }, 25),
];
