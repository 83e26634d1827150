//! The answer as sentences, with the vehicle's own facts and days.

use jiff::civil::Date;

use super::{InspectionAction, InspectionAnswer, InspectionState};
use crate::text::Text;
use crate::vehicle::YearMonth;

/// A day as Chinese text has it: 2023年8月1日.
fn day_zh(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// A month as Chinese text has it: 2023年8月.
fn month_zh(month: YearMonth) -> String {
    format!("{}年{}月", month.year(), month.month())
}

/// The age at a point in words: whole years, or years and months.
fn age(months: i32) -> Text {
    let (years, rest) = (months.div_euclid(12), months.rem_euclid(12));
    match (years, rest) {
        (0, rest) => Text::made(format!("满{rest}个月"), format!("{rest} months")),
        (1, 0) => Text::made("满1年", "1 year"),
        (years, 0) => Text::made(format!("满{years}年"), format!("{years} years")),
        (years, rest) => Text::made(format!("满{years}年{rest}个月"), format!("{years} years and {rest} months")),
    }
}

impl InspectionAnswer<'_> {
    /// The last day on which the present validity holds, and the last day to handle the point in time.
    pub fn last_day(&self) -> Date {
        self.due.last_day()
    }

    /// Days from the day asked about to the last day; negative when overdue.
    pub fn days_left(&self) -> i32 {
        self.as_of.until(self.last_day()).map_or(0, |span| span.get_days())
    }

    /// Why this is the answer, in both languages, with the clause at the end.
    pub fn explanation(&self) -> Text {
        let mut zh = format!("本车于{}注册登记，属{}。", day_zh(self.registered_on), self.class_name.zh);
        let mut en = format!("Registered on {}: {}. ", self.registered_on, self.class_name.en);
        if let Some(lost) = self.exemption_lost {
            zh.push_str(&lost.text.zh);
            en.push_str(&lost.text.en);
            en.push(' ');
        }
        self.say_point(&mut zh, &mut en);
        self.say_state(&mut zh, &mut en);
        zh.push_str(&format!("办理后有效期至{}。", month_zh(self.next_valid_until)));
        en.push_str(&format!("The new mark will run to the end of {}. ", self.next_valid_until));
        zh.push_str(&format!("依据：{}（{}起施行）。", self.clause.title.zh, day_zh(self.clause.in_force_from)));
        en.push_str(&format!("Basis: {}, in force since {}.", self.clause.title.en, self.clause.in_force_from));
        Text::made(zh, en)
    }

    fn say_point(&self, zh: &mut String, en: &mut String) {
        let age = age(self.due.months_since(YearMonth::of(self.registered_on)));
        let (todo_zh, todo_en) = match self.action {
            InspectionAction::ApplyMark => {
                ("免上线检验，申领检验标志即可", "no inspection at a station is needed, apply for the mark")
            }
            InspectionAction::Inspect => ("须到检验机构上线检验", "an inspection at a station is needed"),
        };
        zh.push_str(&format!("注册登记{}的检验期于{}届满：{todo_zh}。", age.zh, day_zh(self.last_day())));
        en.push_str(&format!("The point at {} falls due on {}: {todo_en}. ", age.en, self.last_day()));
        if let Some(missed) = self.missed_inspection {
            zh.push_str(&format!("逾期期间还错过了{}的上线检验，须先检验。", month_zh(missed)));
            en.push_str(&format!("The inspection of {missed} was missed meanwhile and comes first. "));
        }
    }

    fn say_state(&self, zh: &mut String, en: &mut String) {
        match self.state {
            InspectionState::NotDue => {
                zh.push_str(&format!("{}起可以办理，现在未到办理期。", day_zh(self.window_opens)));
                en.push_str(&format!("It can be handled from {}; not yet. ", self.window_opens));
            }
            InspectionState::WindowOpen => {
                zh.push_str(&format!("{}起可以办理，现在正在办理期内。", day_zh(self.window_opens)));
                en.push_str(&format!("It can be handled since {}. ", self.window_opens));
            }
            InspectionState::Overdue => {
                zh.push_str(&format!("截至{}已逾期{}天。", day_zh(self.as_of), -self.days_left()));
                en.push_str(&format!("On {} it is {} days overdue. ", self.as_of, -self.days_left()));
            }
        }
    }
}
