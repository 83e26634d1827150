//! `rules points --cases`: rows in, rows out.

use crate::driver::points::{answer_points_cases, check_points_cases};

const CASES: &str = "\
id,offence,vehicle_group,road,percent,seats,item,as_of,expect_points,expect_clause
23,speeding,other,expressway,15,,,2024-01-01,0,R163 Art.8-12
24,speeding,other,other,20,,,2024-01-01,3,R163 Art.11(2)
26a,speeding,heavy,other,9,,,2024-01-01,0,R163 Art.8-12
26b,speeding,heavy,other,10,,,2024-01-01,1,R163 Art.12(1)
27a,overload_people,other,,20,5,,2024-01-01,3,R163 Art.11(1)
27b,overload_people,other,,60,5,,2024-01-01,6,R163 Art.10(1)
27c,overload_people,other,,100,5,,2024-01-01,12,R163 Art.8(4)
bus,overload_people,school_bus_or_coach,,0.5,,,2024-01-01,6,R163 Art.10(1)
29,overload_goods,,,30,,,2024-01-01,3,R163 Art.11(9)
phone,item,,,,,11(6),2022-04-01,3,R163 Art.11(6)
wide,ｉｔｅｍ,,,,,１１（７）,2026-11-22,3,R163 Art.11(7)
";

fn answers(text: &str) -> String {
    let mut out = Vec::new();
    answer_points_cases(text.as_bytes(), &mut out).expect("answered");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_worked_cases_are_answered_as_expected() {
    let mut out = Vec::new();
    let summary = check_points_cases(CASES.as_bytes(), &mut out).expect("checked");
    assert_eq!((summary.rows, summary.compared, summary.different), (11, 22, 0), "{}", String::from_utf8_lossy(&out));
}

/// A row that cannot be answered gives a row that says so, as in every kind of cases.
#[test]
fn rows_outside_the_tables_or_unreadable_say_so() {
    let rows = "\
id,offence,vehicle_group,road,percent,seats,item,as_of
old,item,,,,,11(6),2022-03-31
none,item,,,,,11(16),2024-01-01
empty,speeding,other,other,,,,2024-01-01
group,overload_people,heavy,,20,5,,2024-01-01
seats,overload_people,other,,20,0,,2024-01-01
road,speeding,other,motorway,20,,,2024-01-01
minus,overload_goods,,,-5,,,2024-01-01
what,parking,,,,,,2024-01-01
day,item,,,,,11(6),2024-02-30
good,item,,,,,12(9),2024-01-01
";
    let answered = answers(rows);
    let lines: Vec<&str> = answered.lines().collect();
    assert_eq!(lines[0], "id,points,clause,error");
    let (old, good) = (lines[1], lines[10]);
    assert!(old.starts_with("old,,,") && old.contains("2022-03-31 is outside the tables"), "{old}");
    assert!(old.contains("(line 2, outside_tables)"), "{old}");
    assert_eq!(good, "good,1,R163 Art.12(9),");
    for (line, column) in
        lines[2..10].iter().zip(["item", "percent", "vehicle_group", "seats", "road", "percent", "offence", "as_of"])
    {
        let error = line.splitn(4, ',').nth(3).expect("an error").trim_matches('"');
        assert!(error.starts_with(&format!("{column}: ")) && error.ends_with("cell)"), "{line}");
    }
}

#[test]
fn the_columns_may_stand_in_any_order() {
    assert_eq!(
        answers("as_of,item,id,offence\n2024-01-01,8(1),x,item\n"),
        "id,points,clause,error\nx,12,R163 Art.8(1),\n"
    );
    let missing = answer_points_cases("id,offence\n".as_bytes(), Vec::new()).expect_err("no as_of");
    assert_eq!(missing.to_string(), "the cases have no column as_of");
}
