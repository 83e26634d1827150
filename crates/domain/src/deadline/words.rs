//! What people are told about a deadline on the day of a step.

use super::{Deadline, DeadlineKind, StepCode, zh};
use crate::text::Text;
use crate::vehicle::notice::Notice;

impl Deadline<'_> {
    /// The notice of a step. `label` names the subject: the plate, or nothing for the holder's own licence.
    pub fn notice(&self, step: StepCode, label: Option<&str>) -> Notice {
        let title = self.kind.title();
        let (whose_zh, whose_en) = match label {
            Some(label) => (format!("{label}："), format!("{label}: ")),
            None => (String::new(), String::new()),
        };
        let (when_zh, when_en) = self.when(step);
        let after = step == StepCode::After;
        let follows = if after { self.consequence.as_ref().or(self.action.as_ref()) } else { self.action.as_ref() };
        let (todo_zh, todo_en) =
            follows.map_or((String::new(), String::new()), |text| (text.zh.to_string(), format!(" {}", text.en)));
        Notice {
            title: Text::made(
                format!("{}{}", title.zh, if after && !self.kind.ends_by_itself() { "（已逾期）" } else { "" }),
                format!("{}{}", title.en, if after && !self.kind.ends_by_itself() { ": overdue" } else { "" }),
            ),
            body: Text::made(format!("{whose_zh}{when_zh}{todo_zh}"), format!("{whose_en}{when_en}{todo_en}")),
        }
    }

    fn when(&self, step: StepCode) -> (String, String) {
        let (due, due_zh) = (self.due_on, zh(self.due_on));
        match step {
            StepCode::Opens => {
                (format!("现在起可以办理，{due_zh}截止。"), format!("It can be handled from now on, until {due}."))
            }
            StepCode::Days30 => (format!("还有30天，{due_zh}截止。"), format!("30 days are left, until {due}.")),
            StepCode::Days7 => (format!("还有7天，{due_zh}截止。"), format!("7 days are left, until {due}.")),
            StepCode::Day1 => (format!("明天（{due_zh}）截止。"), format!("Tomorrow, {due}, is the last day.")),
            StepCode::After => match self.kind {
                DeadlineKind::PracticeEnd => {
                    (format!("实习期已于{due_zh}结束。"), format!("The practice period ended on {due}."))
                }
                DeadlineKind::PointsCycleEnd => (
                    format!("记分周期已于{due_zh}结束，记分已清除。"),
                    format!("The points cycle ended on {due} and its points were cleared."),
                ),
                _ => (format!("已于{due_zh}到期。"), format!("The last day was {due}.")),
            },
        }
    }
}
